//! Bookings that the organizer has to confirm.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_tests::{
    Operator, Product, events,
    nylas::{Nylas, booking, configuration, midnight, salt},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ORGANIZER, OTHERS, expect_error};

fn needs_confirmation() -> Value {
    let mut configuration = configuration(&[ORGANIZER, OTHERS[0]]);
    configuration["event_booking"]["booking_type"] = json!("organizer-confirmation");
    let scheduler = &mut configuration["scheduler"];
    scheduler["organizer_confirmation_url"] = json!("https://book.example.com/confirm/:booking_ref");
    scheduler["rescheduling_url"] = json!("https://book.example.com/move/:booking_ref");
    scheduler["cancellation_url"] = json!("https://book.example.com/cancel/:booking_ref");
    configuration
}

#[tokio::test]
async fn only_the_organizer_confirms() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let id_of = nylas.configure(&needs_confirmation()).await;
    let start = midnight(3);
    let pending = nylas.book(&id_of, &booking("jane", start)).await.expect_ok();
    assert_eq!(pending["data"]["status"], "pending");
    let id = pending["data"]["booking_id"].as_str().expect("an id").to_owned();
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!((&event["showAs"], &event["attendees"]), (&json!("tentative"), &json!([])));
    assert!(outlook.events(OTHERS[0]).await.is_empty());
    let organizers = salt(&event, "/confirm/").expect("the organizer's link");
    assert!(salt(&event, "/cancel/").is_none(), "{event}");
    let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");

    // What a guest can know.
    let reference = pending["data"]["booking_ref"].as_str().expect("a reference");
    let guests = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(reference).expect("base64")[32..]);
    let settings = format!("/v3/scheduling/ui-settings?configuration_id={id_of}&booking_id={id}");
    let settings = nylas.guest(Method::GET, &settings, None).await.expect_ok();
    assert_eq!(settings["data"]["booking"]["booking_ref_salt"], json!(guests));
    assert!(!settings.to_string().contains(&organizers) && !settings.to_string().contains("/confirm/"), "{settings}");
    for salt in [guests.as_str(), "", "x"] {
        let decision = json!({"salt": salt, "status": "confirmed"});
        for answer in [
            nylas.guest(Method::PUT, &path, Some(&decision)).await,
            nylas.system(Method::PUT, &path, Some(&decision)).await,
        ] {
            expect_error(&answer, 404, "not_found_error");
        }
    }
    assert_eq!(outlook.only_event(ORGANIZER).await["showAs"], "tentative");

    let decision = json!({"salt": organizers, "status": "confirmed"});
    for _ in 0..2 {
        let confirmed = nylas.guest(Method::PUT, &path, Some(&decision)).await.expect_ok();
        assert_eq!(confirmed["data"]["status"], "booked");
    }
    // The tenant's own system need not name the configuration.
    let bare = format!("/v3/scheduling/bookings/{id}");
    assert_eq!(nylas.system(Method::PUT, &bare, Some(&decision)).await.expect_ok()["data"]["status"], "booked");
    expect_error(&nylas.guest(Method::PUT, &bare, Some(&decision)).await, 400, "invalid_request_error");
    for person in [ORGANIZER, OTHERS[0]] {
        let event = outlook.only_event(person).await;
        let text = event.to_string();
        assert!(!text.contains(&organizers) && !text.contains("/confirm/"), "{person}: {text}");
        assert_eq!(salt(&event, "/cancel/").as_deref(), Some(guests.as_str()), "{person}");
    }
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!((&event["showAs"], event["attendees"].as_array().map(Vec::len)), (&json!("busy"), Some(2)));
    product.stop().await;
}

/// Those who are invited have mailboxes here, so that each copy can be read after each step.
#[tokio::test]
async fn no_copy_that_is_delivered_has_the_organizers_link() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let id_of = nylas.configure(&needs_confirmation()).await;
    let start = midnight(3);
    let mut request = booking("jane", start);
    request["guest"]["email"] = json!(OTHERS[1]);
    request["additional_guests"] = json!([{"name": "Joe", "email": "attendee3@contoso.com"}]);
    let pending = nylas.book(&id_of, &request).await.expect_ok();
    let id = pending["data"]["booking_id"].as_str().expect("an id");
    let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");
    let organizers = salt(&outlook.only_event(ORGANIZER).await, "/confirm/").expect("the organizer's link");
    let invited = [OTHERS[0], OTHERS[1], "attendee3@contoso.com"];
    let expect_copies = async |count: usize| {
        for person in invited {
            let copies = outlook.events(person).await;
            assert_eq!(copies.len(), count, "{person}");
            let text = json!(copies).to_string();
            assert!(!text.contains(&organizers) && !text.contains("/confirm/"), "{person}: {text}");
        }
    };
    let move_by = async |hours: i64| {
        let target = json!({"start_time": start + hours * 3600, "end_time": start + hours * 3600 + 1800});
        nylas.guest(Method::PATCH, &path, Some(&target)).await.expect_ok();
    };
    expect_copies(0).await;
    move_by(1).await;
    expect_copies(0).await;
    assert!(product.simulator().mails().await.is_empty(), "nobody is invited yet");
    let decision = json!({"salt": organizers, "status": "confirmed"});
    nylas.guest(Method::PUT, &path, Some(&decision)).await.expect_ok();
    expect_copies(1).await;
    move_by(2).await;
    expect_copies(1).await;
    let event = outlook.only_event(ORGANIZER).await.to_string();
    assert!(!event.contains(&organizers) && !event.contains("/confirm/"), "{event}");
    nylas.guest(Method::DELETE, &path, Some(&json!({"cancellation_reason": "I am ill"}))).await.expect_ok();
    assert!(outlook.events(ORGANIZER).await.is_empty());
    let mut mails = product.simulator().mails().await;
    mails.sort_unstable();
    let kinds = ["cancellation", "invitation", "update"];
    let expected = kinds.iter().flat_map(|kind| invited.map(|to| ((*kind).to_owned(), to.to_owned())));
    assert_eq!(mails, expected.collect::<Vec<_>>());
    product.stop().await;
}

/// Also when the key, from which the link's salt was derived, is gone.
#[tokio::test]
async fn a_pending_booking_that_moves_keeps_its_organizers_link() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let id_of = nylas.configure(&needs_confirmation()).await;
    let start = midnight(3);
    let first = nylas.book(&id_of, &booking("jane", start)).await.expect_ok();
    let path = |answer: &Value| {
        let id = answer["data"]["booking_id"].as_str().expect("an id");
        format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}")
    };
    let target = |hours: i64| json!({"start_time": start + hours * 3600, "end_time": start + hours * 3600 + 1800});
    let expect_link = async || {
        let event = outlook.only_event(ORGANIZER).await;
        assert!(salt(&event, "/confirm/").is_some() && salt(&event, "/cancel/").is_none(), "{event}");
    };
    let moved = nylas.guest(Method::PATCH, &path(&first), Some(&target(1))).await.expect_ok();
    assert_eq!(moved["data"]["status"], "pending");
    expect_link().await;

    let mut keys = product.secret("contoso", "keys").await;
    keys["signing"][0]["key"] = json!("bmV2ZXIgdXNlZCBiZWZvcmUsIDMyIGJ5dGVzIGxvbmc=");
    product.put_secret("contoso", "keys", &keys).await;
    let mut event = events::sample("reschedule-booking");
    event["pathParameters"]["booking_id"] = first["data"]["booking_id"].clone();
    event["rawQueryString"] = json!(format!("configuration_id={id_of}"));
    event["queryStringParameters"]["configuration_id"] = json!(id_of);
    event["body"] = json!(target(2).to_string());
    let moved = Operator::of(&product).call("reschedule-booking", &event).await.expect_ok();
    assert_eq!(moved["data"]["status"], "pending");
    expect_link().await;
    let salt = salt(&outlook.only_event(ORGANIZER).await, "/confirm/").expect("the organizer's link");
    let decision = json!({"salt": salt, "status": "confirmed"});
    let confirmed = nylas.guest(Method::PUT, &path(&first), Some(&decision)).await.expect_ok();
    assert_eq!(confirmed["data"]["status"], "booked");
    product.stop().await;
}

#[tokio::test]
async fn the_organizer_rejects() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let id_of = nylas.configure(&needs_confirmation()).await;
    let pending = nylas.book(&id_of, &booking("jane", midnight(3))).await.expect_ok();
    let id = pending["data"]["booking_id"].as_str().expect("an id");
    let salt = salt(&outlook.only_event(ORGANIZER).await, "/confirm/").expect("the organizer's link");
    let path = format!("/v3/scheduling/bookings/{id}?configuration_id={id_of}");
    let decision = json!({"salt": salt, "status": "cancelled", "cancellation_reason": "I am away"});
    let rejected = nylas.guest(Method::PUT, &path, Some(&decision)).await.expect_ok();
    assert_eq!(rejected["data"]["status"], "cancelled");
    assert!(outlook.events(ORGANIZER).await.is_empty());
    let confirm = json!({"salt": salt, "status": "confirmed"});
    expect_error(&nylas.guest(Method::PUT, &path, Some(&confirm)).await, 400, "invalid_request_error");
    product.stop().await;
}
