//! Appointment records: one item for each appointment id of each tenant, with all its copies.
//!
//! | attribute | holds |
//! | --- | --- |
//! | `pk` | `<tenant>#appointment#<id>` |
//! | `v` | the version of the item's format |
//! | `state` | `deleted` if the record is over, else `active` |
//! | `fencing_token` | the token of the last write |
//! | `lock_expires` | when the lock expires; absent without a lock |
//! | `intent` | `create`, `update` or `delete`; absent if the lock has none |
//! | `placement_incarnation`, `placement_payload`, `placement_mailboxes`, `placement_ends_at` | the placement of the intent |
//! | `copies` | a map from each mailbox's address, in lower case, to its copy |
//! | `deleted_until` | until when a repeated delete succeeds, in seconds |
//! | `ends_at` | when the last copy ends, or later; absent if the record is over |
//! | `ttl` | when the item may be removed, in seconds; absent while a lock has an intent that was stored without knowing the end |
//!
//! An item has room for hundreds of copies: their attributes have short names, and ids are binary. A deleted copy is not stored.
//!
//! | in a copy | holds |
//! | --- | --- |
//! | `s` | its state |
//! | `i` | its incarnation |
//! | `a` | its fencing token |
//! | `x` | when its claim expires |
//! | `u` | until when it is in doubt; absent without doubt |
//! | `n` | its outstanding creates; absent if 0 |
//! | `c` | its ambiguous creates; absent if 0 |
//! | `p` | the 32 bytes of its content's fingerprint; absent while unknown |
//! | `e` | its event's id; absent while unknown |

mod format;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    item::{Item, number, text},
    records::{put, set_attributes, state_name, update},
};
use crate::{
    clock::Clock,
    scheduling::records::{
        AppointmentRecords, RecordsError, Write,
        appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent, Lock},
        event::{State, forget_event_at},
    },
};

/// Appointment records in the meetings table.
pub struct Appointments {
    client: Client,
    table: String,
    record_life: TimeDelta,
    clock: Clock,
}

impl Appointments {
    /// `record_life`: how long a record is kept after its copies have ended.
    pub fn new(client: Client, table: String, record_life: TimeDelta, clock: Clock) -> Self {
        Self { client, table, record_life, clock }
    }

    /// An update instead of a put: it needs no knowledge of the copies, and leaves them and an earlier deletion unchanged.
    async fn acquire(
        &self,
        key: &AppointmentKey,
        token: Uuid,
        lock: &Lock,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let Some(intent) = &lock.intent else {
            return Err(RecordsError::Internal("a lock must be acquired with an intent".to_owned()));
        };
        let request = self.client.update_item().table_name(&self.table).key("pk", text(pk(key)));
        let mut head = format::head(State::Active, token, Some(lock));
        let mut optional =
            vec!["ttl", "placement_incarnation", "placement_payload", "placement_mailboxes", "placement_ends_at"];
        let (request, extra_set) = match intent {
            Intent::Create(placement) => {
                // The end of an earlier appointment under this id, if there was one, means nothing for this one.
                optional.push("ends_at");
                if let Some(end) = placement.ends_at {
                    let forget_at = forget_event_at(end, self.clock.now(), self.record_life);
                    head.insert("ttl".to_owned(), number(forget_at.timestamp()));
                }
                let request = request
                    .condition_expression(
                        "attribute_not_exists(pk) OR (#v <= :v AND #state = :deleted AND #fencing_token < :fencing_token)",
                    )
                    .expression_attribute_values(":deleted", text(state_name(State::Deleted)))
                    .expression_attribute_names("#copies", "copies")
                    .expression_attribute_values(":none", AttributeValue::M(Item::new()));
                (request, ", #copies = if_not_exists(#copies, :none)")
            }
            // The update sets the state to the one that it must have: active. It removes `ttl`, because it cannot compute that from
            // the end of the copies on record: the item stays until the next write.
            Intent::Update(_) | Intent::Delete => (
                request.condition_expression(
                    "#v <= :v AND #state = :state AND attribute_not_exists(#lock_expires) AND #fencing_token < :fencing_token",
                ),
                "",
            ),
        };
        update(set_attributes(request, head, &optional, extra_set), format::from_item).await
    }

    async fn replace(
        &self,
        key: &AppointmentKey,
        expected: Uuid,
        next: &AppointmentRecord,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let mut item = format::to_item(next, self.clock.now(), self.record_life)?;
        item.insert("pk".to_owned(), text(pk(key)));
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("fencing_token = :expected")
            .expression_attribute_values(":expected", text(expected.to_string()));
        put(request, format::from_item).await
    }
}

#[async_trait::async_trait]
impl AppointmentRecords for Appointments {
    async fn apply(
        &self,
        key: &AppointmentKey,
        request: &AppointmentRequest,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        match request {
            AppointmentRequest::Acquire { token, lock } => self.acquire(key, *token, lock).await,
            AppointmentRequest::Replace { expected, next } => self.replace(key, *expected, next).await,
        }
    }
}

fn pk(key: &AppointmentKey) -> String {
    format!("{}#appointment#{}", key.tenant, key.id.as_str())
}
