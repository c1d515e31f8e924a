//! Why a call to DynamoDB fails.

use crate::{cache::FetchError, problem::Problem};

/// DynamoDB could not be reached, refused the call, or returned an item that cannot be parsed. It is unknown whether a write
/// took effect. Shows service codes only, never an item.
#[derive(Debug, Clone, thiserror::Error)]
#[error("DynamoDB: {cause}")]
pub struct StoreError {
    pub(super) cause: String,
    pub(super) definitive: bool,
}

impl StoreError {
    /// Whether a repeat would fail too until an operator acts: on a permission, a table or an item.
    pub fn is_definitive(&self) -> bool {
        self.definitive
    }
}

/// Only for requests that have changed nothing yet: a definitive error is internal, any other one asks the caller to repeat.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.definitive { Self::internal(error.to_string()) } else { Self::unavailable(error.to_string()) }
    }
}

impl FetchError for StoreError {
    fn is_definitive(&self) -> bool {
        self.definitive
    }

    fn timed_out() -> Self {
        Self { cause: "timeout".to_owned(), definitive: false }
    }
}
