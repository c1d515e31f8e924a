//! Items: reading attributes, and telling errors of the SDK apart.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::StoreError;
use crate::aws;

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An instant, in milliseconds since 1970.
pub(super) fn instant(time: DateTime<Utc>) -> AttributeValue {
    number(time.timestamp_millis())
}

/// Reads attributes, naming what is missing or of the wrong type.
pub(super) struct Reader<'a>(pub(super) &'a Item);

impl Reader<'_> {
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

    pub(super) fn uuid(&self, name: &str) -> Result<Uuid, StoreError> {
        Uuid::parse_str(self.text(name)?).map_err(|_| malformed(name))
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

/// An SDK error as a [`StoreError`].
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn failed<E: ProvideErrorMetadata>(error: SdkError<E>) -> StoreError {
    StoreError { cause: aws::for_log(&error), definitive: aws::is_definitive(&error) }
}

/// Whether the condition of a write held.
pub(super) fn held<T, E: ProvideErrorMetadata>(
    outcome: Result<T, SdkError<E>>,
    is_condition: impl FnOnce(&E) -> bool,
) -> Result<bool, StoreError> {
    match outcome {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(is_condition) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
