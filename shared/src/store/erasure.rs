//! Erasing what is stored of a tenant.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, DeleteRequest, WriteRequest},
};

use super::{
    StoreError,
    item::{Item, failed, malformed, text},
};
use crate::{call::Deadline, domain::TenantId};

/// The most deletions in one write.
const CHUNK: usize = 25;
/// How often what DynamoDB leaves undone is tried again, ever more slowly.
const TRIES: u32 = 8;
/// With less time left no further page is begun.
const LEAST_TIME: Duration = Duration::from_secs(5);

/// Erases items in all tables.
///
/// There is no index by tenant, and none is needed for anything else: the tables are read from end to end.
pub struct Erasure {
    client: Client,
    meetings: String,
    grants: String,
    tenants: String,
}

/// How far an erasure came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// How many items were deleted.
    pub items: u64,
    /// Whether none is left.
    pub finished: bool,
}

impl Erasure {
    /// Erases in these tables.
    pub fn new(client: Client, meetings: String, grants: String, tenants: String) -> Self {
        Self { client, meetings, grants, tenants }
    }

    /// Erases everything of a tenant but its configuration, which says that the tenant may be erased. Comes to an end in
    /// time; what is left then is left for the next call.
    pub async fn erase(&self, tenant: &TenantId, deadline: &Deadline) -> Result<Erased, StoreError> {
        let mut all = Erased { items: 0, finished: true };
        for table in [&self.meetings, &self.grants, &self.tenants] {
            let erased = self.erase_in(table, tenant, deadline).await?;
            all.items += erased.items;
            if !erased.finished {
                return Ok(Erased { finished: false, ..all });
            }
        }
        Ok(all)
    }

    async fn erase_in(&self, table: &str, tenant: &TenantId, deadline: &Deadline) -> Result<Erased, StoreError> {
        let (mut items, mut from) = (0, None);
        loop {
            if deadline.remaining() < LEAST_TIME {
                return Ok(Erased { items, finished: false });
            }
            // Every key begins with its tenant and `#`, which no name contains; hosts only lead to one.
            let page = self
                .client
                .scan()
                .table_name(table)
                .consistent_read(true)
                .projection_expression("pk")
                .filter_expression(
                    "(begins_with(pk, :own) AND pk <> :config) OR (begins_with(pk, :hosts) AND tenant = :tenant)",
                )
                .expression_attribute_values(":own", text(format!("{tenant}#")))
                .expression_attribute_values(":config", text(super::tenants::key(tenant)))
                .expression_attribute_values(":hosts", text(super::tenants::HOSTS))
                .expression_attribute_values(":tenant", text(tenant.as_str()))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(failed)?;
            let keys: Vec<_> =
                page.items.unwrap_or_default().into_iter().filter_map(|mut item| item.remove("pk")).collect();
            for keys in keys.chunks(CHUNK) {
                self.delete(table, keys).await?;
                items += keys.len() as u64;
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(Erased { items, finished: true });
            }
        }
    }

    async fn delete(&self, table: &str, keys: &[AttributeValue]) -> Result<(), StoreError> {
        let mut requests = Vec::with_capacity(keys.len());
        for key in keys {
            let item = Item::from([("pk".to_owned(), key.clone())]);
            let deletion = DeleteRequest::builder().set_key(Some(item)).build();
            let deletion = deletion.map_err(|_| malformed("pk"))?;
            requests.push(WriteRequest::builder().delete_request(deletion).build());
        }
        for turn in 0..TRIES {
            let sent = self.client.batch_write_item().request_items(table, requests).send().await.map_err(failed)?;
            requests = sent.unprocessed_items.unwrap_or_default().remove(table).unwrap_or_default();
            if requests.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50 << turn)).await;
        }
        Err(StoreError { cause: "deletions are left unprocessed".to_owned(), definitive: false })
    }
}
