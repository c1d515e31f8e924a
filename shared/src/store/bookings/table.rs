//! The bookings table.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;

use crate::store::error::StoreError;

/// The format of the items.
pub const VERSION: i64 = 1;

/// Bookings in the bookings table.
pub struct Bookings {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Bookings {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

/// A write without a read before it has met an item that a newer release wrote.
pub fn newer_version() -> StoreError {
    let cause = format!("an item has a version newer than {VERSION}, the newest that this release reads");
    StoreError { cause, definitive: true }
}

/// The names of an update that sets the attribute `set` as `#set`, and its clause that removes others.
pub fn set_and_remove(set: String, remove: impl Iterator<Item = String>) -> (HashMap<String, String>, String) {
    // DynamoDB refuses an update that names an attribute twice. The order is fixed: a repeat under the same token must not differ.
    let remove: BTreeSet<_> = remove.filter(|name| *name != set).collect();
    let places: Vec<_> = (0..remove.len()).map(|number| format!("#remove{number}")).collect();
    let clause = if places.is_empty() { String::new() } else { format!(" REMOVE {}", places.join(", ")) };
    let names = places.into_iter().zip(remove).chain([("#set".to_owned(), set)]);
    (names.collect(), clause)
}
