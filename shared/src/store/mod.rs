//! DynamoDB. Only here are table and attribute names known.
//!
//! Every table has one string key, `pk`, which begins with the tenant, a version of the record's form in `v`, and where
//! records end by themselves their time to live in `ttl` (seconds since 1970).

mod families;
mod item;
mod leases;
mod meetings;
mod tenants;

pub use families::{Exchange, Families, Presented};
pub use leases::Leases;
pub use meetings::Meetings;
pub use tenants::Tenants;

/// DynamoDB could not be reached, refused, or holds something we do not understand. Whether a write took effect is
/// unknown. Shows service codes only, never an item.
#[derive(Debug, Clone, thiserror::Error)]
#[error("DynamoDB: {0}")]
pub struct StoreError(pub(crate) String);
