//! What a client gets that proves itself.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene::domain::sha256_hex;
use convene_tests::{Answer, Caller, Product};
use serde_json::{Value, json};

use super::{ask, refresh, successor};

#[tokio::test]
async fn client_credentials_get_an_access_token_for_an_hour() {
    let product = Product::start().await;
    let answer = ask(&product, "contoso", &[("grant_type", "client_credentials")]).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let mut body = answer.expect_ok();
    let token = body["access_token"].take();
    let expected = json!({
        "access_token": null, "token_type": "Bearer", "expires_in": 3600, "scope": "calendar.read calendar.write",
    });
    assert_eq!(body, expected);
    let claims = claims(token.as_str().expect("a token"));
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["sub"]),
        (&json!("convene"), &json!("convene"), &json!("contoso.crm"))
    );
    assert_eq!((&claims["tenant"], &claims["scope"]), (&json!("contoso"), &expected["scope"]));
    let (issued, expires) = (claims["iat"].as_i64().expect("a time"), claims["exp"].as_i64().expect("a time"));
    assert_eq!(expires - issued, 3600);
    assert!(works(&product, token.as_str().expect("a token")).await);
}

#[tokio::test]
async fn a_client_may_prove_itself_by_basic() {
    let product = Product::start().await;
    let tenant = product.tenant("contoso");
    let url = format!("{}/oauth2/token", product.api());
    for form in [
        &[("grant_type", "client_credentials")][..],
        // Naming itself in the form besides proves nothing and harms nothing.
        &[("grant_type", "client_credentials"), ("client_id", "contoso.crm")],
        &[("grant_type", "refresh_token"), ("refresh_token", &tenant.refresh_token)],
    ] {
        let request = product.http().post(&url).basic_auth(&tenant.client_id, Some(&tenant.client_secret)).form(form);
        let body = Answer::read(request.send().await.expect("an answer")).await.expect_ok();
        assert!(works(&product, body["access_token"].as_str().expect("a token")).await);
    }
}

#[tokio::test]
async fn basic_may_leave_out_the_encoding_that_forms_have() {
    const ID: &str = "contoso.a+b%20c";
    const SECRET: &str = "p+q%72 s:%";
    let product = Product::start().await;
    know_client(&product, ID, SECRET).await;
    let url = format!("{}/oauth2/token", product.api());
    let ask = |id: &'static str, secret: &'static str| {
        let request = product.http().post(&url).basic_auth(id, Some(secret));
        async {
            Answer::read(request.form(&[("grant_type", "client_credentials")]).send().await.expect("an answer")).await
        }
    };
    for (id, secret) in [(ID, SECRET), ("contoso.a%2Bb%2520c", "p%2Bq%2572+s%3A%25")] {
        let body = ask(id, secret).await.expect_ok();
        let token = body["access_token"].as_str().expect("a token");
        assert_eq!(claims(token)["sub"], ID);
        assert!(works(&product, token).await);
    }
    // Neither what decoding once too often would make of it, nor one half of each.
    for (id, secret) in
        [(ID, "p q r s:%"), (ID, "p+qr s:%"), ("contoso.a b c", SECRET), ("contoso.a%2Bb%2520c", SECRET)]
    {
        let answer = ask(id, secret).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")), "{id} {secret}");
    }
}

#[tokio::test]
async fn a_refresh_token_gets_an_access_token_and_its_successor() {
    let product = Product::start().await;
    let first = product.tenant("contoso").refresh_token.clone();
    let answer = refresh(&product, "contoso", &first).await;
    let next = successor(&answer);
    assert_ne!(next, first);
    assert!(next.starts_with("contoso."));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(body["scope"], "calendar.read calendar.write");
    assert!(works(&product, body["access_token"].as_str().expect("a token")).await);
}

#[tokio::test]
async fn scopes_are_given_as_asked_for() {
    let product = Product::start().await;
    for (asked, given) in [
        ("calendar.read", "calendar.read"),
        ("calendar.write calendar.read", "calendar.read calendar.write"),
        ("calendar.write calendar.write", "calendar.write"),
        ("", "calendar.read calendar.write"),
    ] {
        let answer = ask(&product, "contoso", &[("grant_type", "client_credentials"), ("scope", asked)]).await;
        let body = answer.expect_ok();
        assert_eq!(body["scope"], given);
        assert_eq!(claims(body["access_token"].as_str().expect("a token"))["scope"], given);
    }
    // A narrower access token does not make the refresh token narrower.
    let first = product.tenant("contoso").refresh_token.clone();
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.as_str()), ("scope", "calendar.read")];
    let narrow = ask(&product, "contoso", &form).await;
    assert_eq!(narrow.json()["scope"], "calendar.read");
    let wide = refresh(&product, "contoso", &successor(&narrow)).await;
    assert_eq!(wide.json()["scope"], "calendar.read calendar.write");
}

#[tokio::test]
async fn each_tenant_has_its_own_clients() {
    let product = Product::start().await;
    let body = ask(&product, "fabrikam", &[("grant_type", "client_credentials")]).await.expect_ok();
    assert_eq!(claims(body["access_token"].as_str().expect("a token"))["tenant"], "fabrikam");
}

/// Makes a client of contoso known, as an operator does.
async fn know_client(product: &Product, id: &str, secret: &str) {
    let name = json!({"SecretId": "convene/contoso/keys"});
    let stored = product.aws("secretsmanager", "secretsmanager.GetSecretValue", &name).await;
    let mut keys: Value = serde_json::from_str(stored["SecretString"].as_str().expect("a secret")).expect("JSON");
    let hash = json!({"client_id": id, "sha256": sha256_hex(secret.as_bytes())});
    keys["clients"].as_array_mut().expect("clients").push(hash);
    let put = json!({"SecretId": "convene/contoso/keys", "SecretString": keys.to_string()});
    product.aws("secretsmanager", "secretsmanager.PutSecretValue", &put).await;

    let table = &product.environment()["TENANTS_TABLE"];
    let key = json!({"TableName": table, "Key": {"pk": {"S": "contoso#config"}}});
    let mut item = product.aws("dynamodb", "DynamoDB_20120810.GetItem", &key).await["Item"].take();
    let mut config: Value = serde_json::from_str(item["config"]["S"].as_str().expect("a text")).expect("JSON");
    let client = json!({"clientId": id, "scopes": ["calendar.read"], "rotateRefreshTokens": true});
    config["clients"].as_array_mut().expect("clients").push(client);
    item["config"]["S"] = json!(config.to_string());
    product.aws("dynamodb", "DynamoDB_20120810.PutItem", &json!({"TableName": table, "Item": item})).await;
}

/// Whether the API takes a token.
async fn works(product: &Product, token: &str) -> bool {
    let caller = Caller::new(product.http().clone(), product.api(), token);
    let answer = caller.get("unknown", "organizer@contoso.com").await;
    answer.status == 404 && answer.code() == "MeetingNotFound"
}

/// What a token says.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}
