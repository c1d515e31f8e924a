//! The secrets of a tenant that nobody types: minted where they are missing, kept where they are there.
//!
//! The integrator's secret has everything in plain text, the keys secret what is needed to verify it. The second is
//! written first: should the first never be written, the next run mints anew what nobody ever saw.
//!
//! A rotation may be under way. What it has added to the keys and what it has given an end are left as they are; a version
//! of the integrator's secret that it has prepared is out of date once this writes another one, and it notices.

use chrono::{DateTime, Utc};
use convene::{
    auth::first_refresh_token,
    domain::{Tenant, TenantId},
    edge::TaskError,
    secrets::{
        AdministratorCredentials, CredentialsSecret, HmacCredentials, IssuedApiKey, IssuedClient, Key, KeysSecret,
        SecretKind, Version,
    },
    services::Services,
};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::{
    entry, keys,
    lease::{self, CREDENTIALS},
    mint,
};

/// Makes the tenant's secrets what its configuration needs, and answers the integrator's. Another `generation` than before
/// mints new first refresh tokens for all clients.
pub async fn ensure(services: &Services, tenant: &Tenant, generation: &str) -> Result<CredentialsSecret, TaskError> {
    lease::hold(services, &tenant.id, &CREDENTIALS, Box::pin(ensure_alone(services, tenant, generation))).await
}

async fn ensure_alone(services: &Services, tenant: &Tenant, generation: &str) -> Result<CredentialsSecret, TaskError> {
    let vault = services.secrets.vault();
    let id = &tenant.id;
    let credentials_id = vault.name(id, SecretKind::Credentials);
    let before: CredentialsSecret = vault.read(&credentials_id, Version::Current).await?.unwrap_or_default();
    let is_new_generation = before.refresh_token_generation != generation;

    let mut credentials = CredentialsSecret {
        refresh_token_generation: generation.to_owned(),
        hmac: before.hmac.clone(),
        ..CredentialsSecret::default()
    };
    let mut fresh = Vec::new();
    for client in &tenant.clients {
        let kept = before.clients.iter().find(|kept| kept.client_id == client.client_id);
        let kept_token = kept.filter(|_| !is_new_generation).map(|kept| kept.refresh_token.clone());
        if kept_token.is_none() {
            fresh.push(client.client_id.clone());
        }
        credentials.clients.push(IssuedClient {
            client_id: client.client_id.clone(),
            client_secret: match kept {
                Some(kept) => kept.client_secret.clone(),
                None => mint::secret(id)?,
            },
            refresh_token: kept_token.unwrap_or_default(),
        });
    }
    for family in tenant.applications.keys() {
        let kept = before.api_keys.iter().find(|kept| kept.family == *family);
        // One of another form would not be recognized as an API key, or not as this tenant's.
        let kept = kept.filter(|kept| mint::is_minted_api_key(id, &kept.key));
        credentials.api_keys.push(match kept {
            Some(kept) => kept.clone(),
            None => IssuedApiKey { family: family.clone(), key: mint::api_key(id)? },
        });
    }
    for person in &tenant.administrators {
        let kept = before.administrators.iter().find(|kept| kept.login == person.login);
        // One that somebody chose could be guessed: nothing but its bits protects it.
        let kept = kept.filter(|kept| mint::is_minted(id, &kept.password));
        credentials.administrators.push(match kept {
            Some(kept) => kept.clone(),
            None => AdministratorCredentials { login: person.login.clone(), password: mint::secret(id)? },
        });
    }

    let now = services.now();
    let keys = keys::change(services, id, |keys| {
        complete(keys, id, now)?;
        let known = credentials.hmac.take();
        let is_known = |key: &&Key| known.as_ref().is_some_and(|known| known.key_id == key.kid);
        let mut valid = keys.hmac.iter().filter(|key| key.is_current(now));
        credentials.hmac = valid.clone().find(is_known).or_else(|| valid.next()).map(as_given);
        verify_with(keys, &credentials);
        Ok(())
    })
    .await?;

    for client in credentials.clients.iter_mut().filter(|client| fresh.contains(&client.client_id)) {
        client.refresh_token = begin_family(services, &keys, id, &client.client_id).await?;
    }
    // Nothing new is not written: Secrets Manager keeps a version of each write.
    let same = |one: &CredentialsSecret, other: &CredentialsSecret| {
        serde_json::to_value(one).ok() == serde_json::to_value(other).ok()
    };
    if !same(&before, &credentials) {
        vault.write(&credentials_id, &credentials).await?;
    }
    Ok(credentials)
}

/// A key for each use, that has not ended.
fn complete(keys: &mut KeysSecret, tenant: &TenantId, now: DateTime<Utc>) -> Result<(), TaskError> {
    for list in [&mut keys.signing, &mut keys.refresh, &mut keys.hmac] {
        if !list.iter().any(|key| key.is_current(now)) {
            list.push(mint::key(format!("{tenant}.{}", Uuid::new_v4().simple()))?);
        }
    }
    Ok(())
}

fn as_given(key: &Key) -> HmacCredentials {
    HmacCredentials { key_id: key.kid.clone(), key: key.key.clone() }
}

/// Makes the lists confirm these credentials, and forget whoever is not among them any more. Other secrets of a client stay:
/// one that a rotation replaced counts for a while yet, one that it prepared counts already.
fn verify_with(keys: &mut KeysSecret, credentials: &CredentialsSecret) {
    keys.clients.retain(|hash| credentials.clients.iter().any(|client| client.client_id == hash.client_id));
    for client in &credentials.clients {
        // It may have been given an end before the integrator's secret was set back by hand.
        entry::accept(&mut keys.clients, mint::hash_of(&client.client_id, &client.client_secret));
    }
    keys.api_keys.retain(|hash| credentials.api_keys.iter().any(|issued| issued.family == hash.family));
    for issued in &credentials.api_keys {
        entry::accept(&mut keys.api_keys, mint::api_key_hash_of(&issued.family, &issued.key));
    }
    let people = credentials.administrators.iter();
    keys.administrators = people.map(|person| mint::password_hash_of(&person.login, &person.password)).collect();
}

/// A family of refresh tokens for a client, and its first token.
async fn begin_family(
    services: &Services,
    keys: &KeysSecret,
    tenant: &TenantId,
    client_id: &str,
) -> Result<SecretString, TaskError> {
    let (family, now) = (Uuid::new_v4(), services.now());
    services.families.start(tenant, family, client_id, now).await?;
    let token = first_refresh_token(keys, tenant, family, now)
        .map_err(|problem| TaskError(problem.cause.unwrap_or_else(|| problem.message.into_owned())))?;
    Ok(SecretString::from(token.expose_secret()))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use convene::secrets::ClientSecretHash;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::new("contoso").expect("a name")
    }

    fn credentials(clients: &[(&str, &str)]) -> CredentialsSecret {
        let client = |(name, secret): &(&str, &str)| IssuedClient {
            client_id: format!("contoso.{name}"),
            client_secret: SecretString::from(*secret),
            refresh_token: SecretString::default(),
        };
        CredentialsSecret { clients: clients.iter().map(client).collect(), ..CredentialsSecret::default() }
    }

    fn hash(name: &str, secret: &str, not_after: Option<DateTime<Utc>>) -> ClientSecretHash {
        ClientSecretHash { not_after, ..mint::hash_of(&format!("contoso.{name}"), &secret.into()) }
    }

    #[test]
    fn what_a_rotation_added_and_what_it_ends_stays() {
        let end = Some(Utc::now() + TimeDelta::days(7));
        let rotating = [hash("crm", "old", end), hash("crm", "current", None), hash("crm", "prepared", None)];
        let mut keys = KeysSecret { clients: rotating.to_vec(), ..KeysSecret::default() };
        verify_with(&mut keys, &credentials(&[("crm", "current")]));
        assert_eq!(keys.clients, rotating);
        // A client comes, and the first one goes.
        verify_with(&mut keys, &credentials(&[("web", "new")]));
        assert_eq!(keys.clients, [hash("web", "new", None)]);
    }

    #[test]
    fn what_is_handed_out_has_no_end() {
        let end = Some(Utc::now() + TimeDelta::days(7));
        let mut keys = KeysSecret { clients: vec![hash("crm", "again", end)], ..KeysSecret::default() };
        verify_with(&mut keys, &credentials(&[("crm", "again")]));
        assert_eq!(keys.clients, [hash("crm", "again", None)]);
    }

    #[test]
    fn there_is_a_key_for_each_use_that_has_not_ended() {
        let (mut keys, now) = (KeysSecret::default(), Utc::now());
        complete(&mut keys, &tenant(), now).expect("randomness");
        let first = serde_json::to_value(&keys).expect("JSON");
        complete(&mut keys, &tenant(), now).expect("randomness");
        assert_eq!(serde_json::to_value(&keys).expect("JSON"), first, "what is there stays");
        keys.signing[0].not_after = Some(now);
        complete(&mut keys, &tenant(), now).expect("randomness");
        assert_eq!((keys.signing.len(), keys.refresh.len(), keys.hmac.len()), (2, 1, 1));
    }
}
