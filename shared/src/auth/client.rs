//! OAuth clients and their secrets.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    lookup::{Claim, Prefetch, TenantLookup},
    secret_hash::is_listed,
    unauthorized,
};
use crate::{
    call::CallContext,
    domain::{ApiClient, Tenant, TenantId},
    problem::Problem,
    secrets::KeysSecret,
};

/// The longest client id, in bytes.
const MAX_ID: usize = 128;

/// A client with a valid secret.
pub struct AuthenticatedClient {
    pub tenant: Arc<Tenant>,
    /// The keys that the tenant's tokens are signed with.
    pub keys: Arc<KeysSecret>,
    pub client: ApiClient,
}

/// A client's id and secret, not verified yet.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    pub client_id: String,
    pub secret: SecretString,
}

/// Authenticates OAuth clients by id and secret.
pub struct ClientAuthenticator {
    pub tenants: Arc<TenantLookup>,
}

impl ClientAuthenticator {
    /// The client with this id and secret, at the `host` that the request names. `readings`: the ways in which the request can be
    /// understood. Fails with [`Kind::Unauthorized`](crate::problem::Kind::Unauthorized) if there is none, with the same words and
    /// after the same work, whether the id or the secret is wrong.
    pub async fn authenticate(
        &self,
        context: &CallContext,
        host: Option<&str>,
        readings: &[ClientCredentials],
    ) -> Result<AuthenticatedClient, Problem> {
        let named = readings.iter().find_map(|reading| tenant_of(&reading.client_id));
        let named = named.ok_or_else(|| unauthorized("the client id names no tenant"))?;
        let claim = Claim { tenant: &named, host, prefetch: Prefetch::Nothing };
        let (tenant, mut keys) = self.tenants.tenant_and_keys(context, &claim).await?;
        let mut known = proven(readings, &keys, self.tenants.now());
        if known.is_none() {
            // The secret may be newer than the cached list.
            keys = self.tenants.keys_again(context, &named).await?;
            known = proven(readings, &keys, self.tenants.now());
        }
        let client_id = known.ok_or_else(|| unauthorized("the client does not exist, or its secret is wrong"))?;
        match tenant.client(client_id).cloned() {
            Some(client) => Ok(AuthenticatedClient { tenant, keys, client }),
            None => Err(unauthorized("the client does not exist")),
        }
    }

    /// The keys of a client's tenant again, for a refresh token that none of [`AuthenticatedClient::keys`] confirms.
    pub async fn keys_again(&self, context: &CallContext, tenant: &TenantId) -> Result<Arc<KeysSecret>, Problem> {
        self.tenants.keys_again(context, tenant).await
    }
}

/// The tenant in a client id or a login, `<tenant>.<name>`.
pub(super) fn tenant_of(client_id: &str) -> Option<TenantId> {
    if client_id.len() > MAX_ID {
        return None;
    }
    let (tenant, name) = client_id.split_once('.')?;
    if name.is_empty() { None } else { TenantId::new(tenant).ok() }
}

/// The client id of the reading whose secret is that client's. Each is tried, whether or not an earlier one was right.
fn proven<'a>(readings: &'a [ClientCredentials], keys: &KeysSecret, now: DateTime<Utc>) -> Option<&'a str> {
    readings.iter().fold(None, |found, ClientCredentials { client_id, secret }| {
        let proven = is_secret_of(client_id, secret, keys, now);
        if proven { Some(client_id.as_str()) } else { found }
    })
}

fn is_secret_of(client_id: &str, secret: &SecretString, keys: &KeysSecret, now: DateTime<Utc>) -> bool {
    let entries = keys.clients.iter();
    let entries = entries.map(|entry| (entry.sha256.as_str(), entry.client_id == client_id && entry.is_current(now)));
    is_listed(secret.expose_secret(), entries)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    /// SHA-256 of "secret" and of "older".
    const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    const OLDER: &str = "da925a30e31f7fdaa7044e3e5ba4ae17670de82d677b0e7adf5700428a137a36";

    #[test]
    fn a_client_id_names_its_tenant() {
        assert_eq!(tenant_of("contoso.crm").as_ref().map(TenantId::as_str), Some("contoso"));
        assert_eq!(tenant_of("contoso.crm.eu").as_ref().map(TenantId::as_str), Some("contoso"));
        for id in
            ["", ".", "contoso", "contoso.", ".crm", "Contoso.crm", "a/b.crm", &format!("contoso.{}", "x".repeat(200))]
        {
            assert_eq!(tenant_of(id), None, "{id:?}");
        }
    }

    #[test]
    fn a_secret_counts_for_its_own_client_until_it_ends() {
        let now = Utc::now();
        let keys: KeysSecret = serde_json::from_value(json!({"signing": [], "refresh": [], "clients": [
            {"client_id": "contoso.crm", "sha256": OLDER},
            {"client_id": "contoso.crm", "sha256": SECRET, "not_after": now + TimeDelta::minutes(5)},
            {"client_id": "contoso.short", "sha256": &SECRET[..10]},
        ]}))
        .expect("a keys secret");
        let check = |client, secret: &str, now| is_secret_of(client, &SecretString::from(secret), &keys, now);
        assert!(check("contoso.crm", "secret", now));
        assert!(check("contoso.crm", "older", now));
        assert!(!check("contoso.crm", "secret", now + TimeDelta::minutes(5)));
        for (client, secret) in [
            ("contoso.other", "secret"),
            ("contoso.short", "secret"),
            ("contoso.crm", ""),
            ("contoso.crm", "Secret"),
            ("contoso.crm", SECRET),
        ] {
            assert!(!check(client, secret, now), "{client} {secret:?}");
        }
    }

    #[test]
    fn one_reading_that_is_right_is_enough() {
        let keys: KeysSecret = serde_json::from_value(json!({"signing": [], "refresh": [], "clients": [
            {"client_id": "contoso.crm", "sha256": SECRET}, {"client_id": "contoso.a+b", "sha256": OLDER},
        ]}))
        .expect("a keys secret");
        let reading = |(id, secret): &(&str, &str)| ClientCredentials {
            client_id: (*id).to_owned(),
            secret: SecretString::from(*secret),
        };
        for (readings, expected) in [
            (&[("contoso.crm", "secret"), ("contoso.crm", "se%63ret")][..], Some("contoso.crm")),
            (&[("contoso.crm", "wrong"), ("contoso.crm", "secret")], Some("contoso.crm")),
            (&[("contoso.a b", "older"), ("contoso.a+b", "older")], Some("contoso.a+b")),
            (&[("contoso.crm", "older"), ("contoso.a+b", "secret")], None),
            (&[], None),
        ] {
            let readings: Vec<_> = readings.iter().map(reading).collect();
            assert_eq!(proven(&readings, &keys, Utc::now()), expected, "{readings:?}");
        }
    }
}
