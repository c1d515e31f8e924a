//! Rotations that go well.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_tests::{Operator, Product, Rotation, STEPS, events};
use serde_json::{Value, json};

use crate::stream::Stream;

/// The one client's secret that is handed out.
pub async fn client_secret(product: &Product) -> String {
    let credentials = product.secret("contoso", "credentials").await;
    credentials["clients"][0]["client_secret"].as_str().expect("a secret").to_owned()
}

/// Whether a function that starts now accepts a client's secret, and the access token it gives for it.
pub async fn sign_in(operator: &Operator, secret: &str) -> Option<String> {
    let answer = operator.call("issue-token", &events::token("contoso.crm", secret)).await;
    assert!([200, 401].contains(&answer.status), "{answer:?}");
    answer.json()["access_token"].as_str().map(str::to_owned)
}

/// Whether a function that starts now accepts an access token.
async fn accepts(operator: &Operator, token: &str) -> bool {
    let mut event = events::sample("get-availability");
    event["headers"]["authorization"] = json!(format!("Bearer {token}"));
    let answer = operator.call("get-availability", &event).await;
    assert!([200, 401].contains(&answer.status), "{answer:?}");
    answer.status == 200
}

/// The key that signed an access token.
fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}

/// The entries of a list of the keys secret that have an end.
pub fn ending(keys: &Value, list: &str) -> usize {
    keys[list].as_array().expect("a list").iter().filter(|entry| entry["not_after"].is_string()).count()
}

#[tokio::test]
async fn no_request_fails_while_credentials_rotate() {
    let product = Arc::new(Product::start().await);
    let operator = Operator::of(&product);
    let stream = Stream::start(&product).await;
    stream.go_on(3, 0).await;
    for _ in 0..2 {
        let rotation = Rotation::begin(&product, &operator, "contoso").await;
        for step in STEPS {
            rotation.steps(&[step]).await;
            stream.go_on(2, 0).await;
        }
        stream.go_on(10, 5).await;
    }
    stream.end().await;
}

#[tokio::test]
async fn old_and_new_count_until_the_old_one_ends() {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    let (before, keys_before) = (client_secret(&product).await, product.secret("contoso", "keys").await);
    let early = sign_in(&operator, &before).await.expect("a token");
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    rotation.run().await;

    let after = client_secret(&product).await;
    assert!(after.starts_with("contoso.") && after != before);
    let late = sign_in(&operator, &after).await.expect("a token");
    let late_by_old = sign_in(&operator, &before).await.expect("a token");
    for token in [&early, &late, &late_by_old] {
        assert!(accepts(&operator, token).await);
    }
    assert_eq!(kid(&late), format!("contoso.{}", rotation.token));
    assert_ne!(kid(&early), kid(&late));
    let mut keys = product.secret("contoso", "keys").await;
    for list in ["signing", "hmac", "clients", "api_keys"] {
        assert_eq!((keys[list].as_array().map(Vec::len), ending(&keys, list)), (Some(2), 1), "{list}");
    }
    assert_eq!(keys["refresh"], keys_before["refresh"], "keys of refresh tokens do not rotate");
    let credentials = product.secret("contoso", "credentials").await;
    assert_eq!(credentials["hmac"]["key_id"], keys["hmac"][0]["kid"]);
    assert_eq!(credentials["hmac"]["key"], keys["hmac"][0]["key"]);

    // A week later.
    for list in ["signing", "hmac", "clients"] {
        for entry in keys[list].as_array_mut().expect("a list") {
            if entry["not_after"].is_string() {
                entry["not_after"] = json!("2020-01-01T00:00:00Z");
            }
        }
    }
    product.put_secret("contoso", "keys", &keys).await;
    assert!(sign_in(&operator, &before).await.is_none(), "its time is over");
    assert!(!accepts(&operator, &early).await);
    let late = sign_in(&operator, &after).await.expect("a token");
    assert!(accepts(&operator, &late).await);
    // What ended long ago is forgotten by the next rotation.
    Rotation::begin(&product, &operator, "contoso").await.run().await;
    let keys = product.secret("contoso", "keys").await;
    assert_eq!((keys["clients"].as_array().map(Vec::len), ending(&keys, "clients")), (Some(2), 1));
    assert!(sign_in(&operator, &after).await.is_some());
}

#[tokio::test]
async fn the_refresh_token_that_was_handed_out_stays_good() {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    let first = product.tenant("contoso").refresh_token.clone();
    Rotation::begin(&product, &operator, "contoso").await.run().await;
    let credentials = product.secret("contoso", "credentials").await;
    assert_eq!(credentials["clients"][0]["refresh_token"], json!(first));
    let secret = client_secret(&product).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &first),
        ("client_id", "contoso.crm"),
        ("client_secret", &secret),
    ];
    assert!(product.token(&form).await.expect_ok()["refresh_token"].is_string());
    // Nothing happened to anybody else.
    let neighbour = product.secret("fabrikam", "keys").await;
    assert_eq!((neighbour["clients"].as_array().map(Vec::len), ending(&neighbour, "clients")), (Some(1), 0));
}

#[tokio::test]
async fn without_an_overlap_the_old_secret_ends_at_once_and_tokens_live_on() {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    let before = client_secret(&product).await;
    let early = sign_in(&operator, &before).await.expect("a token");
    let strict = operator.clone().with("ROTATION_OVERLAP_HOURS", "0");
    Rotation::begin(&product, &strict, "contoso").await.run().await;
    assert!(sign_in(&operator, &before).await.is_none());
    assert!(accepts(&operator, &early).await);
    assert!(sign_in(&operator, &client_secret(&product).await).await.is_some());
}
