//! Meeting records: one item for each id of each tenant.

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    StoreError,
    item::{Item, Reader, failed, instant, malformed, number, text},
    records::{put, setting, state, state_name, update},
};
use crate::{
    calendar::EventId,
    domain::{EmailAddress, Fingerprint},
    scheduling::record::{Deletion, MeetingRecords, Record, RecordKey, RecordsError, State, Write},
};

/// The form of the items.
const VERSION: i64 = 1;
/// The record is still the one that was read: same incarnation, same attempt.
const UNCHANGED: &str = "incarnation = :incarnation AND attempt = :attempt";

/// Meeting records in the meetings table, `<tenant>#meeting#<id>`.
pub struct Meetings {
    client: Client,
    table: String,
}

impl Meetings {
    /// Records kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Takes a claim back that has this deletion in mind, or none. An update knows no maximum of two attributes, so which
    /// of the two ends is the later one, the deletion's or that of what was written just now, is decided here; it conflicts
    /// where the item tells of a later deletion.
    async fn remove_knowing(
        &self,
        key: &RecordKey,
        expected: &Record,
        deletion: Option<&Deletion>,
    ) -> Result<Write, RecordsError> {
        let trace = Record { state: State::Deleted, deletion: deletion.cloned(), ..expected.clone() };
        let ends = trace.forget_at(Utc::now()).map_or(0, |end| end.timestamp());
        let removing = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .update_expression("SET #state = :deleted, #ttl = :ends REMOVE event_id, unsettled_until")
            .condition_expression(format!(
                "{UNCHANGED} AND (attribute_not_exists(deleted_until) OR deleted_until <= :ends)"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":deleted", text(state_name(State::Deleted)))
            .expression_attribute_values(":ends", number(ends))
            .expression_attribute_values(":incarnation", text(expected.incarnation.to_string()))
            .expression_attribute_values(":attempt", text(expected.attempt.to_string()));
        update(removing, from_item).await
    }
}

#[async_trait::async_trait]
impl MeetingRecords for Meetings {
    async fn read(&self, key: &RecordKey) -> Result<Option<Record>, RecordsError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        Ok(answer.item().map(from_item).transpose()?)
    }

    /// An update where a put would do, so that what tells of a deletion stays: a claim that is repeated after a lost answer
    /// meets only itself, and could not put back what it does not know.
    async fn claim(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        let mut item = to_item(key, claim);
        item.remove("pk");
        let claiming = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .condition_expression("attribute_not_exists(pk) OR (#state = :deleted AND #attempt < :attempt)")
            .expression_attribute_values(":deleted", text(state_name(State::Deleted)));
        update(setting(claiming, item, &["ttl", "event_id", "unsettled_until"], ""), from_item).await
    }

    async fn replace(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        let replacing = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(key, next)))
            .condition_expression(UNCHANGED)
            .expression_attribute_values(":incarnation", text(expected.incarnation.to_string()))
            .expression_attribute_values(":attempt", text(expected.attempt.to_string()));
        put(replacing, from_item).await
    }

    async fn remove(&self, key: &RecordKey, expected: &Record) -> Result<Write, RecordsError> {
        let met = match self.remove_knowing(key, expected, expected.deletion.as_ref()).await? {
            Write::Conflict(Some(met)) => met,
            written => return Ok(written),
        };
        let is_unchanged = met.incarnation == expected.incarnation && met.attempt == expected.attempt;
        if !is_unchanged {
            return Ok(Write::Conflict(Some(met)));
        }
        // It tells of a deletion that the request did not know of.
        self.remove_knowing(key, expected, met.deletion.as_ref()).await
    }

    async fn claim_delete(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        attempt: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        let deleting = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .update_expression("SET #state = :deleting, attempt = :attempt, claim_expires = :expires")
            .condition_expression("#state = :active AND organizer = :organizer AND attempt < :attempt")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":deleting", text(state_name(State::Deleting)))
            .expression_attribute_values(":active", text(state_name(State::Active)))
            .expression_attribute_values(":attempt", text(attempt.to_string()))
            .expression_attribute_values(":expires", instant(claim_expires))
            .expression_attribute_values(":organizer", text(organizer.folded()));
        update(deleting, from_item).await
    }
}

fn pk(key: &RecordKey) -> String {
    format!("{}#meeting#{}", key.tenant, key.id.as_str())
}

fn to_item(key: &RecordKey, record: &Record) -> Item {
    let mut item = Item::from([
        ("pk".to_owned(), text(pk(key))),
        ("v".to_owned(), number(VERSION)),
        ("state".to_owned(), text(state_name(record.state))),
        ("incarnation".to_owned(), text(record.incarnation.to_string())),
        ("attempt".to_owned(), text(record.attempt.to_string())),
        ("claim_expires".to_owned(), instant(record.claim_expires)),
        ("unanswered".to_owned(), number(record.unanswered.into())),
        ("inconclusive".to_owned(), number(record.inconclusive.into())),
        ("payload".to_owned(), text(record.payload.as_str())),
        ("organizer".to_owned(), text(record.organizer.folded())),
    ]);
    if let Some(until) = record.unsettled_until {
        item.insert("unsettled_until".to_owned(), instant(until));
    }
    if let Some(EventId(id)) = &record.event {
        item.insert("event_id".to_owned(), text(id));
    }
    if let Some(Deletion { organizer, until }) = &record.deletion {
        item.insert("deleted_organizer".to_owned(), text(organizer.folded()));
        item.insert("deleted_until".to_owned(), number(until.timestamp()));
    }
    if let Some(time) = record.forget_at(Utc::now()) {
        item.insert("ttl".to_owned(), number(time.timestamp()));
    }
    item
}

fn from_item(item: &Item) -> Result<Record, StoreError> {
    let item = Reader(item);
    if item.number("v")? != VERSION {
        return Err(malformed("v"));
    }
    Ok(Record {
        state: state(&item, "state")?,
        incarnation: item.uuid("incarnation")?,
        attempt: item.uuid("attempt")?,
        claim_expires: item.instant("claim_expires")?,
        unsettled_until: item.optional_instant("unsettled_until"),
        unanswered: item.count("unanswered")?,
        inconclusive: item.count("inconclusive")?,
        payload: Fingerprint::from_stored(item.text("payload")?),
        organizer: item.text("organizer")?.parse().map_err(|_| malformed("organizer"))?,
        event: item.optional_text("event_id").map(|id| EventId(id.to_owned())),
        deletion: deletion(&item)?,
    })
}

/// In whole seconds, since `ttl` takes it over.
fn deletion(item: &Reader<'_>) -> Result<Option<Deletion>, StoreError> {
    let Some(organizer) = item.optional_text("deleted_organizer") else { return Ok(None) };
    let organizer = organizer.parse().map_err(|_| malformed("deleted_organizer"))?;
    let until = DateTime::from_timestamp(item.number("deleted_until")?, 0).ok_or_else(|| malformed("deleted_until"))?;
    Ok(Some(Deletion { organizer, until }))
}
