//! One answer of Microsoft's is an answer about one request. It is not taken for a lasting fact about a meeting, a copy or a
//! mailbox.

use std::time::Duration;

use convene_tests::{Product, Simulator, samples};
use serde_json::{Value, json};

use crate::errors::{assert_failed, retry_after};

const ORGANIZER: &str = samples::ORGANIZER;

/// The next requests of an operation are answered with an error; nothing is carried out.
async fn deny(simulator: &Simulator, operation: &str, times: u32, status: u16, code: &str) {
    let effect = json!({"status": status, "code": code});
    simulator.fault(json!({"match": {"operation": operation}, "times": times, "effect": effect})).await;
}

/// A product with the meeting `m`.
async fn with_a_meeting() -> Product {
    let product = Product::start().await;
    product.contoso().await.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    product
}

#[tokio::test]
async fn an_event_that_is_denied_once_is_neither_booked_again_nor_left_behind() {
    let product = with_a_meeting().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let event = outlook.only_event(ORGANIZER).await;
    deny(&simulator, "get_event", 1, 404, "ErrorItemNotFound").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_eq!(outlook.only_event(ORGANIZER).await["id"], event["id"]);

    deny(&simulator, "get_event", 1, 404, "ErrorItemNotFound").await;
    let other = samples::meeting_with("m", &json!({"subject": "Other"}));
    caller.schedule(&other).await.expect(409, "MeetingAlreadyExists");

    deny(&simulator, "get_event", 1, 404, "ErrorItemNotFound").await;
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], event["subject"]);

    deny(&simulator, "update_event", 1, 404, "ErrorItemNotFound").await;
    let change = json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "New"});
    caller.update(&change).await.expect(200, "NoError");
    assert_eq!(outlook.only_event(ORGANIZER).await["subject"], "New");

    deny(&simulator, "delete_event", 1, 404, "ErrorItemNotFound").await;
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(outlook.events(ORGANIZER).await.is_empty());
}

#[tokio::test]
async fn an_event_that_is_denied_again_while_the_index_shows_it_is_asked_for_later() {
    let product = with_a_meeting().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    deny(&simulator, "get_event", 0, 404, "ErrorItemNotFound").await;
    retry_after(&caller.schedule(&samples::meeting("m")).await.expect(409, "RequestInProgress"));
    retry_after(&caller.get("m", ORGANIZER).await.expect(409, "RequestInProgress"));
    simulator.clear_faults().await;
    outlook.only_event(ORGANIZER).await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
}

#[tokio::test]
async fn a_refusal_to_delete_is_checked_before_the_event_counts_as_gone() {
    let product = with_a_meeting().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    deny(&simulator, "delete_event", 1, 403, "ErrorCannotDeleteObject").await;
    assert_failed(&caller.delete("m", ORGANIZER).await, 403, "ErrorAccessDenied", ORGANIZER);
    outlook.only_event(ORGANIZER).await;
    // The meeting is as it was.
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(outlook.events(ORGANIZER).await.is_empty());

    // Of an event that is gone the same refusal is a success.
    caller.schedule(&samples::meeting("n")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    outlook.delete(ORGANIZER, &event).await;
    deny(&simulator, "delete_event", 1, 403, "ErrorCannotDeleteObject").await;
    caller.delete("n", ORGANIZER).await.expect(200, "NoError");
}

/// While a request to create may still be carried out, whatever else is refused, the caller is asked to repeat.
async fn refused_while_open(operation: &str, status: u16, code: &str) {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let lands_late = json!({"status": 503, "land_after_ms": 1500});
    simulator.fault(json!({"match": {"operation": "create_event"}, "times": 1, "effect": lands_late})).await;
    let refusal: Value = json!({"status": status, "code": code});
    simulator.fault(json!({"match": {"operation": operation}, "times": 1, "effect": refusal})).await;
    assert_failed(&caller.schedule(&samples::meeting("m")).await, 504, "ErrorTimeoutExpired", ORGANIZER);
    for _ in 0..100 {
        if !outlook.events(ORGANIZER).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    outlook.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn a_look_up_that_is_refused_while_a_create_is_open_asks_for_a_repeat() {
    refused_while_open("list_events", 403, "ErrorAccessDenied").await;
}

#[tokio::test]
async fn a_second_create_that_is_refused_while_the_first_is_open_asks_for_a_repeat() {
    refused_while_open("create_event", 404, "ErrorInvalidUser").await;
}

#[tokio::test]
async fn a_404_without_a_code_is_a_failure_of_the_service() {
    let product = with_a_meeting().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    for operation in ["create_event", "get_event", "update_event", "delete_event", "get_schedule"] {
        let page = json!({"status": 404, "body": "<html>not here</html>"});
        simulator.fault(json!({"match": {"operation": operation}, "times": 0, "effect": page})).await;
    }
    let created = caller.schedule(&samples::meeting("new")).await;
    assert!([503, 504].contains(&created.status), "{created:?}");
    retry_after(&caller.get("m", ORGANIZER).await.expect(503, "ErrorServerBusy"));
    let change = json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "New"});
    retry_after(&caller.update(&change).await.expect(503, "ErrorServerBusy"));
    let rows =
        caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &json!([{"email": ORGANIZER}])).await;
    assert_eq!(rows.expect_ok()[0]["errorCode"], "ErrorServerBusy");
    retry_after(&caller.delete("m", ORGANIZER).await.expect(503, "ErrorServerBusy"));
    simulator.clear_faults().await;
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(outlook.events(ORGANIZER).await.is_empty());
    // The id is not stuck.
    caller.schedule(&samples::meeting("new")).await.expect(200, "NoError");
    outlook.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn an_id_is_taken_where_the_calendar_of_its_organizer_cannot_be_asked() {
    let product = with_a_meeting().await;
    let (caller, simulator) = (product.contoso().await, product.simulator());
    simulator.hide_mailbox(ORGANIZER).await;
    let other = samples::meeting_with("m", &json!({"organizerEmail": "attendee1@contoso.com", "attendees": []}));
    let taken = caller.schedule(&other).await;
    assert_failed(&taken, 409, "MeetingAlreadyExists", "attendee1@contoso.com");
}

#[tokio::test]
async fn an_id_that_is_being_deleted_is_taken_where_the_calendar_of_its_organizer_cannot_be_asked() {
    let product = with_a_meeting().await;
    let (caller, simulator) = (product.contoso().await, product.simulator());
    let lost = json!({"match": {"operation": "delete_event"}, "times": 0, "effect": {"drop": "before_commit"}});
    simulator.fault(lost).await;
    caller.delete("m", ORGANIZER).await.expect(504, "ErrorTimeoutExpired");
    simulator.clear_faults().await;
    simulator.hide_mailbox(ORGANIZER).await;
    let other = samples::meeting_with("m", &json!({"organizerEmail": "attendee1@contoso.com", "attendees": []}));
    assert_failed(&caller.schedule(&other).await, 409, "MeetingAlreadyExists", "attendee1@contoso.com");
    simulator.clear_faults().await;
    caller.schedule(&other).await.expect(200, "NoError");
}
