//! Tenant configuration, cached.

mod ownership;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::Client;

use super::{
    StoreError,
    item::{Reader, failed, malformed, text},
};
use crate::{
    cache::Cache,
    domain::{Tenant, TenantId},
};

pub use ownership::{Erasing, Ownership};

/// How long a tenant's configuration is used before it is read again.
const FRESH_FOR: Duration = Duration::from_mins(1);
/// The form of the `config` attribute.
const VERSION: i64 = 1;

/// What keys of hosts begin with. No tenant's name begins with `@`.
pub(super) const HOSTS: &str = "@host#";

/// Tenants in the tenants table, `<tenant>#config`, and whose each host is, `@host#<host>`.
pub struct Tenants {
    client: Client,
    table: String,
    cache: Cache<TenantId, Option<Arc<Tenant>>>,
    hosts: Cache<String, Option<TenantId>>,
}

impl Tenants {
    /// Tenants kept in `table`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, cache: Cache::with_absences(FRESH_FOR), hosts: Cache::with_absences(FRESH_FOR) }
    }

    /// A tenant's configuration; `None` if there is no such tenant.
    pub async fn get(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let found = self.cache.get(id, || self.fetch(id)).await?;
        // The cache holds the absence too, so that asking for unknown tenants costs no read each time.
        Ok(found.as_ref().clone())
    }

    /// A tenant's configuration, past the cache.
    pub async fn get_now(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        Ok(self.cache.refresh(id, || self.fetch(id)).await?.as_ref().clone())
    }

    /// Whose own domain a host is, past the cache.
    pub async fn of_host_now(&self, host: &str) -> Result<Option<TenantId>, StoreError> {
        Ok(self.hosts.refresh(&host.to_owned(), || self.fetch_host(host)).await?.as_ref().clone())
    }

    /// Whose own domain a host is; `None` if it is no tenant's.
    pub async fn of_host(&self, host: &str) -> Result<Option<TenantId>, StoreError> {
        let owner = self.hosts.get(&host.to_owned(), || self.fetch_host(host)).await?;
        Ok(owner.as_ref().clone())
    }

    /// Reads an item that is not there, to learn whether DynamoDB answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let request = self.client.get_item().table_name(&self.table).key("pk", text("@health"));
        request.send().await.map(drop).map_err(failed)
    }

    async fn fetch(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let answer =
            self.client.get_item().table_name(&self.table).key("pk", text(key(id))).send().await.map_err(failed)?;
        let Some(item) = answer.item() else { return Ok(None) };
        let item = Reader(item);
        if item.number("v")? != VERSION {
            return Err(malformed("v"));
        }
        let tenant = parse(id, item.text("config")?)?;
        Ok(Some(Arc::new(Tenant { disabled: ownership::is_disabled(item.0), ..tenant })))
    }

    async fn fetch_host(&self, host: &str) -> Result<Option<TenantId>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).key("pk", text(host_key(host)));
        let answer = answer.send().await.map_err(failed)?;
        let owner = |item| TenantId::new(Reader(item).text("tenant")?).map_err(|_| malformed("tenant"));
        answer.item().map(owner).transpose()
    }
}

/// A configuration that was stored for this tenant. One that is about another tenant, or lets another one's clients in, is
/// not believed: whatever follows would be done with that one's credentials and records.
fn parse(id: &TenantId, config: &str) -> Result<Tenant, StoreError> {
    let tenant = serde_json::from_str(config).ok().filter(|tenant: &Tenant| tenant.id == *id && tenant.names_its_own());
    tenant.ok_or_else(|| malformed("config"))
}

fn host_key(host: &str) -> String {
    format!("{HOSTS}{host}")
}

pub(super) fn key(id: &TenantId) -> String {
    format!("{id}#config")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parsed(change: &Value) -> Result<Tenant, String> {
        let mut config = json!({
            "id": "contoso", "displayName": "Contoso Ltd", "directoryId": "d", "microsoftClientId": "app",
            "clients": [{"clientId": "contoso.crm", "scopes": []}],
        });
        for (name, value) in change.as_object().expect("an object") {
            config[name] = value.clone();
        }
        let id = TenantId::new("contoso").expect("a name");
        parse(&id, &config.to_string()).map_err(|error| {
            assert!(error.is_definitive());
            error.to_string()
        })
    }

    #[test]
    fn a_configuration_is_about_the_tenant_it_was_stored_for() {
        assert_eq!(parsed(&json!({})).map(|tenant| tenant.id.to_string()).as_deref(), Ok("contoso"));
        for change in [
            json!({"id": "fabrikam"}),
            json!({"id": "fabrikam", "clients": [{"clientId": "fabrikam.crm", "scopes": []}]}),
            json!({"clients": [{"clientId": "fabrikam.crm", "scopes": []}]}),
            json!({"clients": [{"clientId": "contoso.crm", "scopes": []}, {"clientId": "contoso2.crm", "scopes": []}]}),
            json!({"clients": [{"clientId": "contoso.", "scopes": []}]}),
            json!({"clients": [{"clientId": "contoso", "scopes": []}]}),
            json!({"administrators": [{"login": "fabrikam.admin", "scopes": []}]}),
            json!({"displayName": null}),
            json!({"cloud": {"custom": {"login": "http://login.example.com", "graph": "https://graph.example.com"}}}),
            json!({"cloud": {"custom": {"login": "https://login.example.com", "graph": "https://a@graph.example.com"}}}),
        ] {
            let problem = parsed(&change).map(|tenant| tenant.id.to_string());
            assert_eq!(problem, Err("DynamoDB: attribute config is missing or malformed".to_owned()), "{change}");
        }
    }
}
