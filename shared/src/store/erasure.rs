//! Erasure of what is stored about a tenant.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::delete_item::DeleteItemError,
    types::{DeleteRequest, WriteRequest},
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    bookings, configurations,
    error::StoreError,
    item::{Item, Reader, condition_met, malformed, sdk_error, text},
    sessions,
    tenants::{NAME_KEY_PREFIX, config_key},
};
use crate::{call::Deadline, domain::TenantId};

/// The limit of DynamoDB's `BatchWriteItem`.
const MAX_BATCH_WRITES: usize = 25;
/// Attempts for the writes that DynamoDB leaves unprocessed. The pause between two attempts doubles.
const MAX_ATTEMPTS: u32 = 8;
/// The time that must remain to read another page.
const MIN_REMAINING: Duration = Duration::from_secs(5);
/// The number of partitions of the bookings table that are erased at once.
const MAX_PARALLEL: usize = 4;
/// The number of items of a page of a query, so that a page is deleted well within the time that must remain.
const MAX_PAGE: i32 = 500;
/// The number of conditional deletions of a page that run at once.
const MAX_PARALLEL_DELETIONS: usize = 16;

/// The keys of the items elsewhere that an item of a partition stands for.
type IndexedItems = fn(&TenantId, &Item) -> Result<Vec<Item>, StoreError>;

/// Erases items in all tables. The partitions of the bookings table are queried. The other tables are scanned: they have no index by
/// tenant, since no other operation needs one.
pub struct Erasure {
    client: Client,
    meetings: String,
    bookings: String,
    grants: String,
    tenants: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureProgress {
    /// The number of items deleted by this call.
    pub items: u64,
    /// Whether no item is left.
    pub finished: bool,
}

impl ErasureProgress {
    fn and(self, other: Self) -> Self {
        Self { items: self.items + other.items, finished: self.finished && other.finished }
    }
}

impl Erasure {
    pub fn new(client: Client, meetings: String, bookings: String, grants: String, tenants: String) -> Self {
        Self { client, meetings, bookings, grants, tenants }
    }

    /// Erases all items of a tenant except its configuration, which permits the erasure. Returns before the deadline, whether or
    /// not it has finished; a further call continues.
    pub async fn erase(&self, tenant: &TenantId, deadline: &Deadline) -> Result<ErasureProgress, StoreError> {
        let mut all = self.erase_bookings(tenant, deadline).await?;
        for table in [&self.meetings, &self.grants, &self.tenants] {
            if !all.finished {
                break;
            }
            all = all.and(self.erase_by_scan(table, tenant, deadline).await?);
        }
        Ok(all)
    }

    async fn erase_bookings(&self, tenant: &TenantId, deadline: &Deadline) -> Result<ErasureProgress, StoreError> {
        let configurations: (_, IndexedItems) =
            (configurations::list_partition(tenant), |tenant, entry| configurations::indexed_items(tenant, entry));
        let sessions: (_, IndexedItems) =
            (sessions::index_partition(tenant), |_, entry| Ok(vec![sessions::indexed_item(entry)?]));
        let others =
            bookings::partitions(tenant).map(|partition| -> (_, IndexedItems) { (partition, |_, _| Ok(Vec::new())) });
        let partitions = [configurations, sessions].into_iter().chain(others);
        let partitions =
            partitions.map(|(partition, indexed)| self.erase_partition(tenant, partition, indexed, deadline));
        let nothing = ErasureProgress { items: 0, finished: true };
        stream::iter(partitions)
            .buffer_unordered(MAX_PARALLEL)
            .try_fold(nothing, async |all, erased| Ok(all.and(erased)))
            .await
    }

    /// Erases a partition of the bookings table, after the items elsewhere of which it is the index: an erasure that was interrupted
    /// finds the others by their entries.
    async fn erase_partition(
        &self,
        tenant: &TenantId,
        partition: String,
        indexed: IndexedItems,
        deadline: &Deadline,
    ) -> Result<ErasureProgress, StoreError> {
        let (mut items, mut from) = (0, None);
        loop {
            if deadline.remaining() < MIN_REMAINING {
                return Ok(ErasureProgress { items, finished: false });
            }
            let page = self
                .client
                .query()
                .table_name(&self.bookings)
                .consistent_read(true)
                .projection_expression("pk, sk, slug")
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(&partition))
                .limit(MAX_PAGE)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(sdk_error)?;
            let mut entries = page.items.unwrap_or_default();
            let mut others = Vec::new();
            for entry in &mut entries {
                others.extend(indexed(tenant, entry)?);
                entry.remove("slug");
            }
            items += self.delete(&self.bookings, tenant, others).await?;
            items += self.delete(&self.bookings, tenant, entries).await?;
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(ErasureProgress { items, finished: true });
            }
        }
    }

    async fn erase_by_scan(
        &self,
        table: &str,
        tenant: &TenantId,
        deadline: &Deadline,
    ) -> Result<ErasureProgress, StoreError> {
        let (mut items, mut from) = (0, None);
        loop {
            if deadline.remaining() < MIN_REMAINING {
                return Ok(ErasureProgress { items, finished: false });
            }
            // Every key begins with its tenant and `#`, which is not allowed in a tenant's name. The keys of public names do not:
            // their tenant is an attribute.
            let page = self
                .client
                .scan()
                .table_name(table)
                .consistent_read(true)
                .projection_expression("pk")
                .filter_expression(
                    "(begins_with(pk, :own) AND pk <> :config) OR (begins_with(pk, :names) AND tenant = :tenant)",
                )
                .expression_attribute_values(":own", text(format!("{tenant}#")))
                .expression_attribute_values(":config", text(config_key(tenant)))
                .expression_attribute_values(":names", text(NAME_KEY_PREFIX))
                .expression_attribute_values(":tenant", text(tenant.as_str()))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(sdk_error)?;
            items += self.delete(table, tenant, page.items.unwrap_or_default()).await?;
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(ErasureProgress { items, finished: true });
            }
        }
    }

    /// Deletes the items with these keys. Returns their number. A key without a tenant may belong to another one by now: an entry that an
    /// interrupted erasure has left leads to an id that any tenant may have taken since. So such an item is deleted on condition.
    async fn delete(&self, table: &str, tenant: &TenantId, keys: Vec<Item>) -> Result<u64, StoreError> {
        let is_public = |key: &Item| Reader(key).text("pk").is_ok_and(|pk| pk.starts_with(NAME_KEY_PREFIX));
        let (public, own): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_public);
        let deletions: Vec<_> = public.into_iter().map(|key| self.delete_if_owned(table, tenant, key)).collect();
        let deletions = stream::iter(deletions).buffer_unordered(MAX_PARALLEL_DELETIONS);
        let deleted = deletions.try_fold(0, async |all, is_deleted| Ok(all + u64::from(is_deleted))).await?;
        Ok(deleted + self.delete_all(table, own).await?)
    }

    /// `false`: the item does not exist, or is another tenant's.
    async fn delete_if_owned(&self, table: &str, tenant: &TenantId, key: Item) -> Result<bool, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(table)
            .set_key(Some(key))
            .condition_expression("tenant = :tenant")
            .expression_attribute_values(":tenant", text(tenant.as_str()));
        condition_met(request.send().await, DeleteItemError::is_conditional_check_failed_exception)
    }

    async fn delete_all(&self, table: &str, keys: Vec<Item>) -> Result<u64, StoreError> {
        let deleted = keys.len() as u64;
        let mut requests = Vec::with_capacity(keys.len());
        for key in keys {
            let deletion = DeleteRequest::builder().set_key(Some(key)).build().map_err(|_| malformed("pk"))?;
            requests.push(WriteRequest::builder().delete_request(deletion).build());
        }
        for requests in requests.chunks(MAX_BATCH_WRITES) {
            self.write(table, requests.to_vec()).await?;
        }
        Ok(deleted)
    }

    async fn write(&self, table: &str, mut requests: Vec<WriteRequest>) -> Result<(), StoreError> {
        for attempt in 0..MAX_ATTEMPTS {
            let sent = self.client.batch_write_item().request_items(table, requests).send().await.map_err(sdk_error)?;
            requests = sent.unprocessed_items.unwrap_or_default().remove(table).unwrap_or_default();
            if requests.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
        Err(StoreError { cause: "deletions are left unprocessed".to_owned(), definitive: false })
    }
}
