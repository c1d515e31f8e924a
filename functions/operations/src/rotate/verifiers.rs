//! What functions verify with, before, during and after a rotation.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use convene::{
    edge::TaskError,
    secrets::{ApiKeyHash, ClientSecretHash, CredentialsSecret, Key, KeysSecret},
};

use crate::{
    entry::{self, Entry},
    mint,
};

/// How long a signing key still verifies: an access token lives for an hour, and a function signs with the key that it
/// knows for some minutes, while Secrets Manager is away for an hour.
const SIGNED_TOKENS_LIVE: TimeDelta = TimeDelta::hours(3);
/// How long what has ended stays on the lists, where a person may want to see that it has.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

/// Adds whatever confirms `next`, and a new signing key that does not sign yet: it comes last, and the first signs.
pub(super) fn accept(keys: &mut KeysSecret, next: &CredentialsSecret, signing: Key) {
    for hash in client_hashes(next) {
        entry::accept(&mut keys.clients, hash);
    }
    for hash in api_key_hashes(next) {
        entry::accept(&mut keys.api_keys, hash);
    }
    // Passwords do not rotate, but what is kept of them may be of an older form.
    for person in &next.administrators {
        let hash = mint::password_hash_of(&person.login, &person.password);
        match keys.administrators.iter_mut().find(|known| known.login == hash.login) {
            Some(known) => *known = hash,
            None => keys.administrators.push(hash),
        }
    }
    if let Some(hmac) = &next.hmac {
        let key = Key { kid: hmac.key_id.clone(), key: hmac.key.clone(), not_after: None };
        entry::accept(&mut keys.hmac, key);
    }
    if !keys.signing.iter().any(|known| known.kid == signing.kid) {
        keys.signing.push(signing);
    }
}

/// Fails unless every one of these credentials is confirmed by something that has no end. One that a later rotation has
/// given an end cannot be handed out any more.
pub(super) fn check(keys: &KeysSecret, credentials: &CredentialsSecret) -> Result<(), TaskError> {
    for hash in client_hashes(credentials) {
        if !keys.clients.iter().any(|known| known.is_same(&hash) && known.not_after.is_none()) {
            return Err(TaskError(format!("The keys secret does not confirm the secret of {}.", hash.client_id)));
        }
    }
    for hash in api_key_hashes(credentials) {
        if !keys.api_keys.iter().any(|known| known.is_same(&hash) && known.not_after.is_none()) {
            return Err(TaskError(format!("The keys secret does not confirm the API key for {}.", hash.family)));
        }
    }
    if let Some(hmac) = &credentials.hmac {
        let same = |known: &&Key| known.kid == hmac.key_id && known.key.expose() == hmac.key.expose();
        if keys.hmac.iter().find(same).is_none_or(|known| known.not_after.is_some()) {
            return Err(TaskError("The keys secret does not confirm the key for signed requests.".to_owned()));
        }
    }
    Ok(())
}

/// Fails unless functions know the new signing key.
pub(super) fn check_signing(keys: &KeysSecret, kid: &str) -> Result<(), TaskError> {
    if keys.signing.iter().any(|key| key.kid == kid && key.not_after.is_none()) {
        return Ok(());
    }
    Err(TaskError("The keys secret does not have the new signing key.".to_owned()))
}

/// Lets the new signing key sign, and gives everything that `credentials` has replaced its end, leftovers of rotations
/// that were abandoned included. What has an end already gets no later one, so that a step that is repeated prolongs
/// nothing. Keys for refresh tokens do not rotate: a token that its client never replaces would end with them.
pub(super) fn retire(
    keys: &mut KeysSecret,
    credentials: &CredentialsSecret,
    kid: &str,
    now: DateTime<Utc>,
    overlap: Duration,
) -> Result<(), TaskError> {
    let overlap = TimeDelta::from_std(overlap).unwrap_or(TimeDelta::MAX);
    end_replaced(&mut keys.clients, &client_hashes(credentials), now + overlap);
    end_replaced(&mut keys.api_keys, &api_key_hashes(credentials), now + overlap);
    if let Some(hmac) = &credentials.hmac {
        for key in &mut keys.hmac {
            key.not_after = end(key.kid == hmac.key_id, key.not_after, now + overlap);
        }
        to_front(&mut keys.hmac, &hmac.key_id);
    }
    check_signing(keys, kid)?;
    for key in &mut keys.signing {
        key.not_after = end(key.kid == kid, key.not_after, now + SIGNED_TOKENS_LIVE);
    }
    to_front(&mut keys.signing, kid);

    let is_remembered = |end: Option<DateTime<Utc>>| end.is_none_or(|end| now < end + REMEMBERED);
    keys.clients.retain(|hash| is_remembered(hash.not_after));
    keys.api_keys.retain(|hash| is_remembered(hash.not_after));
    keys.hmac.retain(|key| is_remembered(key.not_after));
    keys.signing.retain(|key| is_remembered(key.not_after));
    Ok(())
}

/// Gives every entry that is not among the valid ones its end.
fn end_replaced<E: Entry>(list: &mut [E], valid: &[E], then: DateTime<Utc>) {
    for entry in list {
        let is_valid = valid.iter().any(|valid| valid.is_same(entry));
        let not_after = entry.not_after();
        *not_after = end(is_valid, *not_after, then);
    }
}

fn end(is_valid: bool, before: Option<DateTime<Utc>>, then: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if is_valid { None } else { Some(before.map_or(then, |before| before.min(then))) }
}

fn to_front(keys: &mut [Key], kid: &str) {
    if let Some(place) = keys.iter().position(|key| key.kid == kid) {
        keys[..=place].rotate_right(1);
    }
}

fn client_hashes(credentials: &CredentialsSecret) -> Vec<ClientSecretHash> {
    credentials.clients.iter().map(|client| mint::hash_of(&client.client_id, &client.client_secret)).collect()
}

fn api_key_hashes(credentials: &CredentialsSecret) -> Vec<ApiKeyHash> {
    credentials.api_keys.iter().map(|issued| mint::api_key_hash_of(&issued.family, &issued.key)).collect()
}

#[cfg(test)]
mod tests;
