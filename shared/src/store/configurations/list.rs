//! The list of an owner's configurations, page by page.

use std::collections::HashMap;

use super::{
    cursor,
    format::{self, Position},
    table::{Configurations, StoredConfiguration},
};
use crate::{
    domain::TenantId,
    store::{
        error::StoreError,
        item::{Item, Reader, malformed, sdk_error, text},
    },
};

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub configurations: Vec<StoredConfiguration>,
    /// The cursor of the next page. `None`: this is the last one.
    pub next: Option<String>,
}

impl Configurations {
    /// An owner's configurations in the order of creation, read strongly consistently. A page has at most `limit` of them, and at least
    /// one is asked for. It has fewer if some are removed meanwhile. `after`: the cursor of the page, as the caller sends it.
    /// `None`: that is not a cursor of this list.
    pub async fn list(
        &self,
        tenant: &TenantId,
        owner: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Option<Page>, StoreError> {
        let after = match after.map(|text| cursor::decode(tenant, owner, text)) {
            Some(None) => return Ok(None),
            Some(after) => after,
            None => None,
        };
        let limit = limit.max(1);
        let mut positions = self.positions(tenant, owner, limit, after).await?;
        let has_more = positions.len() > limit;
        positions.truncate(limit);
        let next = positions.last().filter(|_| has_more).map(|last| cursor::encode(tenant, owner, *last));
        let mut found = HashMap::with_capacity(positions.len());
        for item in self.get_all(positions.iter().map(|position| position.id)).await? {
            let configuration = format::from_item(&item)?;
            found.insert(configuration.id, configuration);
        }
        // After a removal, another tenant may have created one with the same id.
        let is_listed = |found: &StoredConfiguration| found.tenant == *tenant && found.owner == owner;
        let configurations = positions.iter().filter_map(|position| found.remove(&position.id)).filter(is_listed);
        Ok(Some(Page { configurations: configurations.collect(), next }))
    }

    /// The first positions after one, and one more than `limit` if there are more.
    async fn positions(
        &self,
        tenant: &TenantId,
        owner: &str,
        limit: usize,
        after: Option<Position>,
    ) -> Result<Vec<Position>, StoreError> {
        let mut from = after.map(|after| format::position_key(tenant, owner, after));
        let mut positions = Vec::new();
        loop {
            let missing = limit.saturating_add(1) - positions.len();
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND begins_with(sk, :owner)")
                .expression_attribute_values(":pk", text(format::list_partition(tenant)))
                .expression_attribute_values(":owner", text(format::owner_prefix(owner)))
                .limit(i32::try_from(missing).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(sdk_error)?;
            for entry in page.items() {
                positions.push(position(entry)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() || positions.len() > limit {
                return Ok(positions);
            }
        }
    }
}

fn position(entry: &Item) -> Result<Position, StoreError> {
    let entry = Reader(entry);
    entry.check_version(format::VERSION)?;
    Position::of_sort_key(entry.text("sk")?).ok_or_else(|| malformed("sk"))
}
