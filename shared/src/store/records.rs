//! Shared by meetings and appointments: names of states, and conditional writes.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        put_item::{PutItemError, builders::PutItemFluentBuilder},
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use chrono::DateTime;

use super::{
    error::StoreError,
    item::{Item, Reader, instant, malformed, number, sdk_error, text},
};
use crate::{
    domain::{EventId, EventUid, Fingerprint},
    scheduling::records::{
        RecordsError, Write,
        event::{Deletion, Record, State},
    },
};

impl From<StoreError> for RecordsError {
    fn from(error: StoreError) -> Self {
        if error.is_definitive() { Self::Internal(error.to_string()) } else { Self::Unavailable(error.to_string()) }
    }
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Creating => "creating",
        State::Active => "active",
        State::Deleting => "deleting",
        State::Deleted => "deleted",
    }
}

pub(super) fn state(item: &Reader<'_>, name: &str) -> Result<State, StoreError> {
    let states = [State::Creating, State::Active, State::Deleting, State::Deleted];
    let stored = item.text(name)?;
    states.into_iter().find(|state| state_name(*state) == stored).ok_or_else(|| malformed(name))
}

/// Sets all attributes of `item`, and removes those of `optional` that it lacks. `extra_set` is appended to the SET clause. The
/// placeholders of an attribute are `#name` and `:name`, since some names are reserved words.
pub(super) fn set_attributes(
    mut update: UpdateItemFluentBuilder,
    item: Item,
    optional: &[&str],
    extra_set: &str,
) -> UpdateItemFluentBuilder {
    let absent: Vec<_> = optional.iter().filter(|name| !item.contains_key(**name)).collect();
    let set: Vec<_> = item.keys().map(|name| format!("#{name} = :{name}")).collect();
    let mut expression = format!("SET {}{extra_set}", set.join(", "));
    if !absent.is_empty() {
        let remove: Vec<_> = absent.iter().map(|name| format!("#{name}")).collect();
        expression = format!("{expression} REMOVE {}", remove.join(", "));
    }
    for name in absent {
        update = update.expression_attribute_names(format!("#{name}"), *name);
    }
    for (name, value) in item {
        update = update.expression_attribute_values(format!(":{name}"), value);
        update = update.expression_attribute_names(format!("#{name}"), name);
    }
    update.update_expression(expression)
}

/// Sends a conditional update. `Done` has the previous item, `Conflict` the one that failed the condition.
pub(super) async fn update<T>(
    update: UpdateItemFluentBuilder,
    read: impl Fn(&Item) -> Result<T, StoreError>,
) -> Result<Write<T>, RecordsError> {
    let result = update
        .return_values(ReturnValue::AllOld)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await;
    write_result(result.map(|output| output.attributes), read, |error| match error {
        UpdateItemError::ConditionalCheckFailedException(failure) => Some(&failure.item),
        _ => None,
    })
}

/// Sends a conditional put. `Conflict` has the item that failed the condition.
pub(super) async fn put<T>(
    put: PutItemFluentBuilder,
    read: impl Fn(&Item) -> Result<T, StoreError>,
) -> Result<Write<T>, RecordsError> {
    let result = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).send().await;
    write_result(result.map(|output| output.attributes), read, |error| match error {
        PutItemError::ConditionalCheckFailedException(failure) => Some(&failure.item),
        _ => None,
    })
}

/// `conflict` returns the item of a failed condition, and `None` for any other error.
fn write_result<T, E>(
    result: Result<Option<Item>, SdkError<E>>,
    read: impl Fn(&Item) -> Result<T, StoreError>,
    conflict: impl FnOnce(&E) -> Option<&Option<Item>>,
) -> Result<Write<T>, RecordsError>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let record = |item: Option<&Item>| item.map(read).transpose().map(|record| record.map(Box::new));
    match result {
        // If the item did not exist, the embedded database of `cargo local` returns the key alone.
        Ok(previous) => Ok(Write::Done(record(previous.as_ref().filter(|item| item.len() > 1))?)),
        Err(error) => match error.as_service_error().and_then(conflict) {
            Some(item) => Ok(Write::Conflict(record(item.as_ref())?)),
            None => Err(sdk_error(error).into()),
        },
    }
}

/// The attributes of an event's record, in an item of its own or in that of a booking.
pub(super) fn event_attributes(record: &Record) -> Item {
    let mut item = Item::from([
        ("state".to_owned(), text(state_name(record.state))),
        ("incarnation".to_owned(), text(record.incarnation.to_string())),
        ("fencing_token".to_owned(), text(record.token.to_string())),
        ("claim_expires".to_owned(), instant(record.claim_expires)),
        ("outstanding_creates".to_owned(), number(record.outstanding_creates.into())),
        ("ambiguous_creates".to_owned(), number(record.ambiguous_creates.into())),
        ("organizer".to_owned(), text(record.organizer.folded())),
    ]);
    if let Some(payload) = &record.payload {
        item.insert("payload".to_owned(), text(payload.as_str()));
    }
    if let Some(until) = record.in_doubt_until {
        item.insert("in_doubt_until".to_owned(), instant(until));
    }
    if let Some(EventId(id)) = &record.event {
        item.insert("event_id".to_owned(), text(id));
    }
    if let Some(EventUid(uid)) = &record.uid {
        item.insert("event_uid".to_owned(), text(uid));
    }
    if let Some(end) = record.ends_at {
        item.insert("ends_at".to_owned(), instant(end));
    }
    if let Some(Deletion { organizer, until }) = &record.deletion {
        item.insert("deleted_organizer".to_owned(), text(organizer.folded()));
        item.insert("deleted_until".to_owned(), number(until.timestamp()));
    }
    item
}

/// The event's record of an item.
pub(super) fn event_record(item: &Reader<'_>) -> Result<Record, StoreError> {
    Ok(Record {
        state: state(item, "state")?,
        incarnation: item.uuid("incarnation")?,
        token: item.uuid("fencing_token")?,
        claim_expires: item.instant("claim_expires")?,
        in_doubt_until: item.optional_instant("in_doubt_until"),
        outstanding_creates: item.count("outstanding_creates")?,
        ambiguous_creates: item.count("ambiguous_creates")?,
        payload: item.optional_text("payload").map(Fingerprint::from_stored),
        organizer: item.text("organizer")?.parse().map_err(|_| malformed("organizer"))?,
        event: item.optional_text("event_id").map(|id| EventId(id.to_owned())),
        uid: item.optional_text("event_uid").map(|uid| EventUid(uid.to_owned())),
        ends_at: item.optional_instant("ends_at"),
        deletion: deletion(item)?,
    })
}

/// The end of a deletion is stored in whole seconds, like `ttl`.
fn deletion(item: &Reader<'_>) -> Result<Option<Deletion>, StoreError> {
    let Some(organizer) = item.optional_text("deleted_organizer") else { return Ok(None) };
    let organizer = organizer.parse().map_err(|_| malformed("deleted_organizer"))?;
    let until = DateTime::from_timestamp(item.number("deleted_until")?, 0).ok_or_else(|| malformed("deleted_until"))?;
    Ok(Some(Deletion { organizer, until }))
}
