//! Families of refresh tokens: which token of each is the current one, and what an older one means.
//!
//! A token that is presented after its successor was used, or long after its successor was made, is in two hands: one of
//! them stole it, and nobody can tell which. The family ends then (RFC 9700, section 4.14.2). A token whose successor was
//! made a moment ago is more likely a lost answer: it gets that successor again, so a family never forks.

mod verdict;

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::ReturnValuesOnConditionCheckFailure,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use self::verdict::{Family, Verdict, judge};
use super::{
    StoreError,
    item::{Item, Reader, failed, instant, malformed, number, text},
};
use crate::domain::TenantId;

/// The form of the items.
const VERSION: i64 = 1;
/// A rotating family that rested this long has ended. Where tokens do not rotate, nothing is written at their use, so
/// such a family does not end by itself.
const LONGEST_REST: TimeDelta = TimeDelta::days(180);
/// How long a revoked family is remembered. Afterwards it is unknown, which refuses its tokens as well. Live families
/// have no time to live: there is one for each client, and losing one to a clock would lock an integration out.
const REMEMBER_REVOKED: TimeDelta = TimeDelta::days(30);

/// Families in the grants table, `<tenant>#family#<uuid>`.
pub struct Families {
    client: Client,
    table: String,
}

/// A refresh token in the hands of a client that has proved itself.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// Whose family it is.
    pub tenant: &'a TenantId,
    /// The family.
    pub family: Uuid,
    /// The token's place in it.
    pub n: u32,
    /// The client that presents it.
    pub client_id: &'a str,
    /// Whether this client's tokens are replaced at each use.
    pub rotates: bool,
    /// How long a token that was replaced still gets its successor.
    pub grace: Duration,
    /// When the request began.
    pub now: DateTime<Utc>,
}

/// What became of a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// It is good; the token at this place is the one to use from now on.
    Granted(u32),
    /// It is not, for a reason that only the log may know.
    Refused(&'static str),
}

impl Families {
    /// Families kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Begins a family for a client, with the token at place 1. A family that was begun before stays as it is.
    pub async fn start(
        &self,
        tenant: &TenantId,
        family: Uuid,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let outcome = self
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
        match outcome {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(error)),
            },
        }
    }

    /// Takes a presented token: rotates its family, repeats the last rotation, or revokes the family.
    pub async fn exchange(&self, token: &Presented<'_>) -> Result<Exchange, StoreError> {
        let attempt = Uuid::new_v4();
        let met = if token.rotates {
            let next = token.n.saturating_add(1);
            match self.advance(token, next, attempt).await? {
                None => return Ok(Exchange::Granted(next)),
                Some(Met(item)) => item,
            }
        } else {
            self.read(token).await?
        };
        let family = met.as_ref().map(from_item).transpose()?;
        match judge(family.as_ref(), token, attempt) {
            Verdict::Grant(n) => Ok(Exchange::Granted(n)),
            Verdict::Refuse(why) => Ok(Exchange::Refused(why)),
            Verdict::Revoke => {
                self.revoke(token).await?;
                Ok(Exchange::Refused("the refresh token was used before: its family is revoked now"))
            }
        }
    }

    /// Moves a family on, if the token is its current one. Otherwise gives the item that was met.
    async fn advance(&self, token: &Presented<'_>, next: u32, attempt: Uuid) -> Result<Option<Met>, StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(token.tenant, token.family)))
            .update_expression("SET n = :next, rotated_at = :now, attempt = :attempt")
            .condition_expression(
                "n = :n AND client_id = :client AND rotated_at > :rested AND attribute_not_exists(revoked_at)",
            )
            .expression_attribute_values(":n", number(token.n.into()))
            .expression_attribute_values(":next", number(next.into()))
            .expression_attribute_values(":client", text(token.client_id))
            .expression_attribute_values(":now", instant(token.now))
            .expression_attribute_values(":rested", instant(token.now - LONGEST_REST))
            .expression_attribute_values(":attempt", text(attempt.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(met)) => Ok(Some(Met(met.item.clone()))),
                _ => Err(failed(error)),
            },
        }
    }

    async fn read(&self, token: &Presented<'_>) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(key(token.tenant, token.family)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        Ok(answer.item)
    }

    /// Ends a family, whatever has become of it meanwhile: what was seen stays true.
    async fn revoke(&self, token: &Presented<'_>) -> Result<(), StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(key(token.tenant, token.family)))
            .update_expression("SET revoked_at = if_not_exists(revoked_at, :now), #ttl = :ttl")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", instant(token.now))
            .expression_attribute_values(":ttl", number((token.now + REMEMBER_REVOKED).timestamp()))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(error)),
            },
        }
    }
}

/// The item that stood in the way of a conditional write, if there was one.
struct Met(Option<Item>);

fn key(tenant: &TenantId, family: Uuid) -> String {
    format!("{tenant}#family#{}", family.simple())
}

fn from_item(item: &Item) -> Result<Family, StoreError> {
    let item = Reader(item);
    if item.number("v")? != VERSION {
        return Err(malformed("v"));
    }
    Ok(Family {
        client_id: item.text("client_id")?.to_owned(),
        n: u32::try_from(item.number("n")?).map_err(|_| malformed("n"))?,
        rotated_at: item.instant("rotated_at")?,
        revoked: item.optional_instant("revoked_at").is_some(),
        attempt: item.uuid("attempt")?,
    })
}
