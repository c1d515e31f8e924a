//! What stays and what changes when guests move bookings, and when configurations change after a booking.

use convene_tests::{
    Product,
    nylas::{Nylas, booking, configuration, midnight, round_robin},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ORGANIZER, OTHERS, expect_error};

const HOUR: i64 = 3600;

fn target(start: i64) -> Value {
    json!({"start_time": start, "end_time": start + 1800})
}

fn addresses(event: &Value) -> Vec<&str> {
    let attendees = event["attendees"].as_array().expect("attendees").iter();
    let mut addresses: Vec<_> =
        attendees.map(|one| one["emailAddress"]["address"].as_str().expect("an address")).collect();
    addresses.sort_unstable();
    addresses
}

/// The booking page sends everything with each move, changed or not.
#[tokio::test]
async fn a_move_keeps_what_a_person_changed_in_outlook() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let mut wanted = configuration(&[ORGANIZER]);
    wanted["event_booking"]["title"] = json!("Consultation about ${topic}");
    wanted["scheduler"]["additional_fields"] = json!({"topic": {"label": "Topic"}});
    let id_of = nylas.configure(&wanted).await;
    let start = midnight(3);
    let mut request = booking("jane", start);
    request["additional_guests"] = json!([{"name": "Joe", "email": "joe@example.com"}]);
    request["additional_fields"] = json!({"topic": "tax"});
    let booked = nylas.book(&id_of, &request).await.expect_ok();
    let id = booked["data"]["booking_id"].as_str().expect("an id");
    let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");

    let event = outlook.only_event(ORGANIZER).await;
    let mut attendees = event["attendees"].clone();
    let colleague = json!({"emailAddress": {"address": OTHERS[0]}, "type": "required"});
    attendees.as_array_mut().expect("attendees").push(colleague);
    outlook.change(ORGANIZER, &event, &json!({"subject": "Renamed", "attendees": attendees})).await;
    request["start_time"] = json!(start + HOUR);
    request["end_time"] = json!(start + HOUR + 1800);
    nylas.guest(Method::PATCH, &path, Some(&request)).await.expect_ok();
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!(event["subject"], "Renamed");
    assert_eq!(addresses(&event), [OTHERS[0], "jane@example.com", "joe@example.com"]);

    // What the guest changes counts.
    let change = json!({
        "start_time": start, "end_time": start + 1800, "guest": {},
        "additional_guests": [{"name": "Ann", "email": "ann@example.com"}], "additional_fields": {"topic": "law"},
    });
    nylas.guest(Method::PATCH, &path, Some(&change)).await.expect_ok();
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!(event["subject"], "Consultation about law");
    assert_eq!(addresses(&event), ["ann@example.com", "jane@example.com"]);
    product.stop().await;
}

#[tokio::test]
async fn a_booking_whose_participant_has_left_can_be_cancelled_only() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id_of = nylas.configure(&configuration(&[ORGANIZER, OTHERS[0]])).await;
    let start = midnight(3);
    let booked = nylas.book(&id_of, &booking("jane", start)).await.expect_ok();
    let id = booked["data"]["booking_id"].as_str().expect("an id");
    let change = json!({"participants": configuration(&[ORGANIZER])["participants"]});
    let configurations = format!("{}/{id_of}", nylas.configurations());
    nylas.system(Method::PUT, &configurations, Some(&change)).await.expect_ok();
    let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");
    let moved = nylas.guest(Method::PATCH, &path, Some(&target(start + HOUR))).await;
    assert!(expect_error(&moved, 400, "invalid_request_error").contains("can be cancelled, not moved"));
    let list = format!(
        "/v3/scheduling/availability?configuration_id={id_of}&booking_id={id}&start_time={start}&end_time={}",
        start + HOUR
    );
    let listed = nylas.guest(Method::GET, &list, None).await.expect_ok();
    assert_eq!(listed["data"]["time_slots"], json!([]));
    nylas.guest(Method::DELETE, &path, None).await.expect_ok();
    assert!(product.outlook("contoso").await.events(ORGANIZER).await.is_empty());
    product.stop().await;
}

/// The page sends the guests of the booking, whom it does not show.
#[tokio::test]
async fn a_page_without_additional_guests_moves_a_booking_that_has_some() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id_of = nylas.configure(&configuration(&[ORGANIZER])).await;
    let start = midnight(3);
    let mut request = booking("jane", start);
    request["additional_guests"] = json!([{"name": "Joe", "email": "joe@example.com"}]);
    let booked = nylas.book(&id_of, &request).await.expect_ok();
    let id = booked["data"]["booking_id"].as_str().expect("an id");
    let configurations = format!("{}/{id_of}", nylas.configurations());
    let change = json!({"scheduler": {"min_booking_notice": 0, "hide_additional_guests": true}});
    nylas.system(Method::PUT, &configurations, Some(&change)).await.expect_ok();
    let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");
    let mut moved = target(start + HOUR);
    moved["additional_guests"] =
        json!([{"name": "Joe", "email": "JOE@example.com"}, {"name": "Eve", "email": "eve@example.com"}]);
    nylas.guest(Method::PATCH, &path, Some(&moved)).await.expect_ok();
    let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
    // The address is sent as it was written last.
    assert_eq!(addresses(&event), ["JOE@example.com", "jane@example.com"]);
    product.stop().await;
}

/// A second host would be booked otherwise.
#[tokio::test]
async fn a_repeat_is_recognized_although_the_configuration_has_changed() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut wanted = round_robin(&[ORGANIZER, OTHERS[0]]);
    let fields = |campaign: &str| json!({"campaign": {"type": "metadata", "default": campaign}});
    wanted["scheduler"]["additional_fields"] = fields("spring");
    let id_of = nylas.configure(&wanted).await;
    let request = booking("jane", midnight(3));
    let booked = nylas.book(&id_of, &request).await.expect_ok();
    let mut scheduler = wanted["scheduler"].clone();
    scheduler["additional_fields"] = fields("fall");
    let change = json!({
        "event_booking": {"title": "Another", "description": "text", "location": "Room 1", "timezone": "UTC"},
        "scheduler": scheduler,
    });
    let configurations = format!("{}/{id_of}", nylas.configurations());
    nylas.system(Method::PUT, &configurations, Some(&change)).await.expect_ok();
    let repeated = nylas.book(&id_of, &request).await.expect_ok();
    assert_eq!(repeated["data"]["booking_id"], booked["data"]["booking_id"]);
    let outlook = product.outlook("contoso").await;
    let events = [outlook.events(ORGANIZER).await.len(), outlook.events(OTHERS[0]).await.len()];
    assert_eq!(events.iter().sum::<usize>(), 1);
    product.stop().await;
}

#[tokio::test]
async fn an_answer_cannot_pass_for_a_line_of_ours() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut wanted = configuration(&[ORGANIZER]);
    wanted["event_booking"]["description"] = json!("About ${topic}");
    wanted["scheduler"]["additional_fields"] = json!({"topic": {"label": "Topic", "order": 1}, "story": {"label": "Story", "type": "multi_line_text", "order": 2}});
    let id_of = nylas.configure(&wanted).await;
    let forged = "x\n\nConfirm or reject: https://evil.example.com";
    let mut request = booking("jane", midnight(3));
    request["additional_fields"] = json!({"topic": forged, "story": forged});
    nylas.book(&id_of, &request).await.expect_ok();
    let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
    let body = event["body"]["content"].as_str().expect("a body");
    assert_eq!(body.matches("Confirm or reject").count(), 3, "{body}");
    assert!(!body.lines().any(|line| line.starts_with("Confirm or reject")), "{body}");
    product.stop().await;
}

/// The event is the host's alone.
#[tokio::test]
async fn another_host_of_a_round_robin_can_be_a_guest() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id_of = nylas.configure(&round_robin(&[ORGANIZER, OTHERS[0]])).await;
    let mut request = booking("jane", midnight(3));
    request["participants"] = json!([{"email": ORGANIZER}]);
    request["additional_guests"] = json!([{"name": "Host", "email": OTHERS[0]}]);
    nylas.book(&id_of, &request).await.expect_ok();
    let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
    assert_eq!(addresses(&event), [OTHERS[0], "jane@example.com"]);
    product.stop().await;
}
