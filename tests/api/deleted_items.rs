//! Events that were deleted and that Graph still finds by the id that outlives a move: among the deleted items.

use convene_tests::{Outlook, Product, lightning, samples};
use reqwest::Method;
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;

/// A product whose Graph finds what was deleted.
async fn start() -> (Product, Outlook) {
    let product = Product::start().await;
    product.simulator().switch(json!({"deleted_items_reachable": true, "second_delete_refused": true})).await;
    let outlook = product.outlook("contoso").await;
    (product, outlook)
}

#[tokio::test]
async fn a_meeting_that_was_deleted_is_not_changed_where_it_lies() {
    let (product, outlook) = start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    outlook.delete(ORGANIZER, &event).await;
    let path = format!("/users/{ORGANIZER}/events/{}", event["id"].as_str().expect("an id"));
    assert_eq!(outlook.request(Method::GET, &path, None).await.expect_ok()["isCancelled"], true);

    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
    let (start, end) = ("2026-05-04T09:30:00Z", "2026-05-04T09:45:00Z");
    for fields in [
        // Graph carries these out without having been asked for the event before.
        json!({"subject": "New"}),
        json!({"location": "MS Teams"}),
        json!({"startTime": start, "endTime": end}),
        json!({"attendees": []}),
        json!({"body": "New"}),
        json!({"startTime": start}),
    ] {
        let mut change = json!({"id": "m", "organizerEmail": ORGANIZER});
        change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        caller.update(&change).await.expect(404, "MeetingNotFound");
    }
    // The id can be booked again, and what is new is another meeting.
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_ne!(outlook.only_event(ORGANIZER).await["id"], event["id"]);
}

#[tokio::test]
async fn deleting_again_is_a_success() {
    let (product, outlook) = start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    outlook.delete(ORGANIZER, &event).await;
    let path = format!("/users/{ORGANIZER}/events/{}", event["id"].as_str().expect("an id"));
    let again = outlook.request(Method::DELETE, &path, None).await;
    assert_eq!((again.status, again.json()["error"]["code"].clone()), (403, json!("ErrorCannotDeleteObject")));
    for _ in 0..2 {
        caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    }
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    outlook.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn a_copy_that_was_called_off_is_not_changed_where_it_lies() {
    let (product, outlook) = start().await;
    let caller = product.contoso().await;
    // The organizer's copy becomes a meeting of its own, and is called off.
    let mut asked = lightning::appointment("a", &["attendee1@contoso.com"]);
    assert!(rows(&caller.create_appointments(&asked).await).iter().all(|row| row == "NoError"));
    let copy = outlook.only_event(ORGANIZER).await;
    let guest = json!({"attendees": [{"emailAddress": {"address": "attendee4@contoso.com"}, "type": "required"}]});
    outlook.change(ORGANIZER, &copy, &guest).await;
    outlook.delete(ORGANIZER, &copy).await;
    asked["subject"] = json!("New");
    assert_eq!(rows(&caller.update_appointments(&asked).await), ["MeetingNotFound", "NoError"]);
    assert_eq!(outlook.only_event("attendee1@contoso.com").await["subject"], "New");
    assert!(outlook.events(ORGANIZER).await.is_empty());
}

fn rows(answer: &convene_tests::Answer) -> Vec<String> {
    lightning::rows(answer).into_iter().map(|(_, code)| code).collect::<Vec<String>>()
}

#[tokio::test]
async fn without_the_switch_nothing_is_found() {
    let product = Product::start().await;
    let outlook = product.outlook("contoso").await;
    product.contoso().await.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    outlook.delete(ORGANIZER, &event).await;
    let path = format!("/users/{ORGANIZER}/events/{}", event["id"].as_str().expect("an id"));
    for (method, body) in
        [(Method::GET, None), (Method::PATCH, Some(json!({"subject": "New"}))), (Method::DELETE, None)]
    {
        let answer: Value = outlook.request(method, &path, body).await.json();
        assert_eq!(answer["error"]["code"], "ErrorItemNotFound");
    }
}
