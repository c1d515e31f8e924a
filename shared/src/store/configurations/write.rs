//! Writes of configurations. Each is one transaction.

use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, builders::PutBuilder,
};
use uuid::Uuid;

use super::{
    format,
    table::{Configurations, Removed, Saved, StoredConfiguration},
};
use crate::store::{
    bookings::configuration_key,
    error::StoreError,
    item::{Item, Reader, text},
    transaction::{self, Refusal, Transaction, transact},
};

const ALL_OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;
/// The position of the configuration's item in each transaction.
const ITEM: usize = 0;
/// How often a removal is tried if the configuration changes meanwhile.
const MAX_REMOVALS: usize = 5;

impl Configurations {
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
            Transaction::Refused(refusals) => {
                let is_gone = |refusal: &Refusal| refusal.position == ITEM && refusal.stored.is_none();
                let conflict = if refusals.iter().any(is_gone) { Saved::Gone } else { Saved::Changed };
                saved(next, &refusals, conflict)
            }
        }
    }

    /// Removes a configuration, also if it has changed since it was read. One that has been created under the same id since stays:
    /// [`Removed::Gone`]. A session that is created between the check for active ones and the removal stays without its configuration,
    /// and opens nothing.
    pub async fn remove(&self, found: &StoredConfiguration) -> Result<Removed, StoreError> {
        let mut found = found.clone();
        for _ in 0..MAX_REMOVALS {
            if let Some(until) = self.sessions.active_until(&found.tenant, found.id).await? {
                return Ok(Removed::SessionsActive { until });
            }
            let stored = match transact(&self.client, Uuid::new_v4(), self.removal(&found)?).await? {
                Transaction::Done => return Ok(Removed::Done),
                Transaction::Refused(refusals) => refusals.into_iter().find_map(|refusal| refusal.stored),
            };
            match stored.as_ref().map(format::from_item).transpose()? {
                // The key has the tenant, the owner and the time of creation.
                Some(changed) if format::list_key(&changed) == format::list_key(&found) => found = changed,
                _ => return Ok(Removed::Gone),
            }
        }
        Err(StoreError { cause: "the configuration changes again and again".to_owned(), definitive: false })
    }

    fn put_item(&self, configuration: &StoredConfiguration) -> Result<PutBuilder, StoreError> {
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
            .condition_expression("version = :version AND tenant = :tenant")
            .expression_attribute_values(":version", text(found.version.to_string()))
            .expression_attribute_values(":tenant", text(found.tenant.as_str()))
            .return_values_on_condition_check_failure(ALL_OLD);
        let mut items = vec![transaction::delete(item.build())?, self.delete_item(format::list_key(found))?];
        if let Some(slug) = &found.slug {
            items.push(self.delete_item(format::slug_key(&found.tenant, slug))?);
        }
        Ok(items)
    }

    fn delete_item(&self, key: Item) -> Result<TransactWriteItem, StoreError> {
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
