//! Leases: mutual exclusion among instances, for work that one of them does for all.

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    error::StoreError,
    item::{condition_met, instant, number, text},
};
use crate::{
    calendar::graph::{LeaseError, RenewalLease},
    clock::Clock,
    domain::TenantId,
};

/// The name of the lease under which a tenant's Microsoft token is renewed.
const RENEWAL_LEASE: &str = "microsoft-token";

/// Leases in the grants table, `<tenant>#lease#<name>`.
pub struct Leases {
    client: Client,
    table: String,
    clock: Clock,
}

impl Leases {
    pub fn new(client: Client, table: String, clock: Clock) -> Self {
        Self { client, table, clock }
    }

    /// Acquires a lease until `until`, UTC. `false`: another owner holds it. A write that the SDK repeats after a lost response
    /// finds itself and succeeds.
    pub async fn acquire(
        &self,
        tenant: &TenantId,
        name: &str,
        owner: Uuid,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(tenant, name)))
            .item("v", number(1))
            .item("lease_owner", text(owner.to_string()))
            .item("lease_until", instant(until))
            .item("ttl", number(until.timestamp() + 3600))
            .condition_expression("attribute_not_exists(pk) OR lease_until < :now OR lease_owner = :owner")
            .expression_attribute_values(":now", instant(self.clock.now()))
            .expression_attribute_values(":owner", text(owner.to_string()))
            .send()
            .await;
        condition_met(result, PutItemError::is_conditional_check_failed_exception)
    }

    /// Releases a lease, if `owner` still holds it.
    pub async fn release(&self, tenant: &TenantId, name: &str, owner: Uuid) -> Result<(), StoreError> {
        let result = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(key(tenant, name)))
            .condition_expression("lease_owner = :owner")
            .expression_attribute_values(":owner", text(owner.to_string()))
            .send()
            .await;
        condition_met(result, DeleteItemError::is_conditional_check_failed_exception).map(drop)
    }
}

#[async_trait]
impl RenewalLease for Leases {
    async fn acquire(&self, tenant: &TenantId, owner: Uuid, until: DateTime<Utc>) -> Result<bool, LeaseError> {
        Ok(Self::acquire(self, tenant, RENEWAL_LEASE, owner, until).await?)
    }

    async fn release(&self, tenant: &TenantId, owner: Uuid) -> Result<(), LeaseError> {
        Ok(Self::release(self, tenant, RENEWAL_LEASE, owner).await?)
    }
}

impl From<StoreError> for LeaseError {
    fn from(error: StoreError) -> Self {
        Self { cause: error.to_string(), definitive: error.is_definitive() }
    }
}

fn key(tenant: &TenantId, name: &str) -> String {
    format!("{tenant}#lease#{name}")
}
