//! A booking whose event has no Teams link says so.

use convene_tests::{
    Answer, Product,
    nylas::{Nylas, booking, configuration, midnight, salt},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ORGANIZER, expect_error};

/// A colleague whose mailbox has no Teams.
const OFFLINE: &str = "offline@contoso.com";

#[track_caller]
fn expect_warning(answer: Answer, expected: bool) -> Value {
    let warning = answer.header("x-convene-warning").map(str::to_owned);
    assert_eq!(warning.as_deref(), expected.then_some("TeamsLinkUnavailable"), "{answer:?}");
    answer.expect_ok()
}

fn bookings(configuration: &str) -> String {
    format!("/v3/scheduling/bookings?configuration_id={configuration}")
}

#[tokio::test]
async fn every_answer_about_a_booking_without_its_link_warns() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mailbox = json!({"directory": "contoso.com", "address": OFFLINE, "teams": false});
    product.simulator().control(Method::POST, "/mailboxes", Some(mailbox)).await;
    let outlook = product.outlook("contoso").await;
    let start = midnight(3);
    // By the tenant's own system, which has no limits.
    let book =
        async |id_of: &str, start| nylas.system(Method::POST, &bookings(id_of), Some(&booking("jane", start))).await;
    for (organizer, lacks) in [(OFFLINE, true), (ORGANIZER, false)] {
        for pending in [false, true] {
            let mut wanted = configuration(&[organizer]);
            wanted["event_booking"]["conferencing"] = json!({"provider": "Microsoft Teams", "autocreate": {}});
            if pending {
                wanted["event_booking"]["booking_type"] = json!("organizer-confirmation");
                wanted["scheduler"]["organizer_confirmation_url"] =
                    json!("https://book.example.com/confirm/:booking_ref");
            }
            let id_of = nylas.configure(&wanted).await;
            let booked = expect_warning(book(&id_of, start).await, lacks);
            expect_warning(book(&id_of, start).await, lacks);
            let id = booked["data"]["booking_id"].as_str().expect("an id");
            let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");
            expect_warning(nylas.system(Method::GET, &path, None).await, lacks);
            let moved = json!({"start_time": start + 3600, "end_time": start + 5400});
            for _ in 0..2 {
                expect_warning(nylas.system(Method::PATCH, &path, Some(&moved)).await, lacks);
            }
            let event = outlook.only_event(organizer).await;
            assert_eq!(event["isOnlineMeeting"], json!(!lacks), "{event}");
            if pending {
                let salt = salt(&event, "/confirm/").expect("the organizer's link");
                let decision = json!({"salt": salt, "status": "confirmed"});
                for _ in 0..2 {
                    expect_warning(nylas.system(Method::PUT, &path, Some(&decision)).await, lacks);
                }
            }
            // What is cancelled needs no link.
            let cancelled = nylas.system(Method::DELETE, &path, None).await;
            assert_eq!(cancelled.header("x-convene-warning"), None);
            cancelled.expect_ok();
            expect_warning(nylas.system(Method::GET, &path, None).await, false);
            expect_error(&nylas.system(Method::PATCH, &path, Some(&moved)).await, 400, "invalid_request_error");
        }
    }
    product.stop().await;
}

#[tokio::test]
async fn without_conferencing_nothing_warns() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id_of = nylas.configure(&configuration(&[ORGANIZER])).await;
    expect_warning(nylas.system(Method::POST, &bookings(&id_of), Some(&booking("jane", midnight(3)))).await, false);
    product.stop().await;
}
