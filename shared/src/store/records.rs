//! What the records of meetings and of appointments have in common: how their parts are spelled, and how a conditional
//! write tells what it met.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        put_item::{PutItemError, builders::PutItemFluentBuilder},
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::{
    StoreError,
    item::{Item, Reader, failed, malformed},
};
use crate::scheduling::record::{RecordsError, State, Write};

impl From<StoreError> for RecordsError {
    fn from(error: StoreError) -> Self {
        if error.is_definitive() { Self::Internal(error.to_string()) } else { Self::Unavailable(error.to_string()) }
    }
}

/// How a state is spelled.
pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Creating => "creating",
        State::Active => "active",
        State::Deleting => "deleting",
        State::Deleted => "deleted",
    }
}

/// The state in an attribute.
pub(super) fn state(item: &Reader<'_>, name: &str) -> Result<State, StoreError> {
    let states = [State::Creating, State::Active, State::Deleting, State::Deleted];
    let spelled = item.text(name)?;
    states.into_iter().find(|state| state_name(*state) == spelled).ok_or_else(|| malformed(name))
}

/// An update that sets all of an item's attributes, and removes those of `optional` that it has not. `more` is appended to
/// what is set. Some names are reserved words: each is written as `#name`, and its value as `:name`.
pub(super) fn setting(
    mut update: UpdateItemFluentBuilder,
    item: Item,
    optional: &[&str],
    more: &str,
) -> UpdateItemFluentBuilder {
    let absent: Vec<_> = optional.iter().filter(|name| !item.contains_key(**name)).collect();
    let set: Vec<_> = item.keys().map(|name| format!("#{name} = :{name}")).collect();
    let mut expression = format!("SET {}{more}", set.join(", "));
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

/// Sends an update, and reads what stood there before or instead.
pub(super) async fn update<T>(
    update: UpdateItemFluentBuilder,
    read: impl Fn(&Item) -> Result<T, StoreError>,
) -> Result<Write<T>, RecordsError> {
    let outcome = update
        .return_values(ReturnValue::AllOld)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await;
    written(outcome.map(|done| done.attributes), read, |error| match error {
        UpdateItemError::ConditionalCheckFailedException(met) => Some(&met.item),
        _ => None,
    })
}

/// Sends a put, and reads what stood there instead.
pub(super) async fn put<T>(
    put: PutItemFluentBuilder,
    read: impl Fn(&Item) -> Result<T, StoreError>,
) -> Result<Write<T>, RecordsError> {
    let outcome =
        put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).send().await;
    written(outcome.map(|done| done.attributes), read, |error| match error {
        PutItemError::ConditionalCheckFailedException(met) => Some(&met.item),
        _ => None,
    })
}

/// What a conditional write came to. `met` picks the item out of a failed condition and tells any other error apart.
fn written<T, E>(
    outcome: Result<Option<Item>, SdkError<E>>,
    read: impl Fn(&Item) -> Result<T, StoreError>,
    met: impl FnOnce(&E) -> Option<&Option<Item>>,
) -> Result<Write<T>, RecordsError>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let record = |item: Option<&Item>| item.map(read).transpose().map(|found| found.map(Box::new));
    match outcome {
        // Of an item that was not there the embedded database tells the key.
        Ok(previous) => Ok(Write::Done(record(previous.as_ref().filter(|item| item.len() > 1))?)),
        Err(error) => match error.as_service_error().and_then(met) {
            Some(item) => Ok(Write::Conflict(record(item.as_ref())?)),
            None => Err(failed(error).into()),
        },
    }
}
