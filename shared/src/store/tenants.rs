//! Tenant configuration, cached.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::Client;

use super::{
    StoreError,
    item::{Reader, failed, malformed, number, text},
};
use crate::{
    cache::Cache,
    domain::{Tenant, TenantId},
};

/// How long a tenant's configuration is used before it is read again.
const FRESH_FOR: Duration = Duration::from_mins(1);
/// The form of the `config` attribute.
const VERSION: i64 = 1;

/// Tenants in the tenants table, `<tenant>#config`.
pub struct Tenants {
    client: Client,
    table: String,
    cache: Cache<TenantId, Option<Arc<Tenant>>>,
}

impl Tenants {
    /// Tenants kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, cache: Cache::new(FRESH_FOR) }
    }

    /// A tenant's configuration; `None` if there is no such tenant.
    pub async fn get(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let found = self.cache.get(id, || self.fetch(id)).await?;
        // The cache holds the absence too, so that asking for unknown tenants costs no read each time.
        Ok(found.as_ref().clone())
    }

    /// Stores a tenant's configuration as it is.
    pub async fn put(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let config = serde_json::to_string(tenant).map_err(|_| malformed("config"))?;
        self.client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(key(&tenant.id)))
            .item("v", number(VERSION))
            .item("config", text(config))
            .send()
            .await
            .map_err(failed)?;
        self.cache.put(&tenant.id, Arc::new(Some(Arc::new(tenant.clone())))).await;
        Ok(())
    }

    async fn fetch(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let answer =
            self.client.get_item().table_name(&self.table).key("pk", text(key(id))).send().await.map_err(failed)?;
        let Some(item) = answer.item() else { return Ok(None) };
        let item = Reader(item);
        if item.number("v")? != VERSION {
            return Err(malformed("v"));
        }
        serde_json::from_str(item.text("config")?).map(Arc::new).map(Some).map_err(|_| malformed("config"))
    }
}

fn key(id: &TenantId) -> String {
    format!("{id}#config")
}
