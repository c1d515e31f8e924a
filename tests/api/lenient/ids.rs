//! Ids: white space at their ends, and a `+` in a query string that is not percent-encoded.

use convene_tests::{Answer, Caller, MEETING, POSTBACK, Product, lightning, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::assert_message;

const ORGANIZER: &str = samples::ORGANIZER;

/// Sends a query string as it is, and a body.
async fn send(caller: &Caller, method: Method, path: &str, id: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    caller.send(method, &format!("{path}?id={id}&organizerEmail={ORGANIZER}"), body).await
}

async fn get(caller: &Caller, id: &str) -> Answer {
    send(caller, Method::GET, MEETING, id, &Value::Null).await
}

async fn delete(caller: &Caller, id: &str) -> Answer {
    send(caller, Method::DELETE, MEETING, id, &Value::Null).await
}

/// The code of the one row that a DELETE of an appointment returns.
async fn delete_appointment(caller: &Caller, id: &str) -> String {
    let rows = lightning::rows(&send(caller, Method::DELETE, POSTBACK, id, &Value::Null).await);
    assert_eq!(rows.len(), 1);
    rows[0].1.clone()
}

async fn schedule(caller: &Caller, ids: &[&str]) {
    for id in ids {
        caller.schedule(&samples::meeting_with(id, &json!({"subject": id}))).await.expect(200, "NoError");
    }
}

async fn appoint(caller: &Caller, ids: &[&str]) {
    for id in ids {
        let mut appointment = lightning::appointment(id, &[]);
        appointment["subject"] = json!(id);
        caller.create_appointments(&appointment).await.expect_ok();
    }
}

/// The subjects in the organizer's calendar, which are the ids.
async fn subjects(product: &Product) -> Vec<String> {
    let events = product.outlook("contoso").await.events(ORGANIZER).await;
    let mut subjects: Vec<_> = events.iter().map(|event| event["subject"].as_str().expect("text").to_owned()).collect();
    subjects.sort_unstable();
    subjects
}

#[tokio::test]
async fn white_space_at_its_ends_does_not_make_another_meeting() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    schedule(&caller, &["m"]).await;
    for id in [" m", "m ", "\tm\r\n", "\u{a0}m"] {
        caller.schedule(&samples::meeting_with(id, &json!({"subject": "m"}))).await.expect(200, "NoError");
        assert_eq!(caller.get(id, ORGANIZER).await.expect_ok()["id"], "m", "{id:?}");
        caller.update(&json!({"id": id, "organizerEmail": ORGANIZER})).await.expect(200, "NoError");
    }
    assert_eq!(subjects(&product).await, ["m"]);
    // In the query string and in the body.
    let body = json!({"id": " m", "organizerEmail": ORGANIZER});
    send(&caller, Method::DELETE, MEETING, "m%20", &body).await.expect(200, "NoError");
    assert!(subjects(&product).await.is_empty());
    assert_message(&caller.schedule(&samples::meeting(" \t")).await, "id", "must not be blank");
    assert_message(&caller.delete(&"x".repeat(513), ORGANIZER).await, "id", "must have at most 512 bytes");
}

#[tokio::test]
async fn nor_another_appointment() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    appoint(&caller, &["a"]).await;
    let mut appointment = lightning::appointment(" a ", &[]);
    appointment["subject"] = json!("a");
    caller.create_appointments(&appointment).await.expect_ok();
    assert_eq!(subjects(&product).await, ["a"]);
    appointment["subject"] = json!("changed");
    let rows = caller.update_appointments(&appointment).await;
    assert_eq!(lightning::rows(&rows)[0].1, "NoError");
    assert_eq!(subjects(&product).await, ["changed"]);
    assert_eq!(delete_appointment(&caller, "%09a+").await, "NoError");
    assert!(subjects(&product).await.is_empty());
}

#[tokio::test]
async fn a_plus_is_read_as_sent_and_as_meant() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    schedule(&caller, &["a+b", "c d", "e+f", "e f", "g +h"]).await;
    for (query, id) in [
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("c+d", "c d"),
        ("c%20d", "c d"),
        // Both are there: what was sent, counts.
        ("e+f", "e f"),
        ("e%2Bf", "e+f"),
        ("g%20+h", "g +h"),
        // A `+` at the end is a blank at first, which does not make another id.
        ("a%2Bb+", "a+b"),
    ] {
        assert_eq!(get(&caller, query).await.expect_ok()["id"], id, "{query}");
    }
    for query in ["c%2Bd", "a%20b", "x+y", "g++h"] {
        get(&caller, query).await.expect(404, "MeetingNotFound");
        delete(&caller, query).await.expect(404, "MeetingNotFound");
    }
    for query in ["a+b", "c+d", "e+f"] {
        delete(&caller, query).await.expect(200, "NoError");
    }
    assert_eq!(subjects(&product).await, ["e+f", "g +h"]);
    // What was deleted is deleted under either reading.
    for query in ["a+b", "c+d", "a%2Bb", "c%20d"] {
        delete(&caller, query).await.expect(200, "NoError");
        get(&caller, query).await.expect(404, "MeetingNotFound");
    }
}

#[tokio::test]
async fn a_deleted_meeting_never_lets_another_one_be_deleted() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    schedule(&caller, &["a b", "a+b"]).await;
    for _ in 0..3 {
        // As forms encode the id of the first one: a repeat finds its tombstone.
        delete(&caller, "a+b").await.expect(200, "NoError");
        assert_eq!(subjects(&product).await, ["a+b"]);
    }
    // A read does not find the first one any more.
    assert_eq!(get(&caller, "a+b").await.expect_ok()["id"], "a+b");
    delete(&caller, "a%2Bb").await.expect(200, "NoError");
    assert!(subjects(&product).await.is_empty());
}

#[tokio::test]
async fn appointments_are_deleted_by_the_same_rule() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    appoint(&caller, &["a+b", "c d", "e+f", "e f"]).await;
    for _ in 0..2 {
        for query in ["a+b", "c+d", "e+f"] {
            assert_eq!(delete_appointment(&caller, query).await, "NoError", "{query}");
        }
        assert_eq!(subjects(&product).await, ["e+f"]);
    }
    for query in ["x+y", "c%2Bd", "a%20b"] {
        assert_eq!(delete_appointment(&caller, query).await, "MeetingNotFound", "{query}");
    }
}

#[tokio::test]
async fn a_body_decides_which_reading_is_meant() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    schedule(&caller, &["a+b", "a b", "c+d"]).await;
    appoint(&caller, &["a+b", "a b"]).await;
    let body = |id: &str| json!({"id": id});
    for path in [MEETING, POSTBACK] {
        let refused = send(&caller, Method::DELETE, path, "a+b", &body("ab")).await;
        assert_message(&refused, "id", "must be the same in the query string and in the body");
        send(&caller, Method::DELETE, path, "a+b", &body("a+b")).await;
    }
    assert_eq!(subjects(&product).await, ["a b", "a b", "c+d"]);
    // The body has only one reading.
    send(&caller, Method::DELETE, MEETING, "c+d", &body("c d")).await.expect(404, "MeetingNotFound");
    assert_eq!(subjects(&product).await, ["a b", "a b", "c+d"]);
}
