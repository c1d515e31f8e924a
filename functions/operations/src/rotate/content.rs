//! What the integrator is given, before and after a rotation.

use convene::{
    domain::TenantId,
    edge::TaskError,
    secrets::{CredentialsSecret, HmacCredentials},
};

use crate::mint;

/// The same with a new secret for each client, a new API key for each family, and a new key for signing requests. Refresh tokens stay, since they are
/// replaced by being used; so do administrators' passwords, which people have learnt. One that was not minted is replaced
/// all the same, since it could be guessed.
pub(super) fn successor(
    current: &CredentialsSecret,
    tenant: &TenantId,
    kid: &str,
) -> Result<CredentialsSecret, TaskError> {
    let mut next = current.clone();
    for client in &mut next.clients {
        client.client_secret = mint::secret(tenant)?;
    }
    for issued in &mut next.api_keys {
        issued.key = mint::api_key(tenant)?;
    }
    for person in next.administrators.iter_mut().filter(|person| !mint::is_minted(tenant, &person.password)) {
        person.password = mint::secret(tenant)?;
    }
    if let Some(hmac) = &mut next.hmac {
        *hmac = HmacCredentials { key_id: kid.to_owned(), key: mint::shared_key()? };
    }
    Ok(next)
}

/// Whether `next` differs from `current` in nothing but what a rotation of the tenant's credentials replaces.
pub(super) fn is_successor(next: &CredentialsSecret, current: &CredentialsSecret, tenant: &TenantId) -> bool {
    let mut back = next.clone();
    for client in &mut back.clients {
        if let Some(known) = current.clients.iter().find(|known| known.client_id == client.client_id) {
            client.client_secret = known.client_secret.clone();
        }
    }
    for issued in &mut back.api_keys {
        if let Some(known) = current.api_keys.iter().find(|known| known.family == issued.family) {
            issued.key = known.key.clone();
        }
    }
    for person in &mut back.administrators {
        let known = current.administrators.iter().find(|known| known.login == person.login);
        if let Some(known) = known.filter(|known| !mint::is_minted(tenant, &known.password)) {
            person.password = known.password.clone();
        }
    }
    if let (Some(hmac), Some(known)) = (&mut back.hmac, &current.hmac) {
        hmac.clone_from(known);
    }
    is_same(&back, current)
}

/// Whether two contents are the same.
pub(super) fn is_same(one: &CredentialsSecret, other: &CredentialsSecret) -> bool {
    let json = |content| serde_json::to_value(content).ok();
    json(one) == json(other)
}

#[cfg(test)]
mod tests {
    use convene::secrets::IssuedClient;
    use serde_json::json;

    use super::*;

    fn current() -> CredentialsSecret {
        serde_json::from_value(json!({
            "clients": [
                {"client_id": "contoso.crm", "client_secret": "a", "refresh_token": "r1"},
                {"client_id": "contoso.web", "client_secret": "b", "refresh_token": "r2"},
            ],
            "api_keys": [{"family": "nylas", "key": "cvk_contoso.a"}],
            "hmac": {"key_id": "contoso.1", "key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
            "administrators": [
                {"login": "contoso.ann", "password": "contoso.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
                {"login": "contoso.bob", "password": "chosen"},
            ],
            "refresh_token_generation": "1",
        }))
        .expect("credentials")
    }

    #[test]
    fn a_successor_has_new_secrets_and_nothing_else_new() {
        let (current, tenant) = (current(), TenantId::new("contoso").expect("a name"));
        let next = successor(&current, &tenant, "contoso.token").expect("randomness");
        let (before, after) = (json!(current), json!(next));
        for place in [
            "/clients/0/client_secret",
            "/clients/1/client_secret",
            "/api_keys/0/key",
            "/hmac/key",
            "/hmac/key_id",
            // It was not minted.
            "/administrators/1/password",
        ] {
            assert_ne!(before.pointer(place), after.pointer(place), "{place}");
        }
        for place in [
            "/clients/0/client_id",
            "/clients/1/refresh_token",
            "/api_keys/0/family",
            "/administrators/0",
            "/refresh_token_generation",
        ] {
            assert!(before.pointer(place).is_some(), "{place}");
            assert_eq!(before.pointer(place), after.pointer(place), "{place}");
        }
        assert_eq!(after.pointer("/hmac/key_id"), Some(&json!("contoso.token")));
        assert!(is_successor(&next, &current, &tenant) && !is_same(&next, &current));
        let without = CredentialsSecret { hmac: None, ..current };
        assert!(successor(&without, &tenant, "k").expect("randomness").hmac.is_none());
    }

    #[test]
    fn what_the_tenants_stack_changed_meanwhile_is_noticed() {
        let tenant = TenantId::new("contoso").expect("a name");
        let next = successor(&current(), &tenant, "contoso.token").expect("randomness");
        let added =
            IssuedClient { client_id: "contoso.new".to_owned(), client_secret: "c".into(), refresh_token: "r3".into() };
        let changes: [fn(&mut CredentialsSecret); 7] = [
            |current| drop(current.clients.pop()),
            |current| current.clients[0].refresh_token = "another".into(),
            |current| current.administrators.clear(),
            |current| current.administrators[0].password = format!("contoso.{}A", "B".repeat(42)).into(),
            |current| current.hmac = None,
            |current| current.api_keys.clear(),
            |current| "2".clone_into(&mut current.refresh_token_generation),
        ];
        for (place, apply) in changes.into_iter().enumerate() {
            let mut other = current();
            apply(&mut other);
            assert!(!is_successor(&next, &other, &tenant), "{place}");
        }
        let mut more = current();
        more.clients.push(added);
        assert!(!is_successor(&next, &more, &tenant));
    }
}
