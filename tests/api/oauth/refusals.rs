//! Refusals, in the words of OAuth 2.0.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use convene_tests::{Answer, Product};

use super::{ask, assert_refused};

const FORM: &str = "application/x-www-form-urlencoded";

/// A body as it is, with headers as they are.
async fn send(product: &Product, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
    let mut request = product.http().post(format!("{}/oauth2/token", product.api()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(request.body(body).send().await.expect("an answer")).await
}

/// Asserts that a client did not prove itself, and is told how it might: a 401 always tells (RFC 9110, section 15.5.2).
#[track_caller]
fn assert_unproven(answer: &Answer) {
    assert_refused(answer, 401, "invalid_client");
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with(r#"Basic realm="convene""#), "{answer:?}");
}

#[tokio::test]
async fn what_is_no_form_is_an_invalid_request() {
    let product = Product::start().await;
    let body = "grant_type=client_credentials&client_id=contoso.crm&client_secret=x";
    for content_type in ["application/json", "text/plain", "multipart/form-data", ""] {
        assert_refused(&send(&product, &[("content-type", content_type)], body).await, 400, "invalid_request");
    }
    assert_refused(&send(&product, &[], body).await, 400, "invalid_request");
    for body in ["", "&&&", "grant_type", "grant_type=", "client_id=contoso.crm", "{\"grant_type\": \"x\"}"] {
        assert_refused(&send(&product, &[("content-type", FORM)], body).await, 400, "invalid_request");
    }
    let large = format!("grant_type=client_credentials&x={}", "x".repeat(1024 * 1024));
    assert_refused(&send(&product, &[("content-type", FORM)], large).await, 400, "invalid_request");
    let missing = ask(&product, "contoso", &[("grant_type", "refresh_token")]).await;
    assert_refused(&missing, 400, "invalid_request");
}

#[tokio::test]
async fn no_parameter_may_be_repeated() {
    let product = Product::start().await;
    for name in ["grant_type", "client_id", "client_secret", "scope", "refresh_token"] {
        let form =
            [("grant_type", "client_credentials"), ("scope", "calendar.read"), ("refresh_token", "x"), (name, "x")];
        assert_refused(&ask(&product, "contoso", &form).await, 400, "invalid_request");
    }
    // One that nobody knows may.
    let form = [("grant_type", "client_credentials"), ("resource", "a"), ("resource", "b")];
    assert_eq!(ask(&product, "contoso", &form).await.status, 200);
}

#[tokio::test]
async fn other_grants_are_unsupported() {
    let product = Product::start().await;
    for grant in ["authorization_code", "implicit", "Client_Credentials", "client_credentials ", "x"] {
        let form = [("grant_type", grant), ("username", "u"), ("password", "p")];
        assert_refused(&ask(&product, "contoso", &form).await, 400, "unsupported_grant_type");
    }
}

#[tokio::test]
async fn a_client_that_does_not_prove_itself_is_invalid() {
    let product = Product::start().await;
    let (contoso, fabrikam) = (product.tenant("contoso"), product.tenant("fabrikam"));
    let secret = contoso.client_secret.as_str();
    let mut answers = Vec::new();
    for (id, secret) in [
        ("contoso.crm", "wrong"),
        ("contoso.crm", ""),
        ("contoso.crm", fabrikam.client_secret.as_str()),
        ("contoso.other", secret),
        ("fabrikam.crm", secret),
        ("CONTOSO.crm", secret),
        ("contoso", secret),
        ("nobody.crm", secret),
        ("../keys.crm", secret),
        ("", secret),
    ] {
        let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        let answer = product.token(&form).await;
        assert_unproven(&answer);
        answers.push(answer.text);
    }
    // The same words, whatever was wrong.
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_malformed_basic_header_is_an_invalid_client() {
    let product = Product::start().await;
    let secret = &product.tenant("contoso").client_secret;
    let wrong = format!("Basic {}", STANDARD.encode("contoso.crm:wrong"));
    let no_colon = format!("Basic {}", STANDARD.encode("contoso.crm"));
    let other_scheme = format!("Bearer {}", STANDARD.encode(format!("contoso.crm:{secret}")));
    for header in ["Basic", "Basic ", "Basic !!!", "Basic YQ", &wrong, &no_colon, &other_scheme, "x"] {
        let headers = [("content-type", FORM), ("authorization", header)];
        assert_unproven(&send(&product, &headers, "grant_type=client_credentials").await);
    }
    let right = format!("Basic {}", STANDARD.encode(format!("contoso.crm:{secret}")));
    let twice = [("content-type", FORM), ("authorization", right.as_str()), ("authorization", right.as_str())];
    assert_unproven(&send(&product, &twice, "grant_type=client_credentials").await);
}

#[tokio::test]
async fn a_client_proves_itself_in_one_way() {
    let product = Product::start().await;
    let secret = &product.tenant("contoso").client_secret;
    let right = format!("Basic {}", STANDARD.encode(format!("contoso.crm:{secret}")));
    let headers = [("content-type", FORM), ("authorization", right.as_str())];
    for more in [
        format!("client_secret={secret}"),
        format!("client_id=contoso.crm&client_secret={secret}"),
        "client_id=fabrikam.crm".to_owned(),
    ] {
        let answer = send(&product, &headers, format!("grant_type=client_credentials&{more}")).await;
        assert_refused(&answer, 400, "invalid_request");
    }
}

#[tokio::test]
async fn more_scope_than_the_client_has_is_refused() {
    let product = Product::start().await;
    for scope in
        ["calendar.delete", "calendar.read calendar.admin", "Calendar.Read", "calendar.read,calendar.write", "*"]
    {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        assert_refused(&ask(&product, "contoso", &form).await, 400, "invalid_scope");
    }
}
