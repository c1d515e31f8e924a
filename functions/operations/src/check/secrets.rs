//! Whether a tenant's secrets are there, and hold what they must.

use convene::{
    domain::{Access, Tenant},
    secrets::{KeysSecret, MicrosoftSecret, SecretKind, SecretsError, TokenSecret, Vault, Version},
    services::Services,
};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;

use super::finding::Check;
use crate::provision::ids::APPLICATION_FAMILIES;

/// Whoever rolled the tenant out can do so again.
const ROLL_OUT: &str = "Update the tenant's stack: it makes what is missing and keeps what is there.";

/// Looks at all four. Says whether those that reaching Microsoft takes are as they must be.
pub(super) async fn check(services: &Services, tenant: &Tenant, checks: &mut Vec<Check>) -> bool {
    let vault = services.secrets.vault();
    let found = content(&vault, tenant, SecretKind::Microsoft).await;
    let microsoft = found.map_or_else(|check| check, |(check, secret)| self::microsoft(check, &secret));
    let found = content(&vault, tenant, SecretKind::Token).await;
    let token = found.map_or_else(|check| check, |(check, secret)| self::token(tenant, check, &secret));
    let found = content(&vault, tenant, SecretKind::Keys).await;
    let keys = found.map_or_else(|check| check, |(check, secret)| self::keys(services, tenant, check, &secret));
    let reaches_microsoft = microsoft.ok && token.ok;
    checks.extend([keys, credentials(&vault, tenant).await, microsoft, token]);
    reaches_microsoft
}

/// A secret's name in the answer and its content, or what is wrong with it.
async fn content<T: DeserializeOwned>(vault: &Vault, tenant: &Tenant, kind: SecretKind) -> Result<(String, T), Check> {
    let name = vault.name(&tenant.id, kind);
    let check = format!("secret {name}");
    match vault.read(&name, Version::Current).await {
        Ok(Some(content)) => Ok((check, content)),
        Ok(None) => Err(Check::failed(check, "It does not exist, or is empty.", missing(kind))),
        Err(SecretsError::Malformed(_)) => {
            Err(Check::failed(check, "It does not have the expected form.", missing(kind)))
        }
        Err(error) => {
            let advice = "See the function's permissions, the secret's key, and whether AWS is well.";
            Err(Check::failed(check, format!("{error}."), advice))
        }
    }
}

fn missing(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::Microsoft => "Store {\"client_secret\": \"…\"} with the value of the application's client secret.",
        SecretKind::Token => {
            "Store {}, or {\"refresh_token\": \"…\"} where Convene acts for a person; Convene writes it from then on."
        }
        SecretKind::Keys | SecretKind::Credentials => ROLL_OUT,
    }
}

fn microsoft(check: String, secret: &MicrosoftSecret) -> Check {
    if secret.client_secret.expose_secret().trim().is_empty() {
        return Check::failed(check, "Its client_secret is empty.", missing(SecretKind::Microsoft));
    }
    Check::passed(check)
}

fn token(tenant: &Tenant, check: String, token: &TokenSecret) -> Check {
    if tenant.access == Access::Delegated && token.refresh_token.is_none() {
        let advice = "Sign in with the account that Convene acts for, and store {\"refresh_token\": \"…\"}.";
        return Check::failed(check, "It has no refresh_token.", advice);
    }
    Check::passed(check)
}

fn keys(services: &Services, tenant: &Tenant, check: String, keys: &KeysSecret) -> Check {
    let now = services.now();
    let mut faults = Vec::new();
    let lists = [("signing", &keys.signing), ("refresh", &keys.refresh), ("hmac", &keys.hmac)];
    // Only where a deployment is for one tenant are requests signed.
    let needed = if services.settings.single_tenant.as_ref() == Some(&tenant.id) { 3 } else { 2 };
    for (name, list) in &lists[..needed] {
        if !list.iter().any(|key| key.is_current(now)) {
            faults.push(format!("{name} has no key that has not ended"));
        }
    }
    for client in &tenant.clients {
        if !keys.clients.iter().any(|hash| hash.client_id == client.client_id && hash.is_current(now)) {
            faults.push(format!("nothing confirms the client {}", client.client_id));
        }
    }
    // A tenant that was rolled out by a release without API keys has none until its stack is updated.
    for family in APPLICATION_FAMILIES {
        if !keys.api_keys.iter().any(|hash| hash.family == family && hash.is_current(now)) {
            faults.push(format!("nothing confirms an API key for {family}"));
        }
    }
    for person in tenant.administrators.iter().filter(|_| tenant.legacy_password_auth) {
        if !keys.administrators.iter().any(|hash| hash.login == person.login && !hash.sha256.is_empty()) {
            faults.push(format!("nothing confirms the administrator {}", person.login));
        }
    }
    if faults.is_empty() {
        Check::passed(check)
    } else {
        Check::failed(check, format!("{}.", faults.join("; ")), ROLL_OUT)
    }
}

/// Only that it is there: this function has no business reading it.
async fn credentials(vault: &Vault, tenant: &Tenant) -> Check {
    let name = vault.name(&tenant.id, SecretKind::Credentials);
    let check = format!("secret {name}");
    match vault.versions(&name).await {
        Ok(Some(_)) => Check::passed(check),
        Ok(None) => Check::failed(check, "It does not exist.", ROLL_OUT),
        Err(error) => Check::failed(check, format!("{error}."), "See the function's permissions."),
    }
}
