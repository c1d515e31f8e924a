use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, OTHER, Sim, list, meeting, send, start};

const EVENTS: &str = "/v1.0/users/organizer@contoso.com/events";

fn post(sim: &Sim) -> reqwest::RequestBuilder {
    sim.request(Method::POST, EVENTS).json(&meeting(&[]))
}

#[tokio::test]
async fn a_status_with_a_code_and_a_retry_after() {
    let sim = start().await;
    let effect =
        json!({ "status": 429, "code": "ApplicationThrottled", "message": "Slow down.", "retry_after": 2.128 });
    sim.fault(json!({ "match": { "operation": "create_event", "mailbox": ORGANIZER }, "times": 2, "effect": effect }))
        .await;
    assert_eq!(sim.create(ATTENDEE, &meeting(&[])).await.status, 201);
    for _ in 0..2 {
        let answer = sim.create(ORGANIZER, &meeting(&[])).await;
        assert_eq!(
            (answer.status, answer.code(), answer.header("retry-after")),
            (429, "ApplicationThrottled", "2.128")
        );
        assert_eq!(answer.body["error"]["message"], "Slow down.");
    }
    assert_eq!(sim.create(ORGANIZER, &meeting(&[])).await.status, 201);
    assert_eq!(sim.events(ORGANIZER).await.len(), 1);
    assert_eq!(sim.get("/simulator/faults").await.body[0]["hits"], 2);
}

#[tokio::test]
async fn a_failure_can_come_after_the_work_is_done() {
    let sim = start().await;
    sim.fault(json!({ "match": { "method": "post" }, "skip": 1, "effect": { "status": 504, "when": "after" } })).await;
    assert_eq!(sim.create(ORGANIZER, &meeting(&[])).await.status, 201);
    let answer = sim.create(ORGANIZER, &meeting(&[])).await;
    assert_eq!((answer.status, answer.code(), &answer.body["error"]["message"]), (504, "UnknownError", &json!("")));
    assert_eq!(sim.events(ORGANIZER).await.len(), 2);
}

#[tokio::test]
async fn an_answer_is_dropped_after_or_before_the_commit() {
    let sim = start().await;
    for (drop, count) in [("before_commit", 0), ("after_commit", 1)] {
        sim.fault(json!({ "match": { "path_contains": "/events" }, "effect": { "drop": drop } })).await;
        let lost = post(&sim).send().await;
        assert!(lost.is_err_and(|error| !error.is_timeout() && error.status().is_none()), "{drop}");
        assert_eq!(sim.events(ORGANIZER).await.len(), count, "{drop}");
    }
    let journal = sim.get("/simulator/requests").await.body;
    let dropped: Vec<&Value> = list(&journal).iter().filter(|entry| entry["dropped"] == true).collect();
    assert_eq!(dropped.len(), 2);
    assert!(dropped.iter().all(|entry| entry["status"].is_null()));
}

#[tokio::test]
async fn a_held_request_waits_before_or_after_its_effect() {
    let sim = start().await;
    for (when, count) in [("before", 0), ("after", 1)] {
        let fault = sim
            .fault(json!({ "match": { "operation": "create_event" }, "effect": { "hold": true, "when": when } }))
            .await;
        let held = tokio::spawn(send(post(&sim)));
        sim.until_waiting(fault, 1).await;
        assert_eq!(sim.events(ORGANIZER).await.len(), count, "{when}");
        assert_eq!(sim.post(&format!("/simulator/faults/{fault}/release"), &json!({})).await.body["released"], 1);
        assert_eq!(held.await.expect("an answer").status, 201);
        assert_eq!(sim.events(ORGANIZER).await.len(), 1, "{when}");
        sim.post("/simulator/reset", &json!({ "events": true })).await;
    }
}

#[tokio::test]
async fn work_goes_on_when_the_client_is_gone() {
    let sim = start().await;
    let fault = sim.fault(json!({ "match": { "operation": "create_event" }, "effect": { "hold": true } })).await;
    let gone = post(&sim).timeout(Duration::from_millis(150)).send().await;
    assert!(gone.is_err_and(|error| error.is_timeout()));
    sim.until_waiting(fault, 1).await;
    assert!(sim.events(ORGANIZER).await.is_empty());
    sim.delete("/simulator/faults").await;
    sim.until_events(ORGANIZER, 1).await;

    sim.fault(json!({ "match": { "operation": "create_event" }, "effect": { "delay_ms": 300 } })).await;
    assert!(post(&sim).timeout(Duration::from_millis(100)).send().await.is_err());
    assert_eq!(sim.events(ORGANIZER).await.len(), 1);
    sim.until_events(ORGANIZER, 2).await;
}

#[tokio::test]
async fn an_answered_failure_can_land_later() {
    let sim = start().await;
    sim.fault(json!({ "match": { "operation": "create_event" }, "effect": { "status": 504, "land_after_ms": 200 } }))
        .await;
    assert_eq!(sim.create(ORGANIZER, &meeting(&[])).await.status, 504);
    assert!(sim.events(ORGANIZER).await.is_empty());
    sim.until_events(ORGANIZER, 1).await;
}

#[tokio::test]
async fn a_held_request_can_be_lost_for_good() {
    let sim = start().await;
    let fault = sim.fault(json!({ "match": { "operation": "create_event" }, "effect": { "hold": true } })).await;
    let held = tokio::spawn(post(&sim).send());
    sim.until_waiting(fault, 1).await;
    sim.post(&format!("/simulator/faults/{fault}/release"), &json!({ "discard": true })).await;
    assert!(held.await.expect("a result").is_err());
    assert!(sim.events(ORGANIZER).await.is_empty());
}

#[tokio::test]
async fn tokens_fail_in_their_own_words() {
    let sim = start().await;
    let effect =
        json!({ "status": 400, "code": "invalid_grant", "message": "AADSTS53003: Blocked by conditional access." });
    sim.fault(json!({ "match": { "operation": "token" }, "effect": effect })).await;
    let form = [("grant_type", "client_credentials")];
    let answer = sim.token_call(crate::common::CONTOSO, &form).await;
    assert_eq!((answer.status, &answer.body["error_codes"]), (400, &json!([53003])));
    assert_eq!(answer.body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_body_can_be_anything() {
    let sim = start().await;
    sim.fault(json!({ "effect": { "status": 502, "body": "<html>Bad gateway</html>" } })).await;
    let answer = sim.get(EVENTS).await;
    assert_eq!((answer.status, answer.body), (502, json!("<html>Bad gateway</html>")));
}

#[tokio::test]
async fn rules_with_unknown_words_are_refused() {
    let sim = start().await;
    for rule in [json!({ "effect": { "state": 500 } }), json!({ "match": { "verb": "GET" }, "effect": {} }), json!({})]
    {
        assert_eq!(sim.post("/simulator/faults", &rule).await.status, 400, "{rule}");
    }
    assert_eq!(sim.post("/simulator/faults/9/release", &json!({})).await.status, 404);
    assert_eq!(sim.post("/simulator/switches", &json!({ "unknown": true })).await.status, 400);
    assert_eq!(sim.post("/simulator/switches", &json!({ "duplicate_transaction_error": 500 })).await.status, 400);
}

#[tokio::test]
async fn the_fifth_call_in_flight_is_throttled() {
    let sim = start().await;
    let rule = json!({ "match": { "operation": "get_schedule" }, "times": 0, "effect": { "hold": true } });
    let fault = sim.fault(rule).await;
    let path = format!("/v1.0/users/{ORGANIZER}/calendar/getSchedule");
    let body = json!({ "schedules": [OTHER], "startTime": crate::common::time("2026-03-16T00:00:00"), "endTime": crate::common::time("2026-03-17T00:00:00") });
    let held: Vec<_> = (0..4).map(|_| tokio::spawn(send(sim.request(Method::POST, &path).json(&body)))).collect();
    sim.until_waiting(fault, 4).await;
    let fifth = sim.get(EVENTS).await;
    assert_eq!((fifth.status, fifth.code()), (429, "ApplicationThrottled"));
    assert!(fifth.header("retry-after").contains('.'), "a fraction of a second");
    assert!(fifth.body["error"]["message"].as_str().unwrap_or_default().contains("MailboxConcurrency"));
    assert_eq!(sim.events(ATTENDEE).await.len(), 0, "another mailbox has its own four");
    sim.delete("/simulator/faults").await;
    for answer in held {
        assert_eq!(answer.await.expect("an answer").status, 200);
    }
    let counts = sim.get("/simulator/concurrency").await.body;
    let count = list(&counts).iter().find(|c| c["mailbox"] == ORGANIZER).cloned().unwrap_or_default();
    assert_eq!((&count["in_flight_peak"], &count["in_flight"], &count["refused"]), (&json!(4), &json!(0), &json!(1)));
    assert_eq!(sim.delete("/simulator/concurrency").await.status, 204);
    assert_eq!(sim.get(EVENTS).await.status, 200);

    let free =
        crate::common::start_with(graph_simulator::Options { bound_concurrency: false, ..crate::common::options() })
            .await;
    free.switch(json!({ "latency_ms": 100 })).await;
    let started = Instant::now();
    let calls: Vec<_> = (0..12).map(|_| tokio::spawn(send(free.request(Method::GET, EVENTS)))).collect();
    for call in calls {
        assert_eq!(call.await.expect("an answer").status, 200);
    }
    assert!(started.elapsed() >= Duration::from_millis(100));
}
