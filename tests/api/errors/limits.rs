//! `InvalidRequest`: one more than a limit is refused, and the limit itself is not.

use convene_tests::{Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_failed, assert_invalid};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn an_id_has_at_most_512_bytes() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for id in ["x".repeat(512), "é".repeat(256), " .#/?&=+% \"'\\<>😀".to_owned()] {
        caller.schedule(&samples::meeting(&id)).await.expect(200, "NoError");
        assert_eq!(caller.get(&id, ORGANIZER).await.expect_ok()["id"], id.trim());
        caller.update(&json!({"id": id, "organizerEmail": ORGANIZER, "subject": "S"})).await.expect(200, "NoError");
        caller.delete(&id, ORGANIZER).await.expect(200, "NoError");
    }
    for id in ["x".repeat(513), "é".repeat(257)] {
        assert_invalid(&caller.schedule(&samples::meeting(&id)).await, ORGANIZER, &["id"]);
        assert_invalid(&caller.update(&json!({"id": id, "organizerEmail": ORGANIZER})).await, ORGANIZER, &["id"]);
        assert_invalid(&caller.delete(&id, ORGANIZER).await, ORGANIZER, &["id"]);
        assert_invalid(&caller.get(&id, ORGANIZER).await, ORGANIZER, &["id"]);
    }
}

#[tokio::test]
async fn a_meeting_has_at_most_500_attendees() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let attendees = |count: usize| -> Value {
        (0..count).map(|n| json!({"email": format!("guest{n}@example.org"), "isRequired": n % 2 == 0})).collect()
    };
    let many = samples::meeting_with("many", &json!({"attendees": attendees(500)}));
    caller.schedule(&many).await.expect(200, "NoError");
    let shown = caller.get("many", ORGANIZER).await.expect_ok();
    assert_eq!(shown["attendees"].as_array().map(Vec::len), Some(500));
    let more = caller.schedule(&samples::meeting_with("more", &json!({"attendees": attendees(501)}))).await;
    assert_invalid(&more, ORGANIZER, &["attendees"]);
    let change = json!({"id": "many", "organizerEmail": ORGANIZER, "attendees": attendees(501)});
    assert_invalid(&caller.update(&change).await, ORGANIZER, &["attendees"]);
}

#[tokio::test]
async fn a_body_has_at_most_a_mebibyte() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let sized = |bytes: usize| {
        let text = samples::meeting_with("large", &json!({"body": ""})).to_string();
        let filler = "x".repeat(bytes - text.len());
        text.replace(r#""body":"""#, &format!(r#""body":"{filler}""#))
    };
    let largest = caller.send(Method::POST, MEETING, sized(1024 * 1024)).await;
    assert_eq!((largest.status, largest.code().as_str()), (200, "NoError"));
    let larger = caller.send(Method::POST, MEETING, sized(1024 * 1024 + 1)).await;
    assert_invalid(&larger, "", &[]);
    let padded = format!("{}{}", samples::meeting("padded"), " ".repeat(1024 * 1024));
    assert_invalid(&caller.send(Method::POST, MEETING, padded).await, "", &[]);
}

#[tokio::test]
async fn availability_takes_at_most_1000_mailboxes() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let (from, to) = ("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z");
    let entries =
        |count: usize| -> Value { (0..count).map(|n| json!({"email": format!("u{n}@contoso.com")})).collect() };
    // The same two people over and over: the limit counts entries.
    let usual: Value = (0..1000).map(|n| json!({"email": format!("attendee{}@contoso.com", n % 2 + 1)})).collect();
    let answer = caller.availability(from, to, &usual).await.expect_ok();
    let rows = answer.as_array().expect("rows");
    assert_eq!(rows.len(), 1000);
    assert!(rows.iter().all(|row| row["errorCode"] == "NoError"));
    product.simulator().clear_journal().await;
    assert_invalid(&caller.availability(from, to, &entries(1001)).await, "", &["body"]);
    assert!(product.simulator().requests().await.is_empty(), "it reached Microsoft");
}

#[tokio::test]
async fn an_availability_window_has_at_most_366_days() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let one = json!([{"email": ORGANIZER}]);
    let longest = caller.availability("2023-12-31T00:00:00Z", "2024-12-31T00:00:00Z", &one).await.expect_ok();
    assert_eq!(longest[0]["errorCode"], "NoError");
    let longer = caller.availability("2023-12-31T00:00:00Z", "2024-12-31T00:00:01Z", &one).await;
    assert_failed(&longer, 400, "InvalidRequest", "");
    assert_invalid(&longer, "", &["to"]);
    let much = caller.availability("2023-12-31T00:00:00Z", "2025-01-01T00:00:00Z", &json!([{"email": "x"}])).await;
    assert_invalid(&much, "", &["to"]);
}
