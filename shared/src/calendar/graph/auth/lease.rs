//! The lease under which one process at a time renews a tenant's token.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::TenantId;

/// Where the lease is kept. All processes of the deployment share it.
#[async_trait]
pub trait RenewalLease: Send + Sync {
    /// Takes the lease until `until` (wall clock), unless another owner holds it. Returns whether `owner` holds it now.
    async fn acquire(&self, tenant: &TenantId, owner: Uuid, until: DateTime<Utc>) -> Result<bool, LeaseError>;

    /// Gives the lease back. A lease that has passed to another owner stays with that owner.
    async fn release(&self, tenant: &TenantId, owner: Uuid) -> Result<(), LeaseError>;
}

/// The lease could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct LeaseError {
    /// For the log.
    pub cause: String,
    /// Whether the same call would fail again until an operator changes something.
    pub definitive: bool,
}
