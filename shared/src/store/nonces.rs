//! Nonces of signed requests: each is good for one.

use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    StoreError,
    item::{held, instant, number, text},
};
use crate::domain::{TenantId, sha256_hex};

/// How long a nonce is remembered: a signature may be five minutes ahead of our clock, and counts until it is five
/// minutes behind. Clocks of instances that differ open no gap: whichever clock a replay is held to, the signature has
/// expired by it before the nonce is forgotten.
const REMEMBERED: TimeDelta = TimeDelta::seconds(600);
/// How much later DynamoDB may remove the item: by its own clock, which is neither of those.
const KEPT_LONGER: TimeDelta = TimeDelta::seconds(60);

/// Nonces in the grants table, `<tenant>#nonce#<hash of key id and nonce>`. An item says until when the nonce is taken,
/// and by which request.
pub struct Nonces {
    client: Client,
    table: String,
}

impl Nonces {
    /// Nonces kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Notes a nonce. `false`: another request used it within the last ten minutes. A write that the SDK repeats after
    /// a lost answer knows itself.
    pub async fn use_once(
        &self,
        tenant: &TenantId,
        key_id: &str,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (user, until) = (Uuid::new_v4(), now + REMEMBERED);
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(tenant, key_id, nonce)))
            .item("v", number(1))
            .item("used_by", text(user.to_string()))
            .item("used_until", instant(until))
            .item("ttl", number((until + KEPT_LONGER).timestamp()))
            .condition_expression("attribute_not_exists(pk) OR used_until < :now OR used_by = :user")
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":user", text(user.to_string()))
            .send()
            .await;
        held(outcome, PutItemError::is_conditional_check_failed_exception)
    }
}

/// Hashed, since a caller chooses both, at any length and in any characters. The key id's length keeps them apart.
fn key(tenant: &TenantId, key_id: &str, nonce: &str) -> String {
    format!("{tenant}#nonce#{}", sha256_hex(format!("{}:{key_id}{nonce}", key_id.len()).as_bytes()))
}
