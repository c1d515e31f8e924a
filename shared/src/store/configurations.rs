//! Configurations of what can be booked, with the list of an owner's configurations and the slugs of a tenant.
//!
//! | `pk` | `sk` | item |
//! | --- | --- | --- |
//! | `@configuration#<id>` | `-` | a configuration |
//! | `<tenant>#configurations` | `<hash of the owner>#<created at>#<id>` | its entry in the list, with its slug |
//! | `<tenant>#slug#<slug>` | `-` | the configuration that has the slug |
//!
//! One transaction writes all items of a configuration.

mod batch;
mod cursor;
mod format;
mod list;

use aws_sdk_dynamodb::{
    Client,
    types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    bookings::configuration_key,
    error::StoreError,
    item::{Reader, sdk_error, text},
    sessions::Sessions,
    transaction::{self, Refusal, Transaction, transact},
};
use crate::{
    domain::{ConfigurationId, TenantId},
    scheduling::records::Consistency,
};

pub(super) use self::format::{indexed_items, list_partition};
pub use self::list::Page;

const ALL_OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;
/// The position of the configuration's item in each transaction.
const ITEM: usize = 0;
/// How often a removal is tried if the configuration changes meanwhile.
const MAX_REMOVALS: usize = 5;

/// Configurations in the bookings table.
pub struct Configurations {
    client: Client,
    table: String,
    sessions: Sessions,
}

/// A configuration as a family writes it. Times are stored in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConfiguration {
    pub id: ConfigurationId,
    pub tenant: TenantId,
    /// Who has it in the list, in a text of the family's choice.
    pub owner: String,
    /// Unique within the tenant.
    pub slug: Option<String>,
    /// Random, and new with each write: the store recognizes a write by it.
    pub version: Uuid,
    /// JSON, at most [`Configurations::MAX_CONTENT_BYTES`].
    pub content: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Done,
    /// Another configuration of the tenant has the slug.
    SlugTaken,
    /// A configuration with the id exists, perhaps of another tenant.
    IdTaken,
    /// The configuration has another version than the caller knows, or does not exist any more.
    Changed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    Done,
    Gone,
    /// Nothing is removed. `until`: when the last session expires.
    SessionsActive {
        until: DateTime<Utc>,
    },
}

impl Configurations {
    /// The limit of [`StoredConfiguration::content`]. A larger content is a definitive error.
    pub const MAX_CONTENT_BYTES: usize = 200 * 1024;

    pub fn new(client: Client, table: String) -> Self {
        let sessions = Sessions::new(client.clone(), table.clone());
        Self { client, table, sessions }
    }

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

    /// Stores a new configuration. A repeat of the same write is [`Saved::Done`].
    pub async fn create(&self, new: &StoredConfiguration) -> Result<Saved, StoreError> {
        let put = self.put_item(new)?.condition_expression("attribute_not_exists(pk)");
        let mut items = vec![transaction::put(put.build())?];
        items.extend(self.entry_writes(None, new)?);
        match transact(&self.client, new.version, items).await? {
            Transaction::Done => Ok(Saved::Done),
            Transaction::Refused(refusals) => saved(new, &refusals, Saved::IdTaken),
        }
    }

    /// Replaces a configuration if it still has the version of `before`. Its id, tenant, owner and time of creation stay: another one
    /// in `next` is a definitive error. A repeat of the same write is [`Saved::Done`].
    pub async fn replace(&self, before: &StoredConfiguration, next: &StoredConfiguration) -> Result<Saved, StoreError> {
        if next.id != before.id || next.tenant != before.tenant || format::list_key(next) != format::list_key(before) {
            let cause = "a configuration cannot get another id, tenant, owner or time of creation".to_owned();
            return Err(StoreError { cause, definitive: true });
        }
        let put = self.put_item(next)?.condition_expression("version = :before");
        let put = put.expression_attribute_values(":before", text(before.version.to_string()));
        let mut items = vec![transaction::put(put.build())?];
        if next.slug != before.slug {
            items.extend(self.entry_writes(Some(before), next)?);
        }
        match transact(&self.client, next.version, items).await? {
            Transaction::Done => Ok(Saved::Done),
            Transaction::Refused(refusals) => saved(next, &refusals, Saved::Changed),
        }
    }

    /// Removes a configuration, also if it has changed since it was read. A session that is created while the last one is being looked
    /// for does not prevent the removal. It is of no use then.
    pub async fn remove(&self, found: &StoredConfiguration) -> Result<Removed, StoreError> {
        if let Some(until) = self.sessions.active_until(&found.tenant, found.id).await? {
            return Ok(Removed::SessionsActive { until });
        }
        let mut found = found.clone();
        for _ in 0..MAX_REMOVALS {
            let stored = match transact(&self.client, Uuid::new_v4(), self.removal(&found)?).await? {
                Transaction::Done => return Ok(Removed::Done),
                Transaction::Refused(refusals) => refusals.into_iter().find_map(|refusal| refusal.stored),
            };
            match stored.as_ref().map(format::from_item).transpose()? {
                Some(changed) if changed.tenant == found.tenant => found = changed,
                _ => return Ok(Removed::Gone),
            }
        }
        Err(StoreError { cause: "the configuration changes again and again".to_owned(), definitive: false })
    }

    fn put_item(
        &self,
        configuration: &StoredConfiguration,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(format::to_item(configuration)?));
        Ok(put.return_values_on_condition_check_failure(ALL_OLD))
    }

    /// The writes of the entry in the list, and of the slug if it is another one than before. The condition of the configuration's
    /// item protects the old slug and the entry.
    fn entry_writes(
        &self,
        before: Option<&StoredConfiguration>,
        next: &StoredConfiguration,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let entry = Put::builder().table_name(&self.table).set_item(Some(format::list_entry(next)));
        let mut items = vec![transaction::put(entry.build())?];
        if let Some(slug) = &next.slug {
            let slug = format::slug_item(&next.tenant, slug, next.id);
            let put = Put::builder().table_name(&self.table).set_item(Some(slug));
            items.push(transaction::put(put.condition_expression("attribute_not_exists(pk)").build())?);
        }
        if let Some((before, slug)) = before.and_then(|before| Some((before, before.slug.as_ref()?))) {
            items.push(self.delete_item(format::slug_key(&before.tenant, slug))?);
        }
        Ok(items)
    }

    fn removal(&self, found: &StoredConfiguration) -> Result<Vec<TransactWriteItem>, StoreError> {
        let item = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(configuration_key(found.id)))
            .condition_expression("version = :version")
            .expression_attribute_values(":version", text(found.version.to_string()))
            .return_values_on_condition_check_failure(ALL_OLD);
        let mut items = vec![transaction::delete(item.build())?, self.delete_item(format::list_key(found))?];
        if let Some(slug) = &found.slug {
            items.push(self.delete_item(format::slug_key(&found.tenant, slug))?);
        }
        Ok(items)
    }

    fn delete_item(&self, key: super::item::Item) -> Result<TransactWriteItem, StoreError> {
        transaction::delete(Delete::builder().table_name(&self.table).set_key(Some(key)).build())
    }
}

/// Why a write was refused. `conflict`: what it means that the configuration's own condition did not hold.
fn saved(written: &StoredConfiguration, refusals: &[Refusal], conflict: Saved) -> Result<Saved, StoreError> {
    let Some(refusal) = refusals.iter().find(|refusal| refusal.position == ITEM) else { return Ok(Saved::SlugTaken) };
    // The SDK repeated a transaction that had been executed, after longer than the token is remembered.
    let is_written = match &refusal.stored {
        Some(item) => Reader(item).uuid("version")? == written.version,
        None => false,
    };
    Ok(if is_written { Saved::Done } else { conflict })
}
