//! Appointment records: one item for each id of each tenant, with every copy in it.
//!
//! | attribute | holds |
//! | --- | --- |
//! | `pk` | `<tenant>#appointment#<id>` |
//! | `v` | the form of the item |
//! | `state` | `deleted` where the record is over, else `active` |
//! | `attempt` | the attempt that wrote it last |
//! | `held_until` | until when the request that holds it may run; absent where none does |
//! | `purpose` | `create`, `update` or `delete`; absent where the hold has none |
//! | `placing_incarnation`, `placing_payload`, `placing_mailboxes` | what is to be created or updated |
//! | `copies` | the copies: their mailboxes' addresses in lower case, and of each what stands below |
//! | `deleted_until` | until when deleting it once more is a success, in seconds |
//! | `ttl` | when it may be forgotten; absent where it is not over |
//!
//! An item has room for hundreds of copies, so their attributes are short and their identities binary. A copy that is
//! deleted is none.
//!
//! | in a copy | holds |
//! | --- | --- |
//! | `s` | its state |
//! | `i` | its incarnation |
//! | `a` | its attempt |
//! | `x` | when its claim expires |
//! | `u` | until when it is unsettled; absent where it is settled |
//! | `n` | how many requests are unanswered; absent where none is |
//! | `c` | how many were inconclusive; absent where none was |
//! | `p` | the 32 bytes of its payload's hash; absent where that is in doubt |
//! | `e` | its event's id; absent where that is not known |

mod form;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use chrono::Utc;
use uuid::Uuid;

use super::{
    item::{Item, text},
    records::{put, setting, state_name, update},
};
use crate::scheduling::{
    appointments::record::{AppointmentKey, AppointmentRecord, AppointmentRecords, Hold, Purpose},
    record::{RecordsError, State, Write},
};

/// Appointment records in the meetings table.
pub struct Appointments {
    client: Client,
    table: String,
}

impl Appointments {
    /// Records kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

#[async_trait::async_trait]
impl AppointmentRecords for Appointments {
    /// An update, so that it needs to know nothing of the copies, and leaves them and what tells of a deletion alone.
    async fn open(
        &self,
        key: &AppointmentKey,
        attempt: Uuid,
        hold: &Hold,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let Some(purpose) = &hold.purpose else {
            return Err(RecordsError::Internal("nothing is held without a purpose".to_owned()));
        };
        let opening = self.client.update_item().table_name(&self.table).key("pk", text(pk(key)));
        let (opening, more) = match purpose {
            Purpose::Create(_) => (
                opening
                    .condition_expression("attribute_not_exists(pk) OR (#state = :deleted AND #attempt < :attempt)")
                    .expression_attribute_values(":deleted", text(state_name(State::Deleted)))
                    .expression_attribute_names("#copies", "copies")
                    .expression_attribute_values(":none", AttributeValue::M(Item::new())),
                ", #copies = if_not_exists(#copies, :none)",
            ),
            // The state that is set is the one that must be there: active.
            Purpose::Update(_) | Purpose::Delete => (
                opening.condition_expression(
                    "#state = :state AND attribute_not_exists(#held_until) AND #attempt < :attempt",
                ),
                "",
            ),
        };
        let head = form::head(State::Active, attempt, Some(hold));
        let replaced = ["ttl", "placing_incarnation", "placing_payload", "placing_mailboxes"];
        update(setting(opening, head, &replaced, more), form::from_item).await
    }

    async fn replace(
        &self,
        key: &AppointmentKey,
        expected: Uuid,
        next: &AppointmentRecord,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let mut item = form::to_item(next, Utc::now())?;
        item.insert("pk".to_owned(), text(pk(key)));
        let replacing = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attempt = :expected")
            .expression_attribute_values(":expected", text(expected.to_string()));
        put(replacing, form::from_item).await
    }
}

fn pk(key: &AppointmentKey) -> String {
    format!("{}#appointment#{}", key.tenant, key.id.as_str())
}
