//! Reads of configurations.

use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    format,
    table::{Configurations, StoredConfiguration},
};
use crate::{
    domain::{ConfigurationId, TenantId},
    scheduling::records::Consistency,
    store::{
        bookings::configuration_key,
        error::StoreError,
        item::{Item, Reader, sdk_error},
        transaction::incomplete,
    },
};

/// The limit of DynamoDB's `BatchGetItem`.
const MAX_BATCH_READS: usize = 100;
/// How many requests run at once.
const MAX_PARALLEL: usize = 4;
/// Attempts without progress for the keys that DynamoDB leaves unprocessed. The pause between two of them doubles.
const MAX_ATTEMPTS: u32 = 6;

impl Configurations {
    pub async fn get(
        &self,
        id: ConfigurationId,
        consistency: Consistency,
    ) -> Result<Option<StoredConfiguration>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(configuration_key(id)));
        let request = request.consistent_read(consistency == Consistency::Strong);
        let output = request.send().await.map_err(sdk_error)?;
        output.item().map(format::from_item).transpose()
    }

    /// The configuration that has a slug, read strongly consistently.
    pub async fn id_of_slug(&self, tenant: &TenantId, slug: &str) -> Result<Option<ConfigurationId>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(format::slug_key(tenant, slug)));
        let output = request.consistent_read(true).send().await.map_err(sdk_error)?;
        let Some(item) = output.item() else { return Ok(None) };
        let item = Reader(item);
        item.check_version(format::VERSION)?;
        Ok(Some(ConfigurationId(item.uuid("configuration")?)))
    }

    /// The items of those that exist, in any order.
    pub(super) async fn get_all(&self, ids: impl Iterator<Item = ConfigurationId>) -> Result<Vec<Item>, StoreError> {
        let keys: Vec<_> = ids.map(configuration_key).collect();
        let batches = keys.chunks(MAX_BATCH_READS).map(|batch| self.get_batch(batch.to_vec()));
        let batches: Vec<_> = batches.collect();
        let batches: Vec<_> = stream::iter(batches).buffer_unordered(MAX_PARALLEL).try_collect().await?;
        Ok(batches.concat())
    }

    async fn get_batch(&self, keys: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let (mut keys, mut items, mut attempt) = (keys, Vec::new(), 0);
        while attempt < MAX_ATTEMPTS {
            let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
            let request = request.build().map_err(incomplete)?;
            let request = self.client.batch_get_item().request_items(&self.table, request);
            let output = request.send().await.map_err(sdk_error)?;
            let found = output.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            let left = output.unprocessed_keys.unwrap_or_default().remove(&self.table);
            keys = left.map(|left| left.keys).unwrap_or_default();
            if keys.is_empty() {
                items.extend(found);
                return Ok(items);
            }
            // Without progress the table is throttled; otherwise the answer had reached its 16 MB.
            if found.is_empty() {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
                attempt += 1;
            }
            items.extend(found);
        }
        Err(StoreError { cause: "reads are left unprocessed".to_owned(), definitive: false })
    }
}
