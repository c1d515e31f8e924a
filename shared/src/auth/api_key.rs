//! Authenticates requests by the API key of an endpoint family.

use chrono::{DateTime, Utc};
use lambda_http::http::HeaderMap;

use super::{
    Authenticator, Message, Principal, bearer_token, host,
    lookup::{Claim, Prefetch, TenantLookup},
    secret_hash::is_listed,
    unauthorized,
};
use crate::{
    call::CallContext,
    domain::{Scope, TenantId},
    problem::{Kind, Problem},
    secrets::KeysSecret,
};

/// What an API key begins with. `<tenant>.<random>` follows.
pub const API_KEY_PREFIX: &str = "cvk_";

/// The `WWW-Authenticate` challenge of endpoints with an API key.
const CHALLENGE: &str = "Bearer realm=\"convene\"";

/// Authenticates a request by an API key in the `Authorization` header, scheme `Bearer`. A key has every scope.
pub struct ApiKeyAuthenticator<'a> {
    pub tenants: &'a TenantLookup,
    /// The endpoint family. A key of another family is refused.
    pub family: &'static str,
    pub prefetch: Prefetch,
}

impl Authenticator for ApiKeyAuthenticator<'_> {
    async fn authenticate(&self, context: &CallContext, message: &Message<'_>) -> Result<Principal, Problem> {
        let key = bearer_token(message.headers).map_err(challenged)?;
        self.verify(key, context, message.headers).await
    }
}

impl ApiKeyAuthenticator<'_> {
    /// Whether a credential has the form of an API key, whether or not it is valid.
    pub fn is_api_key(text: &str) -> bool {
        text.starts_with(API_KEY_PREFIX)
    }

    /// Verifies a key that the caller has read from the request. `headers`: those of the request, for its host.
    pub async fn verify(&self, key: &str, context: &CallContext, headers: &HeaderMap) -> Result<Principal, Problem> {
        let principal = self.principal(key, context, headers).await.map_err(challenged)?;
        context.act_for(&principal.tenant.id);
        Ok(principal)
    }

    async fn principal(&self, key: &str, context: &CallContext, headers: &HeaderMap) -> Result<Principal, Problem> {
        let named = claimed_tenant(key).ok_or_else(|| unauthorized("the API key names no tenant"))?;
        let claim = Claim { tenant: &named, host: host(headers), prefetch: self.prefetch };
        let (tenant, mut keys) = self.tenants.tenant_and_keys(context, &claim).await?;
        if !is_key_of(self.family, key, &keys, self.tenants.now()) {
            // The key may be newer than the cached list.
            keys = self.tenants.keys_again(context, &named).await?;
            if !is_key_of(self.family, key, &keys, self.tenants.now()) {
                return Err(unauthorized("the API key is not known, or has ended"));
            }
        }
        Ok(Principal { tenant, scopes: Scope::ALL.to_vec() })
    }
}

fn challenged(problem: Problem) -> Problem {
    match problem.kind {
        Kind::Unauthorized => problem.challenged(CHALLENGE),
        _ => problem,
    }
}

fn claimed_tenant(key: &str) -> Option<TenantId> {
    let (tenant, _) = key.strip_prefix(API_KEY_PREFIX)?.split_once('.')?;
    TenantId::new(tenant).ok()
}

fn is_key_of(family: &str, key: &str, keys: &KeysSecret, now: DateTime<Utc>) -> bool {
    let counts = |family_of_entry: &str, is_current| family_of_entry == family && is_current;
    let entries =
        keys.api_keys.iter().map(|entry| (entry.sha256.as_str(), counts(&entry.family, entry.is_current(now))));
    is_listed(key, entries)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::domain::sha256_hex;

    #[test]
    fn an_api_key_names_its_tenant() {
        for (key, tenant) in [
            ("cvk_contoso.abc", Some("contoso")),
            ("cvk_contoso.a.b", Some("contoso")),
            ("cvk_contoso", None),
            ("cvk_.abc", None),
            ("cvk_Contoso.abc", None),
            ("contoso.abc", None),
            ("", None),
        ] {
            assert_eq!(claimed_tenant(key).as_ref().map(TenantId::as_str), tenant, "{key:?}");
        }
        for other in ["", "contoso.abc", "eyJhbGciOiJIUzI1NiJ9.e30.s", "CVK_contoso.abc", " cvk_contoso.abc"] {
            assert!(!ApiKeyAuthenticator::is_api_key(other), "{other:?}");
        }
        assert!(ApiKeyAuthenticator::is_api_key("cvk_"));
    }

    #[test]
    fn a_key_counts_for_its_family_until_it_ends() {
        let now = Utc::now();
        let hash = |key: &str| sha256_hex(key.as_bytes());
        let keys: KeysSecret =
            serde_json::from_value(json!({"signing": [], "refresh": [], "clients": [], "api_keys": [
                {"family": "nylas", "sha256": hash("cvk_contoso.old"), "not_after": now + TimeDelta::minutes(5)},
                {"family": "nylas", "sha256": hash("cvk_contoso.new")},
                {"family": "other", "sha256": hash("cvk_contoso.other")},
                {"family": "nylas", "sha256": &hash("cvk_contoso.short")[..10]},
            ]}))
            .expect("a keys secret");
        let check = |key, now| is_key_of("nylas", key, &keys, now);
        assert!(check("cvk_contoso.old", now) && check("cvk_contoso.new", now));
        assert!(!check("cvk_contoso.old", now + TimeDelta::minutes(5)));
        for key in ["cvk_contoso.other", "cvk_contoso.short", "cvk_contoso.", "", &hash("cvk_contoso.new")] {
            assert!(!check(key, now), "{key:?}");
        }
    }

    #[test]
    fn keys_of_an_earlier_release_confirm_no_api_key() {
        let keys: KeysSecret =
            serde_json::from_value(json!({"signing": [], "refresh": [], "clients": []})).expect("a keys secret");
        assert!(!is_key_of("nylas", "cvk_contoso.key", &keys, Utc::now()));
    }
}
