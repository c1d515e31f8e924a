//! The items of the ledger. An entry is one attribute, `e#<booking>#<start>#<end>#<number>`, with the times in seconds.
//!
//! | in an entry | holds |
//! | --- | --- |
//! | `o` | the organizer, if it is another mailbox than the member's |
//! | `t` | when it was added, in seconds |
//! | `e` | the event's id, once known |

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use chrono::{DateTime, NaiveDate};
use uuid::Uuid;

use super::{
    keys,
    table::{Bookings, VERSION},
};
use crate::{
    domain::{BookingId, EmailAddress, EventId, TenantId, TimeSpan},
    scheduling::records::{
        Consistency, RecordsError,
        booking::LedgerEdit,
        ledger::{BookedTime, Entry, EntryKey, LedgerDay, day_ends_at, days},
    },
    store::{
        error::StoreError,
        item::{Item, Reader, malformed, number, sdk_error, text},
    },
};

const ENTRY_PREFIX: &str = "e#";

impl Bookings {
    pub(super) async fn ledger(
        &self,
        tenant: &TenantId,
        member: &EmailAddress,
        window: TimeSpan,
        consistency: Consistency,
    ) -> Result<Vec<LedgerDay>, RecordsError> {
        let mut touched = days(window);
        let first = touched.next().unwrap_or_default();
        let last = touched.last().unwrap_or(first);
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(consistency == Consistency::Strong)
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":pk", text(keys::ledger_partition(tenant, member)))
                .expression_attribute_values(":first", text(keys::ledger_sort(member, first)))
                .expression_attribute_values(":last", text(keys::ledger_sort(member, last)))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(sdk_error)?;
            for item in page.items() {
                found.push(day(member, item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// Changes an entry in the item of one day.
    pub(super) async fn edit_day(
        &self,
        tenant: &TenantId,
        edit: &LedgerEdit,
        day: NaiveDate,
    ) -> Result<(), RecordsError> {
        let (member, key) = subject(edit);
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::ledger(tenant, member, day)))
            .expression_attribute_names("#entry", attribute(key))
            .expression_attribute_values(":v", number(VERSION));
        let exists = "attribute_exists(#entry) AND v <= :v";
        let request = match edit {
            LedgerEdit::Add { entry, attempt, .. } => request
                .update_expression("SET #entry = :entry, version = :attempt, v = :v, #ttl = :ttl")
                // A repeat of the write must not bring its version back after another one has added.
                .condition_expression("attribute_not_exists(#entry) AND (attribute_not_exists(v) OR v <= :v)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":entry", value(member, entry))
                .expression_attribute_values(":attempt", text(attempt.to_string()))
                .expression_attribute_values(":ttl", number(day_ends_at(day).timestamp())),
            LedgerEdit::Learn { entry, .. } => {
                let Some(EventId(event)) = &entry.event else { return Ok(()) };
                request
                    .update_expression("SET #entry.e = :event")
                    .condition_expression(exists)
                    .expression_attribute_values(":event", text(event))
            }
            LedgerEdit::Remove { .. } => request.update_expression("REMOVE #entry").condition_expression(exists),
        };
        let Err(error) = request.send().await else { return Ok(()) };
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(sdk_error(error).into());
        };
        match (edit, failed.item()) {
            // It is there already, unless a newer release keeps it.
            (LedgerEdit::Add { .. }, Some(item)) => Ok(Reader(item).check_version(VERSION)?),
            // The entry is gone, or a newer release keeps it.
            _ => Ok(()),
        }
    }
}

fn subject(edit: &LedgerEdit) -> (&EmailAddress, EntryKey) {
    match edit {
        LedgerEdit::Add { member, entry, .. } | LedgerEdit::Learn { member, entry } => (member, entry.key),
        LedgerEdit::Remove { member, key } => (member, *key),
    }
}

/// The days whose items an edit changes.
pub fn days_of(edit: &LedgerEdit) -> impl Iterator<Item = NaiveDate> {
    days(subject(edit).1.time.span)
}

/// The name of an entry's attribute.
pub fn attribute(key: EntryKey) -> String {
    let EntryKey { booking, time: BookedTime { span, number } } = key;
    let (start, end) = (span.start().timestamp(), span.end().timestamp());
    format!("{ENTRY_PREFIX}{}#{start}#{end}#{number}", booking.0.simple())
}

/// The value of an entry's attribute.
pub fn value(member: &EmailAddress, entry: &Entry) -> AttributeValue {
    let mut map = Item::from([("t".to_owned(), number(entry.since.timestamp()))]);
    if entry.organizer != *member {
        map.insert("o".to_owned(), text(entry.organizer.folded()));
    }
    if let Some(EventId(event)) = &entry.event {
        map.insert("e".to_owned(), text(event));
    }
    AttributeValue::M(map)
}

/// The ledger of an item.
pub fn day(member: &EmailAddress, item: &Item) -> Result<LedgerDay, StoreError> {
    let reader = Reader(item);
    reader.check_version(VERSION)?;
    let day = reader.text("sk")?.rsplit('#').next().and_then(|day| day.parse().ok()).ok_or_else(|| malformed("sk"))?;
    let version = reader.optional_text("version").and_then(|text| Uuid::parse_str(text).ok());
    let mut entries = Vec::new();
    for name in item.keys().filter(|name| name.starts_with(ENTRY_PREFIX)) {
        entries.push(entry(member, name, reader.map(name)?)?);
    }
    entries.sort_unstable_by_key(|entry| entry.key);
    Ok(LedgerDay { member: member.clone(), day, version, entries })
}

fn entry(member: &EmailAddress, name: &str, map: &Item) -> Result<Entry, StoreError> {
    let map = Reader(map);
    let since = DateTime::from_timestamp(map.number("t")?, 0).ok_or_else(|| malformed(name))?;
    let organizer = match map.optional_text("o") {
        Some(organizer) => organizer.parse().map_err(|_| malformed(name))?,
        None => member.clone(),
    };
    let event = map.optional_text("e").map(|id| EventId(id.to_owned()));
    Ok(Entry { key: entry_key(name).ok_or_else(|| malformed(name))?, organizer, since, event })
}

fn entry_key(name: &str) -> Option<EntryKey> {
    let mut parts = name.strip_prefix(ENTRY_PREFIX)?.split('#');
    let booking = BookingId(Uuid::parse_str(parts.next()?).ok()?);
    let mut time = || DateTime::from_timestamp(parts.next()?.parse().ok()?, 0);
    let span = TimeSpan::new(time()?, time()?).ok()?;
    let number = parts.next()?.parse().ok()?;
    Some(EntryKey { booking, time: BookedTime { span, number } })
}
