//! Access tokens that nobody issued.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_tests::{Caller, Product, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;

/// A token's header, claims and signature.
fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut part = || parts.next().expect("three parts");
    let read = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("JSON");
    (read(part()), read(part()), part().to_owned())
}

/// A token of these parts.
fn token(header: &Value, claims: &Value, signature: &str) -> String {
    let write = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", write(header), write(claims))
}

fn with(value: &Value, field: &str, new: &Value) -> Value {
    let mut value = value.clone();
    value[field] = new.clone();
    value
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let product = Product::start().await;
    let reader = product.caller_with_scope("contoso", "calendar.read").await;
    let (header, claims, signature) = parts(&reader.token);
    let mut forged = Vec::new();
    for (field, value) in [
        ("scope", json!("calendar.read calendar.write")),
        ("tenant", json!("fabrikam")),
        ("tenant", json!("nobody")),
        ("tenant", json!("../contoso")),
        ("tenant", json!(null)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(0)),
        ("aud", json!("somebody")),
        ("iss", json!("somebody")),
        ("sub", json!("contoso.other")),
    ] {
        forged.push(token(&header, &with(&claims, field, &value), &signature));
    }
    for (field, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS512")),
        ("alg", json!("RS256")),
        ("alg", json!("x")),
        ("kid", json!("other")),
        ("kid", json!(null)),
        ("kid", json!("../../keys")),
    ] {
        let header = with(&header, field, &value);
        forged.push(token(&header, &claims, &signature));
        forged.push(token(&header, &claims, ""));
    }
    let other = product.caller("fabrikam").await;
    forged.push(token(&header, &claims, &parts(&other.token).2));
    forged.push(reader.token.trim_end_matches(signature.as_str()).to_owned());
    forged.push(format!("{}A", reader.token));
    forged.push(format!("{}.", reader.token));
    forged.push(format!(" {}", &reader.token[1..]));
    // The refresh token is none.
    forged.push(product.tenant("contoso").refresh_token.clone());
    for token in forged {
        let answer = reader.with_token(&token).get("m", ORGANIZER).await.expect(401, "Unauthorized");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="convene", error="invalid_token""#));
    }
    reader.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn a_token_of_another_deployment_is_refused() {
    let (product, other) = (Product::start().await, Product::start().await);
    let foreign = other.contoso().await;
    let caller = Caller::new(product.http().clone(), product.api(), foreign.token);
    caller.get("m", ORGANIZER).await.expect(401, "Unauthorized");
    caller.schedule(&samples::meeting("m")).await.expect(401, "Unauthorized");
    assert!(product.simulator().requests().await.is_empty());
}
