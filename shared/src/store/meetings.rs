//! Meeting records: one item for each meeting id of each tenant.

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    error::StoreError,
    item::{Item, Reader, instant, number, sdk_error, text},
    records::{event_attributes, event_record, put, set_attributes, state_name, update},
};
use crate::{
    clock::Clock,
    domain::EmailAddress,
    scheduling::records::{
        EventRecords, RecordsError, Write,
        event::{Deletion, Record, RecordKey, State, forget_event_at},
        requests::RecordRequest,
    },
};

/// The format of the items.
const VERSION: i64 = 2;
/// The item is still the version that the request knows.
const IS_EXPECTED_VERSION: &str = "incarnation = :incarnation AND fencing_token = :token";

/// Meeting records in the meetings table, `<tenant>#meeting#<id>`.
pub struct Meetings {
    client: Client,
    table: String,
    record_life: TimeDelta,
    clock: Clock,
}

impl Meetings {
    /// `record_life`: how long a record is kept after its event has ended.
    pub fn new(client: Client, table: String, record_life: TimeDelta, clock: Clock) -> Self {
        Self { client, table, record_life, clock }
    }

    async fn read(&self, key: &RecordKey) -> Result<Write, RecordsError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(sdk_error)?;
        Ok(Write::Done(output.item().map(from_item).transpose()?.map(Box::new)))
    }

    /// An active record of this organizer with an earlier end, or with none, gets this one. Both outcomes return the item as it was.
    async fn read_and_extend(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        ends_at: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        let forget_at = forget_event_at(ends_at, self.clock.now(), self.record_life);
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .update_expression("SET ends_at = :end, #ttl = :ttl")
            .condition_expression(
                "v <= :v AND #state = :active AND organizer = :organizer \
                 AND (attribute_not_exists(ends_at) OR ends_at < :end)",
            )
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":active", text(state_name(State::Active)))
            .expression_attribute_values(":organizer", text(organizer.folded()))
            .expression_attribute_values(":end", instant(ends_at))
            .expression_attribute_values(":ttl", number(forget_at.timestamp()));
        update(request, from_item).await
    }

    /// An update instead of a put, so that the attributes of an earlier deletion stay: the request does not know them. It would not
    /// learn them from a write that the SDK repeats after a lost response, since that finds only the claim itself.
    async fn claim(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        let mut item = self.to_item(key, claim);
        item.remove("pk");
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .condition_expression(
                "attribute_not_exists(pk) OR (#v <= :v AND #state = :deleted AND #fencing_token < :fencing_token)",
            )
            .expression_attribute_values(":deleted", text(state_name(State::Deleted)));
        update(set_attributes(request, item, &["ttl", "ends_at", "event_id", "in_doubt_until"], ""), from_item).await
    }

    /// Removes `ttl`, because an update cannot compute it from the item's end: the item stays until the delete's next write.
    async fn claim_delete(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        token: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .update_expression("SET #state = :deleting, fencing_token = :token, claim_expires = :expires REMOVE #ttl")
            .condition_expression("v <= :v AND #state = :active AND organizer = :organizer AND fencing_token < :token")
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":deleting", text(state_name(State::Deleting)))
            .expression_attribute_values(":active", text(state_name(State::Active)))
            .expression_attribute_values(":token", text(token.to_string()))
            .expression_attribute_values(":expires", instant(claim_expires))
            .expression_attribute_values(":organizer", text(organizer.folded()));
        update(request, from_item).await
    }

    async fn replace(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(self.to_item(key, next)))
            .condition_expression(IS_EXPECTED_VERSION)
            .expression_attribute_values(":incarnation", text(expected.incarnation.to_string()))
            .expression_attribute_values(":token", text(expected.token.to_string()));
        put(request, from_item).await
    }

    async fn release(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        match self.release_with(key, claim, claim.deletion.as_ref()).await? {
            // The item has a deletion that the claim does not know.
            Write::Conflict(Some(found)) if found.is_version_of(claim) => {
                self.release_with(key, claim, found.deletion.as_ref()).await
            }
            result => Ok(result),
        }
    }

    /// Withdraws a claim whose item has this deletion, or none. The item expires at the end of the deletion or at the end of the
    /// claim's trace, whichever is later. An update expression cannot compute a maximum, so it is computed here, and the update
    /// fails if the item has a later deletion.
    async fn release_with(
        &self,
        key: &RecordKey,
        claim: &Record,
        deletion: Option<&Deletion>,
    ) -> Result<Write, RecordsError> {
        let trace = Record { state: State::Deleted, deletion: deletion.cloned(), ..claim.clone() };
        let expires = trace.forget_at(self.clock.now(), self.record_life).map_or(0, |end| end.timestamp());
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(pk(key)))
            .update_expression("SET #state = :deleted, #ttl = :expires REMOVE ends_at, event_id, in_doubt_until")
            .condition_expression(format!(
                "{IS_EXPECTED_VERSION} AND (attribute_not_exists(deleted_until) OR deleted_until <= :expires)"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":deleted", text(state_name(State::Deleted)))
            .expression_attribute_values(":expires", number(expires))
            .expression_attribute_values(":incarnation", text(claim.incarnation.to_string()))
            .expression_attribute_values(":token", text(claim.token.to_string()));
        update(request, from_item).await
    }

    fn to_item(&self, key: &RecordKey, record: &Record) -> Item {
        let mut item = event_attributes(record);
        item.insert("pk".to_owned(), text(pk(key)));
        item.insert("v".to_owned(), number(VERSION));
        if let Some(time) = record.forget_at(self.clock.now(), self.record_life) {
            item.insert("ttl".to_owned(), number(time.timestamp()));
        }
        item
    }
}

#[async_trait::async_trait]
impl EventRecords for Meetings {
    async fn apply(&self, key: &RecordKey, request: &RecordRequest) -> Result<Write, RecordsError> {
        match request {
            RecordRequest::Read => self.read(key).await,
            RecordRequest::ReadAndExtend { organizer, ends_at } => self.read_and_extend(key, organizer, *ends_at).await,
            RecordRequest::Claim(claim) => self.claim(key, claim).await,
            RecordRequest::ClaimDelete { organizer, token, claim_expires } => {
                self.claim_delete(key, organizer, *token, *claim_expires).await
            }
            RecordRequest::Replace { expected, next, .. } => self.replace(key, expected, next).await,
            RecordRequest::Release(claim) => self.release(key, claim).await,
        }
    }
}

fn pk(key: &RecordKey) -> String {
    format!("{}#meeting#{}", key.tenant, key.id.as_str())
}

fn from_item(item: &Item) -> Result<Record, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    event_record(&item)
}
