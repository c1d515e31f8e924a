//! Reading and writing JSON, and what it means if that fails.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::calendar::CalendarError;

/// An answer of Graph's.
pub(super) fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<T, CalendarError> {
    serde_json::from_slice(answer).map_err(|_| failed("an answer that cannot be read"))
}

/// What is sent to Graph.
pub(super) fn json(value: &impl Serialize) -> Result<Bytes, CalendarError> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|_| unwritable())
}

/// Nothing was sent, since it could not be written out.
pub(super) fn unwritable() -> CalendarError {
    CalendarError::NotSent { cause: "JSON".to_owned(), timed_out: false }
}

/// Graph sent what is no answer to the request.
pub(super) fn failed(what: &str) -> CalendarError {
    CalendarError::Failed { cause: format!("Graph sent {what}"), retry_after: None }
}
