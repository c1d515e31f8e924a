//! Configurations of tenants, and which tenant a host or an application's id belongs to. All are cached.

mod ownership;
mod public_name;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::Client;

use super::{
    error::StoreError,
    item::{Item, Reader, malformed, sdk_error, text},
};
use crate::{
    cache::Cache,
    domain::{Tenant, TenantId, is_public_id},
};

pub use ownership::{ErasureMark, Ownership};
pub(super) use public_name::NAME_KEY_PREFIX;
pub use public_name::PublicName;

/// How long a read is cached.
const CACHE_TTL: Duration = Duration::from_mins(1);
/// The format of the items, and of the `config` attribute.
const VERSION: i64 = 1;

/// Tenants in the tenants table: a configuration is `<tenant>#config`, a host `@host#<host>`, an application's id
/// `@application#<family>#<id>`.
pub struct Tenants {
    client: Client,
    table: String,
    configs: Cache<TenantId, Option<Arc<Tenant>>>,
    /// The owners of public names, by the key of the name.
    owners: Cache<String, Option<TenantId>>,
}

impl Tenants {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, configs: Cache::with_absences(CACHE_TTL), owners: Cache::with_absences(CACHE_TTL) }
    }

    /// A tenant's configuration, at most a minute old. `None`: the tenant does not exist.
    pub async fn get(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let found = self.configs.get(id, || self.fetch(id)).await?;
        Ok(found.as_ref().clone())
    }

    /// A tenant's configuration, read now and cached.
    pub async fn get_uncached(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        Ok(self.configs.refresh(id, || self.fetch(id)).await?.as_ref().clone())
    }

    /// The tenant that a host belongs to, at most a minute old.
    pub async fn host_owner(&self, host: &str) -> Result<Option<TenantId>, StoreError> {
        self.owner(&PublicName::Host(host.to_owned())).await
    }

    /// The tenant whose application in a family has this id, at most a minute old. `None` for any text that is no such id.
    pub async fn application_owner(&self, family: &str, id: &str) -> Result<Option<TenantId>, StoreError> {
        // DynamoDB refuses keys of more than 2,048 bytes.
        if !is_public_id(id) {
            return Ok(None);
        }
        self.owner(&PublicName::application(family, id)).await
    }

    /// The tenant that a name belongs to, read now and cached.
    pub async fn owner_uncached(&self, name: &PublicName) -> Result<Option<TenantId>, StoreError> {
        let key = name.key();
        Ok(self.owners.refresh(&key, || self.fetch_owner(&key)).await?.as_ref().clone())
    }

    async fn owner(&self, name: &PublicName) -> Result<Option<TenantId>, StoreError> {
        let key = name.key();
        Ok(self.owners.get(&key, || self.fetch_owner(&key)).await?.as_ref().clone())
    }

    /// Checks that DynamoDB answers, by a read of an item that does not exist.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let request = self.client.get_item().table_name(&self.table).key("pk", text("@health"));
        request.send().await.map(drop).map_err(sdk_error)
    }

    async fn fetch(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(config_key(id)))
            .send()
            .await
            .map_err(sdk_error)?;
        let Some(item) = output.item() else { return Ok(None) };
        let item = Reader(item);
        item.check_version(VERSION)?;
        let tenant = parse(id, item.text("config")?)?;
        Ok(Some(Arc::new(Tenant { disabled: is_disabled(item.0), ..tenant })))
    }

    async fn fetch_owner(&self, key: &str) -> Result<Option<TenantId>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).key("pk", text(key));
        let output = request.send().await.map_err(sdk_error)?;
        let owner = |item| {
            let item = Reader(item);
            item.check_version(VERSION)?;
            TenantId::new(item.text("tenant")?).map_err(|_| malformed("tenant"))
        };
        output.item().map(owner).transpose()
    }
}

/// Parses a tenant's configuration. One that names another tenant or admits another tenant's clients is malformed: a request
/// would use that tenant's credentials and records.
fn parse(id: &TenantId, config: &str) -> Result<Tenant, StoreError> {
    let tenant = serde_json::from_str(config).ok().filter(|tenant: &Tenant| tenant.id == *id && tenant.names_its_own());
    tenant.ok_or_else(|| malformed("config"))
}

pub(super) fn config_key(id: &TenantId) -> String {
    format!("{id}#config")
}

fn is_disabled(item: &Item) -> bool {
    item.get("disabled").and_then(|value| value.as_bool().ok()).copied().unwrap_or_default()
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
    fn a_configuration_that_names_another_tenant_is_malformed() {
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

    #[test]
    fn a_configuration_of_an_earlier_version_is_read() {
        let member = json!({"email": "ann@contoso.com", "name": "Ann", "timeZone": "UTC", "grantId": "g-1", "cronofySub": "acc_1"});
        let tenant = parsed(&json!({"members": [member]})).expect("a tenant");
        assert_eq!(json!(tenant.members[0].external_ids), json!({"cronofy": "acc_1", "nylas": "g-1"}));
    }
}
