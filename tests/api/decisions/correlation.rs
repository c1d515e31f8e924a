//! `salesforceCorrelationId`: back in a header, and on to Microsoft as a UUID.

use convene_tests::{Answer, Caller, Product, Simulator, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::change;

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;
const UUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

#[tokio::test]
async fn every_endpoint_takes_it_and_gives_it_back() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    let with_id = |fields: Value| {
        let mut fields = fields;
        fields["salesforceCorrelationId"] = json!(UUID);
        fields.to_string()
    };
    let query = format!("{MEETING}?id=m&organizerEmail={ORGANIZER}&salesforceCorrelationId={UUID}");
    let window = "from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z";
    let availability = format!("/api/salesforce/scheduler/availability?{window}&salesforceCorrelationId={UUID}");
    for (method, path, body) in [
        (Method::POST, MEETING, with_id(samples::meeting("m"))),
        (Method::PATCH, MEETING, with_id(change("m", &json!({"subject": "S"})))),
        (Method::GET, query.as_str(), String::new()),
        (Method::POST, availability.as_str(), json!([{"email": ORGANIZER}]).to_string()),
        (Method::DELETE, MEETING, with_id(change("m", &json!({})))),
    ] {
        simulator.clear_journal().await;
        let answer = caller.send(method.clone(), path, body).await;
        assert_eq!((answer.status, answer.header("x-correlation-id")), (200, Some(UUID)), "{method} {path}");
        assert_eq!(sent_on(&simulator).await, [UUID], "{method} {path}");
    }
    let repeated = caller.send(Method::DELETE, &query, "").await;
    assert_eq!(repeated.header("x-correlation-id"), Some(UUID));
}

#[tokio::test]
async fn what_is_no_uuid_becomes_one_that_is_always_the_same() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    let mut seen = Vec::new();
    for (n, id) in ["ac7b40b4-2c33-723b-8aaie-8bpf077z7539", "a b/ü—", "ac7b40b4-2c33-723b-8aaie-8bpf077z7539"]
        .into_iter()
        .enumerate()
    {
        simulator.clear_journal().await;
        let answer = schedule(&caller, &format!("m{n}"), &json!(id)).await;
        assert_eq!(answer.header("x-correlation-id"), Some(percent_encoded(id).as_str()));
        seen.extend(sent_on(&simulator).await);
    }
    assert_eq!((seen.len(), &seen[0]), (3, &seen[2]));
    assert_ne!(seen[0], seen[1]);
    assert!(seen.iter().all(|id| uuid::Uuid::parse_str(id).is_ok()), "{seen:?}");
}

#[tokio::test]
async fn one_is_made_where_none_is_sent() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    let mut seen = Vec::new();
    for (n, id) in [json!(null), json!(""), json!("   "), json!(7), json!({})].into_iter().enumerate() {
        simulator.clear_journal().await;
        let answer = schedule(&caller, &format!("m{n}"), &id).await;
        let made = answer.header("x-correlation-id").expect("a correlation id").to_owned();
        assert!(uuid::Uuid::parse_str(&made).is_ok(), "{made}");
        assert_eq!(sent_on(&simulator).await, [made.as_str()]);
        seen.push(made);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn failures_carry_it_too() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let mut meeting = samples::meeting("m");
    meeting["salesforceCorrelationId"] = json!("trace me");
    meeting["endTime"] = json!("never");
    let invalid = caller.schedule(&meeting).await.expect(400, "InvalidRequest");
    assert_eq!(invalid.header("x-correlation-id"), Some("trace%20me"));
    let missing = caller.update(&change("n", &json!({"salesforceCorrelationId": "trace me"}))).await;
    assert_eq!(missing.expect(404, "MeetingNotFound").header("x-correlation-id"), Some("trace%20me"));
    // Very long ones come back as far as a header should be long.
    let long = caller.update(&change("n", &json!({"salesforceCorrelationId": "ü".repeat(5000)}))).await;
    assert_eq!(long.header("x-correlation-id"), Some("%C3%BC".repeat(200).as_str()));
}

#[tokio::test]
async fn who_may_not_call_gets_it_back_all_the_same() {
    let product = Product::start().await;
    let caller = product.contoso().await.with_token("no.real.token");
    let body = change("m", &json!({"salesforceCorrelationId": "trace me"})).to_string();
    let query = format!("{MEETING}?id=m&organizerEmail={ORGANIZER}&salesforceCorrelationId=trace+me");
    let availability = "/api/salesforce/scheduler/availability?salesforceCorrelationId=trace+me";
    for (method, path, body) in [
        (Method::POST, MEETING, body.as_str()),
        (Method::PATCH, MEETING, &body),
        (Method::DELETE, MEETING, &body),
        (Method::DELETE, &query, ""),
        (Method::GET, &query, ""),
        (Method::POST, availability, "[]"),
    ] {
        let answer = caller.send(method.clone(), path, body.to_owned()).await.expect(401, "Unauthorized");
        assert_eq!(answer.header("x-correlation-id"), Some("trace%20me"), "{method} {path}");
    }
}

async fn schedule(caller: &Caller, id: &str, correlation: &Value) -> Answer {
    let meeting = samples::meeting_with(id, &json!({"salesforceCorrelationId": correlation}));
    caller.schedule(&meeting).await.expect(200, "NoError")
}

/// The `client-request-id`s that Graph got.
async fn sent_on(simulator: &Simulator) -> Vec<String> {
    let requests = simulator.requests().await;
    requests.iter().map(|request| request["client_request_id"].as_str().expect("an id").to_owned()).collect()
}

/// Everything but letters, digits and `-_.~` as its bytes in UTF-8.
fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
