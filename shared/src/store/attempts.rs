//! Attempts to log in with a password: counted where every instance sees it, so that a new instance knows them too.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::ReturnValuesOnConditionCheckFailure,
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    StoreError,
    item::{Reader, failed, instant, number, text},
};
use crate::domain::{TenantId, sha256_hex};

/// How many attempts are let through until the login rests.
const MOST: i64 = 5;
/// How long a login rests after the last of them; also how long they are remembered.
const REST: TimeDelta = TimeDelta::minutes(15);

/// Attempts in the grants table, `<tenant>#attempts#<hash of the login>`.
pub struct Attempts {
    client: Client,
    table: String,
}

/// Whether a password may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It may; the attempt has been counted.
    Allowed,
    /// Not for this long.
    Locked(Duration),
}

impl Attempts {
    /// Attempts kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Counts an attempt before its password is looked at, so that many at once are no more than as many in turn. Logins
    /// that do not exist are counted like others.
    pub async fn begin(&self, tenant: &TenantId, login: &str, now: DateTime<Utc>) -> Result<Attempt, StoreError> {
        let until = now + REST;
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(tenant, login)))
            .update_expression("SET tries = tries + :one, remembered_until = :until, #ttl = :ttl")
            .condition_expression("tries < :most AND remembered_until > :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MOST))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":until", instant(until))
            .expression_attribute_values(":ttl", number(until.timestamp()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let met = match outcome {
            Ok(_) => return Ok(Attempt::Allowed),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
                    met.item().map(|item| Reader(item).instant("remembered_until")).transpose()?
                }
                _ => return Err(failed(error)),
            },
        };
        match met.filter(|until| *until > now) {
            Some(until) => Ok(Attempt::Locked((until - now).to_std().unwrap_or_default())),
            None => self.begin_anew(tenant, login, now).await,
        }
    }

    /// Forgets the attempts on a login whose password was right.
    pub async fn forget(&self, tenant: &TenantId, login: &str) -> Result<(), StoreError> {
        let forgotten = self.client.delete_item().table_name(&self.table).key("pk", text(key(tenant, login)));
        forgotten.send().await.map(drop).map_err(failed)
    }

    async fn begin_anew(&self, tenant: &TenantId, login: &str, now: DateTime<Utc>) -> Result<Attempt, StoreError> {
        let until = now + REST;
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(tenant, login)))
            .item("v", number(1))
            .item("tries", number(1))
            .item("remembered_until", instant(until))
            .item("ttl", number(until.timestamp()))
            .condition_expression("attribute_not_exists(pk) OR remembered_until <= :now")
            .expression_attribute_values(":now", instant(now))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(Attempt::Allowed),
            // Another attempt began at the same moment. Whoever really logs in tries once more.
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(Attempt::Locked(Duration::from_secs(1)))
            }
            Err(error) => Err(failed(error)),
        }
    }
}

/// Hashed: a login is a person's, and may be of any length.
fn key(tenant: &TenantId, login: &str) -> String {
    format!("{tenant}#attempts#{}", sha256_hex(login.as_bytes()))
}
