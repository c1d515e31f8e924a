//! Counters for limits by the hour: `@rate#<kind>#<subject>#<hours since 1970>`, with `count`.

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;

use super::{
    bookings::key,
    error::StoreError,
    item::{Item, Reader, number, sdk_error},
};

/// The format of the items.
const VERSION: i64 = 1;
const HOUR: TimeDelta = TimeDelta::hours(1);
/// How long after its hour a counter is kept, for clocks that differ.
const RETENTION: TimeDelta = TimeDelta::hours(2);

/// Counters in the bookings table.
pub struct Counters {
    client: Client,
    table: String,
}

/// What is counted. `subject` is part of a key, which has at most 2,048 bytes. A personal one, such as an address, must be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter<'a> {
    /// Without `#`.
    pub kind: &'a str,
    pub subject: &'a str,
}

impl Counters {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Adds one to each counter of the hour (UTC) of `now`, all at once, and returns their new counts. A request that the SDK repeats
    /// after a lost response may count twice, so a count is never too low.
    pub async fn count(&self, counters: &[Counter<'_>], now: DateTime<Utc>) -> Result<Vec<u64>, StoreError> {
        try_join_all(counters.iter().map(|counter| self.add(1, counter, now))).await
    }

    /// Takes one from each counter of the hour of `now`: what was counted was refused for another reason. A repeat by the SDK may take
    /// twice.
    pub async fn take_back(&self, counters: &[Counter<'_>], now: DateTime<Utc>) -> Result<(), StoreError> {
        try_join_all(counters.iter().map(|counter| self.add(-1, counter, now))).await.map(drop)
    }

    async fn add(&self, number_added: i64, counter: &Counter<'_>, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let hour = now.timestamp().div_euclid(HOUR.num_seconds());
        let kept_until = (hour + 1) * HOUR.num_seconds() + RETENTION.num_seconds();
        let Counter { kind, subject } = counter;
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(format!("@rate#{kind}#{subject}#{hour}"), "-".to_owned())))
            .update_expression("ADD #count :added SET v = :v, #ttl = :ttl")
            .condition_expression("attribute_not_exists(v) OR v <= :v")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":added", number(number_added))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":ttl", number(kept_until))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let item = match result {
            Ok(output) => output.attributes.unwrap_or_default(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone().unwrap_or_default()
                }
                _ => return Err(sdk_error(error)),
            },
        };
        count_of(&item)
    }
}

/// An item that a newer release wrote is not changed, and is an error. A count below zero is none.
fn count_of(item: &Item) -> Result<u64, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    Ok(u64::try_from(item.number("count")?).unwrap_or(0))
}
