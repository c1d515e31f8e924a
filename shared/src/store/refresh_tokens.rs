//! Families of refresh tokens: refresh token rotation with replay detection (RFC 9700, section 4.14.2).
//!
//! A family stores the number of its current token. A token that is presented after its successor was used, or long after its
//! successor was issued, is held by two parties, and it is unknown which of them stole it: the family is revoked. If the
//! successor was issued within the grace period, the response was probably lost: the token yields the same successor again, so
//! a family has one current token at any time.

mod rotation;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::ReturnValuesOnConditionCheckFailure,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use self::rotation::{Decision, Family, decide};
use super::{
    error::StoreError,
    item::{Item, Reader, condition_met, instant, number, sdk_error, text},
};
use crate::domain::TenantId;

pub use self::rotation::RefreshRequest;

/// The format of the items.
const VERSION: i64 = 1;
/// A rotating family expires after this time without use. A family that does not rotate does not expire, since a use of its
/// token writes nothing.
const MAX_IDLE_TIME: TimeDelta = TimeDelta::days(180);
/// How long a revoked family is stored. Its tokens are refused afterwards too, since their family is unknown. Other families
/// have no time to live: there is one for each client, and a wrong clock must not lock a client out.
const REVOKED_RETENTION: TimeDelta = TimeDelta::days(30);

/// Families in the grants table, `<tenant>#family#<uuid>`.
pub struct RefreshTokenFamilies {
    client: Client,
    table: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshResult {
    /// The number of the token to issue: the current one of its family.
    Granted(u32),
    /// Why. For the log only: the client is not told the reason.
    Refused(&'static str),
}

/// The result of a conditional write that rotates a family.
enum Rotation {
    Written,
    /// The stored item, if there is one.
    Conflict(Option<Item>),
}

impl RefreshTokenFamilies {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Creates a family for a client, with token 1. A family that exists stays unchanged.
    pub async fn start(
        &self,
        tenant: &TenantId,
        family: Uuid,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(tenant, family)))
            .item("v", number(VERSION))
            .item("client_id", text(client_id))
            .item("n", number(1))
            .item("rotated_at", instant(now))
            .item("attempt", text(Uuid::new_v4().to_string()))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        condition_met(result, PutItemError::is_conditional_check_failed_exception).map(drop)
    }

    /// Uses a token: rotates its family, returns the successor of the last rotation again, or revokes the family.
    pub async fn refresh(&self, request: &RefreshRequest<'_>) -> Result<RefreshResult, StoreError> {
        let rotation = Uuid::new_v4();
        let found = if request.rotates {
            let next = request.number.saturating_add(1);
            match self.rotate(request, next, rotation).await? {
                Rotation::Written => return Ok(RefreshResult::Granted(next)),
                Rotation::Conflict(item) => item,
            }
        } else {
            self.read(request).await?
        };
        let family = found.as_ref().map(from_item).transpose()?;
        match decide(family.as_ref(), request, rotation) {
            Decision::Grant(number) => Ok(RefreshResult::Granted(number)),
            Decision::Refuse(cause) => Ok(RefreshResult::Refused(cause)),
            Decision::Revoke => {
                self.revoke(request).await?;
                Ok(RefreshResult::Refused("the refresh token was used before: its family is revoked now"))
            }
        }
    }

    /// Makes `next` the current token, if the presented one is current. `rotation` identifies this write.
    async fn rotate(&self, request: &RefreshRequest<'_>, next: u32, rotation: Uuid) -> Result<Rotation, StoreError> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(request.tenant, request.family)))
            .update_expression("SET n = :next, rotated_at = :now, attempt = :attempt")
            .condition_expression(
                "v <= :v AND n = :n AND client_id = :client AND rotated_at > :idle_since AND attribute_not_exists(revoked_at)",
            )
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":n", number(request.number.into()))
            .expression_attribute_values(":next", number(next.into()))
            .expression_attribute_values(":client", text(request.client_id))
            .expression_attribute_values(":now", instant(request.now))
            .expression_attribute_values(":idle_since", instant(request.now - MAX_IDLE_TIME))
            .expression_attribute_values(":attempt", text(rotation.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(_) => Ok(Rotation::Written),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Rotation::Conflict(failure.item.clone()))
                }
                _ => Err(sdk_error(error)),
            },
        }
    }

    async fn read(&self, request: &RefreshRequest<'_>) -> Result<Option<Item>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(key(request.tenant, request.family)))
            .consistent_read(true)
            .send()
            .await
            .map_err(sdk_error)?;
        Ok(output.item)
    }

    /// Not conditional on the current token: the replay has happened, whatever was written since.
    async fn revoke(&self, request: &RefreshRequest<'_>) -> Result<(), StoreError> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(request.tenant, request.family)))
            .update_expression("SET revoked_at = if_not_exists(revoked_at, :now), #ttl = :ttl")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", instant(request.now))
            .expression_attribute_values(":ttl", number((request.now + REVOKED_RETENTION).timestamp()))
            .send()
            .await;
        condition_met(result, UpdateItemError::is_conditional_check_failed_exception).map(drop)
    }
}

fn key(tenant: &TenantId, family: Uuid) -> String {
    format!("{tenant}#family#{}", family.simple())
}

fn from_item(item: &Item) -> Result<Family, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    Ok(Family {
        client_id: item.text("client_id")?.to_owned(),
        number: item.count("n")?,
        rotated_at: item.instant("rotated_at")?,
        revoked: item.optional_instant("revoked_at").is_some(),
        rotation: item.uuid("attempt")?,
    })
}
