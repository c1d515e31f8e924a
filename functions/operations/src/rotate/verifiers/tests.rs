use convene::secrets::{HmacCredentials, IssuedApiKey, IssuedClient};

use super::*;

const DAY: Duration = Duration::from_hours(24);

fn key(kid: &str) -> Key {
    mint::key(kid.to_owned()).expect("randomness")
}

/// What an integrator has after so many rotations.
fn credentials(generation: u32, hmac: &Key) -> CredentialsSecret {
    let client = |name: &str| IssuedClient {
        client_id: format!("contoso.{name}"),
        client_secret: format!("{name} {generation}").into(),
        refresh_token: "r".into(),
    };
    CredentialsSecret {
        clients: vec![client("crm"), client("web")],
        api_keys: vec![IssuedApiKey { family: "nylas".to_owned(), key: format!("key {generation}").into() }],
        hmac: Some(HmacCredentials { key_id: hmac.kid.clone(), key: hmac.key.clone() }),
        ..CredentialsSecret::default()
    }
}

/// A tenant that was just rolled out.
fn fresh() -> (KeysSecret, CredentialsSecret) {
    let hmac = key("hmac 0");
    let credentials = credentials(0, &hmac);
    let keys = KeysSecret {
        signing: vec![key("0")],
        refresh: vec![key("refresh")],
        hmac: vec![hmac],
        clients: client_hashes(&credentials),
        api_keys: api_key_hashes(&credentials),
        administrators: Vec::new(),
    };
    (keys, credentials)
}

fn rotated(keys: &mut KeysSecret, generation: u32, now: DateTime<Utc>) -> CredentialsSecret {
    let (kid, hmac) = (generation.to_string(), key(&format!("hmac {generation}")));
    let next = credentials(generation, &hmac);
    accept(keys, &next, key(&kid));
    accept(keys, &next, key(&kid));
    check(keys, &next).expect("confirmed");
    retire(keys, &next, &kid, now, DAY).expect("retired");
    let once = serde_json::to_value(&keys).expect("JSON");
    retire(keys, &next, &kid, now + TimeDelta::minutes(5), DAY).expect("retired again");
    assert_eq!(once, serde_json::to_value(&keys).expect("JSON"), "a repetition changes nothing");
    next
}

/// Whether all of these count at a time.
fn count(keys: &KeysSecret, credentials: &CredentialsSecret, then: DateTime<Utc>) -> bool {
    let hmac = credentials.hmac.as_ref().expect("a key");
    let known =
        |hash: &ClientSecretHash| keys.clients.iter().any(|known| known.is_same(hash) && known.is_current(then));
    let is_key = |hash: &ApiKeyHash| keys.api_keys.iter().any(|known| known.is_same(hash) && known.is_current(then));
    client_hashes(credentials).iter().all(known)
        && api_key_hashes(credentials).iter().all(is_key)
        && keys.hmac.iter().any(|key| key.kid == hmac.key_id && key.is_current(then))
}

fn kids(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| key.kid.as_str()).collect()
}

#[test]
fn while_a_rotation_runs_both_count_and_the_old_key_signs() {
    let (mut keys, old) = fresh();
    let next = credentials(1, &key("hmac 1"));
    assert!(check(&keys, &next).is_err() && check_signing(&keys, "1").is_err());
    accept(&mut keys, &next, key("1"));
    for credentials in [&old, &next] {
        check(&keys, credentials).expect("confirmed, without an end");
    }
    assert_eq!((kids(&keys.signing), kids(&keys.hmac)), (vec!["0", "1"], vec!["hmac 0", "hmac 1"]));
    let missing = retire(&mut fresh().0, &next, "1", Utc::now(), DAY);
    assert!(missing.is_err(), "nothing ends before the new key is there");
}

#[test]
fn after_a_rotation_the_old_counts_for_the_overlap() {
    let ((mut keys, old), now) = (fresh(), Utc::now());
    let next = rotated(&mut keys, 1, now);
    check(&keys, &next).expect("confirmed, without an end");
    assert!(count(&keys, &old, now + TimeDelta::hours(23)) && !count(&keys, &old, now + TimeDelta::hours(25)));
    assert!(check(&keys, &old).is_err(), "what has an end cannot be handed out");
    assert_eq!((kids(&keys.signing), kids(&keys.hmac)), (vec!["1", "0"], vec!["hmac 1", "hmac 0"]));
    assert_eq!(keys.refresh[0].not_after, None);
}

#[test]
fn tokens_outlive_an_overlap_of_nothing() {
    let ((mut keys, _), now) = (fresh(), Utc::now());
    let next = credentials(1, &key("hmac 1"));
    accept(&mut keys, &next, key("1"));
    retire(&mut keys, &next, "1", now, Duration::ZERO).expect("retired");
    assert_eq!(keys.signing[1].not_after, Some(now + SIGNED_TOKENS_LIVE));
    assert!(keys.clients.iter().take(2).all(|hash| hash.not_after == Some(now)));
    assert_eq!(keys.api_keys[0].not_after, Some(now));
}

#[test]
fn an_abandoned_rotation_is_ended_by_the_next_and_forgotten_by_a_later_one() {
    let ((mut keys, old), now) = (fresh(), Utc::now());
    let abandoned = credentials(7, &key("hmac 7"));
    accept(&mut keys, &abandoned, key("7"));
    let next = rotated(&mut keys, 1, now);
    assert_eq!(kids(&keys.signing), ["1", "0", "7"]);
    for ended in [&old, &abandoned] {
        assert!(count(&keys, ended, now) && !count(&keys, ended, now + TimeDelta::hours(25)));
    }
    let later = now + TimeDelta::hours(49);
    rotated(&mut keys, 2, later);
    assert_eq!((kids(&keys.signing), kids(&keys.hmac)), (vec!["2", "1"], vec!["hmac 2", "hmac 1"]));
    assert_eq!((keys.clients.len(), keys.api_keys.len()), (4, 2));
    assert!(count(&keys, &next, later + TimeDelta::hours(23)));
}

/// After a leak.
#[test]
fn a_later_rotation_with_a_shorter_overlap_brings_ends_forward() {
    let ((mut keys, old), now) = (fresh(), Utc::now());
    rotated(&mut keys, 1, now);
    assert!(count(&keys, &old, now + TimeDelta::hours(23)));
    let next = credentials(2, &key("hmac 2"));
    accept(&mut keys, &next, key("2"));
    retire(&mut keys, &next, "2", now, Duration::ZERO).expect("retired");
    assert!(!count(&keys, &old, now) && count(&keys, &next, now));
}

#[test]
fn what_becomes_valid_again_has_no_end() {
    let ((mut keys, old), now) = (fresh(), Utc::now());
    rotated(&mut keys, 1, now);
    accept(&mut keys, &old, key("2"));
    assert!(keys.clients.iter().all(|hash| hash.not_after.is_none()));
    check(&keys, &old).expect("confirmed, without an end");
    assert_eq!((keys.clients.len(), keys.api_keys.len()), (4, 2), "nothing is there twice");
}
