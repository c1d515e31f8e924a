//! Transactions of `configurations` and `sessions`.

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Delete, Put, TransactWriteItem},
};
use uuid::Uuid;

use super::{
    error::StoreError,
    item::{Item, sdk_error},
};

/// What became of a transaction.
pub(super) enum Transaction {
    Done,
    /// The items whose condition did not hold. Nothing was written.
    Refused(Vec<Refusal>),
}

/// An item whose condition did not hold.
pub(super) struct Refusal {
    /// The position of the item in the transaction.
    pub position: usize,
    /// The stored item, if there is one and the write asks for it.
    pub stored: Option<Item>,
}

/// Executes a transaction. `token` identifies it: within ten minutes, DynamoDB answers a repeat of an executed transaction as a
/// success. The client of [`Services`](crate::services::Services) tries a transaction that conflicts with another one three times,
/// with jitter; after that the error is not definitive.
pub(super) async fn transact(
    client: &Client,
    token: Uuid,
    items: Vec<TransactWriteItem>,
) -> Result<Transaction, StoreError> {
    let request = client.transact_write_items().client_request_token(token.to_string());
    let Err(error) = request.set_transact_items(Some(items)).send().await else { return Ok(Transaction::Done) };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Err(sdk_error(error));
    };
    let reasons = cancelled.cancellation_reasons().iter().enumerate();
    let failed = reasons.filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"));
    // Of an item that does not exist, DynamoDB returns nothing, and the embedded database of `cargo local` the key.
    let stored = |item: &Item| item.contains_key("v").then(|| item.clone());
    let refusals: Vec<_> =
        failed.map(|(position, reason)| Refusal { position, stored: reason.item().and_then(stored) }).collect();
    if refusals.is_empty() { Err(sdk_error(error)) } else { Ok(Transaction::Refused(refusals)) }
}

pub(super) fn put(put: Result<Put, BuildError>) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().put(put.map_err(incomplete)?).build())
}

pub(super) fn delete(delete: Result<Delete, BuildError>) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().delete(delete.map_err(incomplete)?).build())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn incomplete(error: BuildError) -> StoreError {
    StoreError { cause: error.to_string(), definitive: true }
}
