//! Nonces of signed requests: each is accepted once.

use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    error::StoreError,
    item::{condition_met, instant, number, text},
};
use crate::domain::{TenantId, sha256_hex};

/// How long a nonce is refused after its use. A signature is valid from five minutes before its creation time to five minutes
/// after it, so it has expired by then, even if the clocks of two instances differ: by the clock of the instance that receives
/// the replay, the signature expires before the nonce does.
const NONCE_LIFETIME: TimeDelta = TimeDelta::seconds(600);
/// How much later DynamoDB may remove the item, since its clock may differ too.
const TTL_MARGIN: TimeDelta = TimeDelta::seconds(60);

/// Nonces in the grants table, `<tenant>#nonce#<hash of key id and nonce>`. An item holds until when the nonce is refused, and
/// which request used it.
pub struct Nonces {
    client: Client,
    table: String,
}

impl Nonces {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Stores a nonce. `false`: another request used it within the last ten minutes. A write that the SDK repeats after a lost
    /// response finds itself and succeeds.
    pub async fn use_once(
        &self,
        tenant: &TenantId,
        key_id: &str,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (user, until) = (Uuid::new_v4(), now + NONCE_LIFETIME);
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(tenant, key_id, nonce)))
            .item("v", number(1))
            .item("used_by", text(user.to_string()))
            .item("used_until", instant(until))
            .item("ttl", number((until + TTL_MARGIN).timestamp()))
            .condition_expression("attribute_not_exists(pk) OR used_until < :now OR used_by = :user")
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":user", text(user.to_string()))
            .send()
            .await;
        condition_met(result, PutItemError::is_conditional_check_failed_exception)
    }
}

/// Hashed, since the caller chooses the key id and the nonce, of any length and in any characters. The key id's length separates
/// the two.
fn key(tenant: &TenantId, key_id: &str, nonce: &str) -> String {
    format!("{tenant}#nonce#{}", sha256_hex(format!("{}:{key_id}{nonce}", key_id.len()).as_bytes()))
}
