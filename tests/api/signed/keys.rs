//! Every key of the tenant's list that has not ended verifies; so a key is replaced without a request failing.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use convene_local::ReadyHmac;
use convene_tests::{Answer, Product};
use serde_json::{Value, json};

use super::{AVAILABILITY, draft, start};
use crate::errors::assert_failed;

fn key(name: &str, byte: u8) -> ReadyHmac {
    ReadyHmac { key_id: format!("contoso.{name}"), key: STANDARD.encode([byte; 32]) }
}

/// Makes these the tenant's keys for signed requests, each with its end.
async fn set_keys(product: &Product, keys: &[(&ReadyHmac, Option<DateTime<Utc>>)]) {
    let name = "convene/contoso/keys";
    let secret = product.aws("secretsmanager", "secretsmanager.GetSecretValue", &json!({"SecretId": name})).await;
    let mut content: Value = serde_json::from_str(secret["SecretString"].as_str().expect("text")).expect("JSON");
    let entry = |(key, end): &(&ReadyHmac, Option<DateTime<Utc>>)| match end {
        Some(end) => json!({"kid": key.key_id, "key": key.key, "not_after": end}),
        None => json!({"kid": key.key_id, "key": key.key}),
    };
    content["hmac"] = keys.iter().map(entry).collect();
    let request = json!({"SecretId": name, "SecretString": content.to_string()});
    product.aws("secretsmanager", "secretsmanager.PutSecretValue", &request).await;
}

async fn ask(product: &Product, hmac: &ReadyHmac) -> Answer {
    let authority = product.api().strip_prefix("http://").expect("an address");
    let body = json!([{"email": super::ORGANIZER}]).to_string();
    super::Draft::new(hmac, authority, "POST", AVAILABILITY, &body).sign().send(product).await
}

#[tokio::test]
async fn the_current_and_the_previous_key_verify_and_an_ended_one_does_not() {
    let product = start().await;
    let (current, previous, ended, gone) = (key("k4", 4), key("k3", 3), key("k2", 2), key("k1", 1));
    let (soon, just_now) = (Utc::now() + TimeDelta::minutes(5), Utc::now() - TimeDelta::seconds(1));
    set_keys(&product, &[(&current, None), (&previous, Some(soon)), (&ended, Some(just_now))]).await;
    for good in [&current, &previous] {
        ask(&product, good).await.expect_ok();
    }
    for bad in [&ended, &gone, &product.tenant("contoso").hmac] {
        assert_failed(&ask(&product, bad).await, 401, "Unauthorized", "");
    }
    // A key counts under its own name only.
    for name in [&previous.key_id, &ended.key_id] {
        let mixed = ReadyHmac { key_id: name.clone(), ..current.clone() };
        assert_failed(&ask(&product, &mixed).await, 401, "Unauthorized", "");
    }
}

#[tokio::test]
async fn a_new_key_counts_at_once() {
    let product = start().await;
    let (first, second) = (product.tenant("contoso").hmac.clone(), key("k2", 2));
    ask(&product, &first).await.expect_ok();
    set_keys(&product, &[(&second, None), (&first, Some(Utc::now() + TimeDelta::minutes(5)))]).await;
    // It is not among the keys that are cached, so these are read again.
    ask(&product, &second).await.expect_ok();
    ask(&product, &first).await.expect_ok();
}

#[tokio::test]
async fn a_tenant_without_keys_for_it_has_no_signed_requests() {
    let product = start().await;
    set_keys(&product, &[]).await;
    assert_failed(&ask(&product, &product.tenant("contoso").hmac).await, 401, "Unauthorized", "");
    let unsigned = draft(&product, "POST", AVAILABILITY, "[]").request.send(&product).await;
    assert_failed(&unsigned, 401, "Unauthorized", "");
    assert!(product.simulator().journal().await.is_empty());
}
