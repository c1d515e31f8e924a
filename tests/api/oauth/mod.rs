//! Access tokens: the grants, rotation of refresh tokens, refusals, and tokens that somebody tampered with.

mod grants;
mod login;
mod refresh;
mod refusals;
mod tampered;

use convene_tests::{Answer, Product};

/// What the token endpoint answers to a client that proves itself in the form.
async fn ask(product: &Product, tenant: &str, more: &[(&str, &str)]) -> Answer {
    let tenant = product.tenant(tenant);
    let mut form = vec![("client_id", tenant.client_id.as_str()), ("client_secret", tenant.client_secret.as_str())];
    form.extend(more);
    product.token(&form).await
}

/// What a refresh token is exchanged for.
async fn refresh(product: &Product, tenant: &str, token: &str) -> Answer {
    ask(product, tenant, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// The successor that a refresh token was exchanged for.
#[track_caller]
fn successor(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned()
}

/// Asserts a refusal in its documented shape.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["error"].as_str()), (status, Some(error)), "{answer:?}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{answer:?}");
    assert!(body["error_description"].as_str().is_some_and(|text| !text.is_empty()), "{answer:?}");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.assert_shows_nothing_internal();
}
