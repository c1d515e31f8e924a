//! Attributes of items, and errors of the SDK.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::AttributeValue,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::StoreError;
use crate::aws;

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Milliseconds since 1970.
pub(super) fn instant(time: DateTime<Utc>) -> AttributeValue {
    number(time.timestamp_millis())
}

pub(super) fn binary(bytes: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// Reads attributes. An error names the attribute that is missing or has the wrong type.
pub(super) struct Reader<'a>(pub(super) &'a Item);

impl<'a> Reader<'a> {
    pub(super) fn text(&self, name: &str) -> Result<&str, StoreError> {
        self.optional_text(name).ok_or_else(|| malformed(name))
    }

    pub(super) fn optional_text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    pub(super) fn number(&self, name: &str) -> Result<i64, StoreError> {
        self.optional_number(name).ok_or_else(|| malformed(name))
    }

    pub(super) fn optional_number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(|value| value.as_n().ok()).and_then(|digits| digits.parse().ok())
    }

    /// Checks the version of the item's format. A reader understands every version up to its own, `newest`. Optional attributes
    /// may be added without a new version.
    pub(super) fn check_version(&self, newest: i64) -> Result<(), StoreError> {
        match self.number("v")? {
            version if version > newest => Err(StoreError {
                cause: format!(
                    "an item has version {version}, newer than {newest}, the newest that this release reads"
                ),
                definitive: true,
            }),
            version if version < 1 => Err(malformed("v")),
            _ => Ok(()),
        }
    }

    pub(super) fn count(&self, name: &str) -> Result<u32, StoreError> {
        u32::try_from(self.number(name)?).map_err(|_| malformed(name))
    }

    /// A count that is not stored if it is 0.
    pub(super) fn count_or_zero(&self, name: &str) -> Result<u32, StoreError> {
        if self.0.contains_key(name) { self.count(name) } else { Ok(0) }
    }

    pub(super) fn uuid(&self, name: &str) -> Result<Uuid, StoreError> {
        Uuid::parse_str(self.text(name)?).map_err(|_| malformed(name))
    }

    pub(super) fn optional_binary(&self, name: &str) -> Option<&'a [u8]> {
        self.0.get(name).and_then(|value| value.as_b().ok()).map(Blob::as_ref)
    }

    /// A UUID that is stored as its 16 bytes.
    pub(super) fn binary_uuid(&self, name: &str) -> Result<Uuid, StoreError> {
        self.optional_binary(name).and_then(|bytes| Uuid::from_slice(bytes).ok()).ok_or_else(|| malformed(name))
    }

    /// A set of strings. DynamoDB has no empty sets: an absent attribute is the empty set.
    pub(super) fn texts(&self, name: &str) -> &'a [String] {
        self.0.get(name).and_then(|value| value.as_ss().ok()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn map(&self, name: &str) -> Result<&'a Item, StoreError> {
        self.0.get(name).and_then(|value| value.as_m().ok()).ok_or_else(|| malformed(name))
    }

    pub(super) fn instant(&self, name: &str) -> Result<DateTime<Utc>, StoreError> {
        self.optional_instant(name).ok_or_else(|| malformed(name))
    }

    pub(super) fn optional_instant(&self, name: &str) -> Option<DateTime<Utc>> {
        self.optional_number(name).and_then(DateTime::from_timestamp_millis)
    }
}

pub(super) fn malformed(name: &str) -> StoreError {
    StoreError { cause: format!("attribute {name} is missing or malformed"), definitive: true }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn sdk_error<E: ProvideErrorMetadata>(error: SdkError<E>) -> StoreError {
    StoreError { cause: aws::for_log(&error), definitive: aws::is_definitive(&error) }
}

/// `false`: the condition of the write failed. `is_condition_failure` recognizes the error of that operation.
pub(super) fn condition_met<T, E: ProvideErrorMetadata>(
    result: Result<T, SdkError<E>>,
    is_condition_failure: impl FnOnce(&E) -> bool,
) -> Result<bool, StoreError> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(is_condition_failure) => Ok(false),
        Err(error) => Err(sdk_error(error)),
    }
}
