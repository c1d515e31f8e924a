//! DynamoDB. Only here are table and attribute names known.
//!
//! Every table has one string key, `pk`, which begins with the tenant, a version of the record's form in `v`, and where
//! records end by themselves their time to live in `ttl` (seconds since 1970).

mod appointments;
mod erasure;
mod families;
mod item;
mod leases;
mod meetings;
mod nonces;
mod records;
mod tenants;

pub use appointments::Appointments;
pub use erasure::{Erased, Erasure};
pub use families::{Exchange, Families, Presented};
pub use leases::Leases;
pub use meetings::Meetings;
pub use nonces::Nonces;
pub use tenants::{Erasing, Ownership, Tenants};

use crate::{cache::FetchError, problem::Problem};

/// DynamoDB could not be reached, refused, or holds something we do not understand. Whether a write took effect is
/// unknown. Shows service codes only, never an item.
#[derive(Debug, Clone, thiserror::Error)]
#[error("DynamoDB: {cause}")]
pub struct StoreError {
    cause: String,
    definitive: bool,
}

impl StoreError {
    /// Whether the same call would fail again until somebody changes something: a permission, a table, an item.
    pub fn is_definitive(&self) -> bool {
        self.definitive
    }
}

/// For requests that have done nothing yet. What is definitive is a fault of ours; all else passes.
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
