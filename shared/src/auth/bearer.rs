//! Authenticates requests with a bearer token (RFC 6750).

use lambda_http::http::{HeaderMap, header};

use super::{
    AccessToken, Authenticator, Message, Principal,
    access_token::Rejected,
    host,
    lookup::{Claim, Prefetch, TenantLookup},
    unauthorized,
};
use crate::{
    call::CallContext,
    domain::{Scope, Tenant},
    problem::{Kind, Problem},
};

/// The `WWW-Authenticate` challenge for a token that is refused, whatever the reason. A request without a token gets a
/// challenge without an error code (RFC 6750, section 3.1).
const INVALID_TOKEN: &str = "Bearer realm=\"convene\", error=\"invalid_token\"";

/// Authenticates a request by its access token. The token must be valid, and its client must still exist.
pub struct BearerAuthenticator<'a> {
    pub tenants: &'a TenantLookup,
    pub prefetch: Prefetch,
}

impl Authenticator for BearerAuthenticator<'_> {
    async fn authenticate(&self, context: &CallContext, message: &Message<'_>) -> Result<Principal, Problem> {
        let token = bearer_token(message.headers)?;
        self.verify(token, context, message.headers).await.map_err(|problem| match problem.kind {
            Kind::Unauthorized => problem.challenged(INVALID_TOKEN),
            _ => problem,
        })
    }
}

impl BearerAuthenticator<'_> {
    async fn verify(&self, token: &str, context: &CallContext, headers: &HeaderMap) -> Result<Principal, Problem> {
        let named = AccessToken::claimed_tenant(token).ok_or_else(|| unauthorized("the token names no tenant"))?;
        let claim = Claim { tenant: &named, host: host(headers), prefetch: self.prefetch };
        let (tenant, keys) = self.tenants.tenant_and_keys(context, &claim).await?;
        let mut verified = AccessToken::verify(token, &keys, &named, self.tenants.now());
        if verified == Err(Rejected::UnknownKey) {
            let keys = self.tenants.keys_again(context, &named).await?;
            verified = AccessToken::verify(token, &keys, &named, self.tenants.now());
        }
        let token = verified.map_err(|rejected| match rejected {
            Rejected::UnknownKey => unauthorized("the token's key is not known"),
            Rejected::Invalid(cause) => unauthorized(cause),
        })?;
        let scopes = permitted(&tenant, &token)?;
        context.act_for(&tenant.id);
        Ok(Principal { tenant, scopes })
    }
}

/// The scopes that the token and its client's current configuration have in common: a token is valid for up to an hour, and must
/// not keep a scope that was taken from its client in the meantime.
fn permitted(tenant: &Tenant, token: &AccessToken) -> Result<Vec<Scope>, Problem> {
    let client = tenant.scopes_of(&token.client_id).ok_or_else(|| unauthorized("the token's client is gone"))?;
    Ok(client.iter().copied().filter(|scope| token.has(*scope)).collect())
}

/// The credential of the `Authorization` header, with the scheme `Bearer`. Fails with [`Kind::Unauthorized`] and without a
/// challenge if there is not exactly one.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(unauthorized("there is no Authorization header, or more than one"));
    };
    let value = value.to_str().map_err(|_| unauthorized("the Authorization header is not text"))?;
    let parts = value.trim().split_once(' ');
    let (scheme, token) = parts.ok_or_else(|| unauthorized("the Authorization header has no credential"))?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(unauthorized("the Authorization header has another scheme"));
    }
    Ok(token.trim_start())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::Utc;
    use lambda_http::http::HeaderValue;
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    use super::{
        super::samples::{key, keys, tenant},
        *,
    };

    fn headers(values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (header::AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).expect("bytes")))
            .collect()
    }

    #[test]
    fn one_header_with_one_bearer_token_is_read() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc", " Bearer abc "] {
            assert_eq!(bearer_token(&headers(&[value])).ok(), Some("abc"), "{value:?}");
        }
        for values in
            [&[][..], &["Bearer abc", "Bearer abc"], &["Bearer"], &["Basic abc"], &["abc"], &[""], &["Bearer é"]]
        {
            assert!(bearer_token(&headers(values)).is_err(), "{values:?}");
        }
    }

    fn config(clients: &serde_json::Value) -> Tenant {
        let config = json!({"id": "contoso", "displayName": "Contoso", "directoryId": "d", "microsoftClientId": "m",
            "clients": clients});
        serde_json::from_value(config).expect("a tenant")
    }

    #[test]
    fn a_scope_is_granted_only_if_the_token_and_its_client_have_it() {
        let keys = keys(&[key("k1", 1, None)]);
        let token = |scopes: &[Scope]| {
            let token =
                AccessToken::issue(&keys, &tenant("contoso"), "contoso.crm", scopes, Utc::now()).expect("a token");
            AccessToken::verify(token.expose_secret(), &keys, &tenant("contoso"), Utc::now()).expect("valid")
        };
        let (read, both) = (token(&[Scope::CalendarRead]), token(&[Scope::CalendarRead, Scope::CalendarWrite]));
        let kind = |tenant: &Tenant, token, scope| {
            let principal = |scopes| Principal { tenant: Arc::new(tenant.clone()), scopes };
            permitted(tenant, token).map(principal)?.require(scope)
        };
        let kind = |tenant, token, scope| kind(tenant, token, scope).map_err(|problem| problem.kind);
        let full = config(&json!([{"clientId": "contoso.crm", "scopes": ["calendar.read", "calendar.write"]}]));
        let cut = config(&json!([{"clientId": "contoso.crm", "scopes": ["calendar.read"]}]));
        let gone = config(&json!([{"clientId": "contoso.other", "scopes": ["calendar.read"]}]));
        assert_eq!(kind(&full, &both, Scope::CalendarWrite), Ok(()));
        assert_eq!(kind(&full, &read, Scope::CalendarWrite), Err(Kind::AccessDenied));
        assert_eq!(kind(&cut, &both, Scope::CalendarWrite), Err(Kind::AccessDenied));
        assert_eq!(kind(&cut, &both, Scope::CalendarRead), Ok(()));
        assert_eq!(kind(&gone, &both, Scope::CalendarRead), Err(Kind::Unauthorized));
    }
}
