//! Shared by meetings and appointments: names of states, and conditional writes.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        put_item::{PutItemError, builders::PutItemFluentBuilder},
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::{
    error::StoreError,
    item::{Item, Reader, malformed, sdk_error},
};
use crate::scheduling::records::{RecordsError, Write, event::State};

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
