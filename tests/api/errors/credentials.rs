//! Unauthorized and `ErrorAccessDenied`: no valid credential, or not the scope.

use convene::domain::Scope;
use convene_tests::{
    Answer, Caller, Product,
    endpoints::{Endpoint, endpoints},
    samples,
};
use reqwest::Method;
use serde_json::json;

use super::assert_failed;

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;
/// Who sent no token is told no more than that one is needed (RFC 6750, section 3.1).
const NEEDED: &str = r#"Bearer realm="convene""#;
const REFUSED: &str = r#"Bearer realm="convene", error="invalid_token""#;

/// The endpoints that take access tokens.
fn with_token() -> Vec<Endpoint> {
    let found: Vec<_> = endpoints().into_iter().filter(|endpoint| endpoint.takes_access_tokens).collect();
    assert!(found.len() >= 8, "only {} endpoints", found.len());
    found
}

fn method(endpoint: &Endpoint) -> Method {
    endpoint.route.method.parse().expect("a method")
}

/// A failure of an endpoint, in its family's shape where that is Salesforce's. The tests of other families check theirs.
#[track_caller]
fn assert_refused(endpoint: &Endpoint, answer: &Answer, status: u16, code: &str, challenge: &str) {
    assert_eq!((answer.status, answer.header("www-authenticate")), (status, Some(challenge)), "{}", endpoint.route);
    if endpoint.family == "salesforce" {
        let email = answer.json()["email"].as_str().unwrap_or_default().to_owned();
        // Only a verified credential gets an address of the request back.
        assert!(status != 401 || email.is_empty(), "{}: {answer:?}", endpoint.route);
        assert_failed(answer, status, code, &email);
    }
}

#[tokio::test]
async fn every_endpoint_asks_for_a_credential() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for endpoint in with_token() {
        let (method, path) = (method(&endpoint), endpoint.path.as_str());
        let url = format!("{}{path}", product.api());
        let bare = product.http().request(method.clone(), &url);
        let basic = product.http().request(method.clone(), &url).basic_auth("contoso.crm", Some("x"));
        let empty = product.http().request(method.clone(), &url).header("authorization", "");
        let twice = caller.request(method.clone(), path).bearer_auth(&caller.token);
        for (request, challenge) in [(bare, NEEDED), (basic, NEEDED), (empty, NEEDED), (twice, REFUSED)] {
            let answer = Answer::read(request.body("nonsense").send().await.expect("an answer")).await;
            assert_refused(&endpoint, &answer, 401, "Unauthorized", challenge);
        }
        for token in ["x", "a.b.c", "..", &"x".repeat(5000), "contoso"] {
            let answer = caller.with_token(token).send(method.clone(), path, "nonsense").await;
            assert_refused(&endpoint, &answer, 401, "Unauthorized", REFUSED);
        }
    }
    assert!(product.simulator().requests().await.is_empty());
}

/// The documented example, with a token that has every scope but the documented one.
#[tokio::test]
async fn every_endpoint_requires_its_scope() {
    let product = Product::start().await;
    for endpoint in with_token() {
        let [scope] = endpoint.scopes.as_slice() else {
            panic!("{} documents the scopes {:?}", endpoint.route, endpoint.scopes)
        };
        let others = Scope::ALL.map(Scope::as_str).into_iter().filter(|other| other != scope);
        let others = others.collect::<Vec<_>>().join(" ");
        let caller = product.caller_with_scope("contoso", &others).await;
        let mut request = caller.request(method(&endpoint), &endpoint.path).query(&endpoint.query);
        if let (Some(media_type), Some(body)) = (&endpoint.body_type, &endpoint.body) {
            request = request.header("content-type", media_type).body(body.to_string());
        }
        let answer = Answer::read(request.send().await.expect("an answer")).await;
        let challenge = format!(r#"Bearer realm="convene", error="insufficient_scope", scope="{scope}""#);
        assert_refused(&endpoint, &answer, 403, "ErrorAccessDenied", &challenge);
    }
    assert!(product.simulator().requests().await.is_empty());
}

#[tokio::test]
async fn a_token_that_only_reads_does_not_write() {
    let product = Product::start().await;
    product.contoso().await.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let reader = product.caller_with_scope("contoso", "calendar.read").await;
    let denied = |answer: &Answer, email: &str, scope: &str| {
        assert_failed(answer, 403, "ErrorAccessDenied", email);
        let challenge = format!(r#"Bearer realm="convene", error="insufficient_scope", scope="{scope}""#);
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
    };
    denied(&reader.schedule(&samples::meeting("n")).await, ORGANIZER, "calendar.write");
    let change = json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "Mine"});
    denied(&reader.update(&change).await, ORGANIZER, "calendar.write");
    denied(&reader.delete("m", ORGANIZER).await, ORGANIZER, "calendar.write");
    let query = format!("{MEETING}?id=m&organizerEmail={ORGANIZER}");
    denied(&reader.send(Method::DELETE, &query, "").await, ORGANIZER, "calendar.write");
    // Where no organizer can be read, none is named.
    for body in ["nonsense", "{}", r#"{"organizerEmail": 7}"#] {
        denied(&reader.send(Method::POST, MEETING, body).await, "", "calendar.write");
    }
    assert_eq!(reader.get("m", ORGANIZER).await.expect_ok()["subject"], "Quarterly review");
    assert_eq!(available(&reader).await.status, 200);

    let writer = product.caller_with_scope("contoso", "calendar.write").await;
    denied(&writer.get("m", ORGANIZER).await, ORGANIZER, "calendar.read");
    denied(&available(&writer).await, "", "calendar.read");
    writer.delete("m", ORGANIZER).await.expect(200, "NoError");
}

#[tokio::test]
async fn nothing_is_repeated_to_a_stranger() {
    let product = Product::start().await;
    let stranger = product.contoso().await.with_token("no.real.token");
    for answer in [
        stranger.schedule(&samples::meeting("m")).await,
        stranger.update(&json!({"id": "m", "organizerEmail": ORGANIZER})).await,
        stranger.delete("m", ORGANIZER).await,
        stranger.get("m", ORGANIZER).await,
    ] {
        assert_failed(&answer, 401, "Unauthorized", "");
        assert!(!answer.text.contains(ORGANIZER), "{answer:?}");
    }
}

async fn available(caller: &Caller) -> Answer {
    caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &json!([{"email": ORGANIZER}])).await
}
