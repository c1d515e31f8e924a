//! The transaction that claims times.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};

use chrono::{DateTime, Utc};

use super::{
    keys, ledger, record, replays,
    table::{Bookings, VERSION, newer_version, set_and_remove},
};
use crate::{
    domain::TenantId,
    scheduling::records::{
        RecordsError,
        booking::{BookingKey, Conflicts, DayHold, Held, Hold, HoldCheck, ReplayHold, ReplayKey, TurnHold},
        ledger::{LedgerDay, day_ends_at},
    },
    store::{
        error::StoreError,
        item::{Item, instant, malformed, number, sdk_error, text},
    },
};

/// How many items a transaction of DynamoDB has at most.
const MAX_ITEMS: usize = 100;
const ALL_OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// What an item of the transaction is about.
enum Part<'a> {
    Record,
    Day(&'a LedgerDay),
    Replay(&'a ReplayKey),
    Turn,
    Check(&'a HoldCheck),
}

impl Bookings {
    pub(super) async fn hold_times(&self, key: &BookingKey, hold: &Hold) -> Result<Held, RecordsError> {
        let attempt = hold.record.event.token;
        let mut parts = vec![(Part::Record, self.record_part(key, hold)?)];
        for day in &hold.days {
            parts.push((Part::Day(&day.read), self.day_part(&key.tenant, day, &attempt.to_string())?));
        }
        for replay in &hold.replay_keys {
            parts.push((Part::Replay(&replay.key), self.replay_part(key, hold, replay)?));
        }
        if let Some(turn) = &hold.turn {
            parts.push((Part::Turn, self.turn_part(key, hold, turn)?));
        }
        for check in &hold.checks {
            parts.push((Part::Check(check), self.check_part(check, hold.now)?));
        }
        if parts.len() > MAX_ITEMS {
            return Err(RecordsError::Internal(format!("a transaction of {} items", parts.len())));
        }
        let (parts, items): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        // The same token makes a repeat of the same transaction a success.
        let request = self.client.transact_write_items().client_request_token(attempt.to_string());
        match request.set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Held::Done),
            Err(error) => outcome(error, &parts, hold),
        }
    }

    fn record_part(&self, key: &BookingKey, hold: &Hold) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(record::to_item(key, &hold.record)))
            .return_values_on_condition_check_failure(ALL_OLD);
        let put = match &hold.expected {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(expected) => put
                .condition_expression(record::IS_EXPECTED_VERSION)
                .set_expression_attribute_values(Some(record::version_values(expected))),
        };
        let put = put.build().map_err(|_| malformed("record"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The day must have the version that was read.
    fn day_part(&self, tenant: &TenantId, hold: &DayHold, attempt: &str) -> Result<TransactWriteItem, StoreError> {
        let DayHold { read, entry, void } = hold;
        let key = keys::ledger(tenant, &read.member, read.day);
        let (condition, version) = match read.version {
            None => ("attribute_not_exists(version)", None),
            Some(version) => ("version = :read", Some(text(version.to_string()))),
        };
        let Some(entry) = entry else {
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(Some(key))
                .condition_expression(condition)
                .set_expression_attribute_values(version.map(|version| [(":read".to_owned(), version)].into()))
                .return_values_on_condition_check_failure(ALL_OLD);
            let check = check.build().map_err(|_| malformed("ledger"))?;
            return Ok(TransactWriteItem::builder().condition_check(check).build());
        };
        let void = void.iter().map(|key| ledger::attribute(*key));
        let (mut names, remove) = set_and_remove(ledger::attribute(entry.key), void);
        names.insert("#ttl".to_owned(), "ttl".to_owned());
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key))
            .update_expression(format!("SET #set = :entry, version = :attempt, v = :v, #ttl = :ttl{remove}"))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":entry", ledger::value(&read.member, entry))
            .expression_attribute_values(":attempt", text(attempt))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":ttl", number(day_ends_at(read.day).timestamp()))
            .return_values_on_condition_check_failure(ALL_OLD);
        if let Some(version) = version {
            update = update.expression_attribute_values(":read", version);
        }
        let update = update.build().map_err(|_| malformed("ledger"))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn replay_part(&self, key: &BookingKey, hold: &Hold, replay: &ReplayHold) -> Result<TransactWriteItem, StoreError> {
        let payload = hold.record.event.payload.as_ref().ok_or_else(|| malformed("payload"))?;
        let mut item = keys::replay(&key.tenant, &replay.key);
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("payload".to_owned(), text(payload.as_str())),
            ("booking".to_owned(), text(key.id.to_string())),
            ("since".to_owned(), instant(hold.record.created_at)),
            ("ttl".to_owned(), number((hold.record.created_at + replay.key.life()).timestamp())),
        ]);
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match &replay.read {
            None => put.condition_expression("attribute_not_exists(pk)"),
            // It may have ended since.
            Some(read) => put
                .condition_expression("attribute_not_exists(pk) OR booking = :booking")
                .expression_attribute_values(":booking", text(read.booking.to_string())),
        };
        let put = put.return_values_on_condition_check_failure(ALL_OLD).build().map_err(|_| malformed("replay"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn turn_part(&self, key: &BookingKey, hold: &Hold, turn: &TurnHold) -> Result<TransactWriteItem, StoreError> {
        let update = self.turn_update(&key.tenant, turn, key.id, &hold.record)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn check_part(&self, check: &HoldCheck, now: DateTime<Utc>) -> Result<TransactWriteItem, StoreError> {
        let item = ConditionCheck::builder().table_name(&self.table);
        let item = match check {
            HoldCheck::Configuration { id, version } => item
                .set_key(Some(keys::configuration_key(*id)))
                .condition_expression("version = :version")
                .expression_attribute_values(":version", text(version.to_string())),
            HoldCheck::Session { hash } => item
                .set_key(Some(keys::session_key(hash)))
                .condition_expression("attribute_exists(pk) AND expires_at > :now")
                .expression_attribute_values(":now", number(now.timestamp())),
        };
        let item = item.build().map_err(|_| malformed("check"))?;
        Ok(TransactWriteItem::builder().condition_check(item).build())
    }
}

/// Why a transaction was not carried out.
fn outcome(error: SdkError<TransactWriteItemsError>, parts: &[Part<'_>], hold: &Hold) -> Result<Held, RecordsError> {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        _ => return Err(sdk_error(error).into()),
    };
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    let failed: Vec<_> =
        parts.iter().zip(reasons).filter(|(_, reason)| code(reason) == "ConditionalCheckFailed").collect();
    if failed.is_empty() {
        let passing = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
        let passes = reasons.iter().all(|reason| passing.contains(&code(reason).as_str()));
        return if passes { Ok(Held::Contended) } else { Err(sdk_error(error).into()) };
    }
    let mut conflicts = Conflicts::default();
    for (part, reason) in failed {
        let item = reason.item().filter(|item| !item.is_empty());
        match part {
            Part::Record => conflicts.record = item.map(record::from_item).transpose()?.map(Box::new),
            Part::Day(read) => conflicts.days.push(changed_day(read, item)?),
            Part::Replay(key) => {
                if let Some(item) = item {
                    conflicts.replays.push(((*key).clone(), replays::from_item(item)?));
                }
            }
            Part::Check(check) => conflicts.checks.push((*check).clone()),
            // It has no other condition.
            Part::Turn => return Err(newer_version().into()),
        }
    }
    // The SDK repeated a transaction that had been carried out, after longer than the token is remembered.
    if conflicts.record.as_ref().is_some_and(|found| found.event.token == hold.record.event.token) {
        return Ok(Held::Done);
    }
    Ok(Held::Conflict(Box::new(conflicts)))
}

/// A day as it is now. Of an item that is gone, DynamoDB returns nothing, and the embedded database of `cargo local` the key.
fn changed_day(read: &LedgerDay, item: Option<&Item>) -> Result<LedgerDay, StoreError> {
    match item.filter(|item| item.contains_key("v")) {
        Some(item) => ledger::day(&read.member, item),
        None => Ok(LedgerDay { version: None, entries: Vec::new(), ..read.clone() }),
    }
}
