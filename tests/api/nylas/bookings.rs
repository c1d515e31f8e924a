//! Guests list times, book, move and cancel.

use chrono::DateTime;
use convene_tests::{
    Answer, Operator, Product, StoppedClock, events,
    nylas::{Nylas, booking, configuration, midnight, round_robin},
    seconds,
};
use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ORGANIZER, OTHERS, UNAVAILABLE, expect_error};

const HOUR: i64 = 3600;

#[track_caller]
fn id(answer: &Answer) -> String {
    let body = answer.clone().expect_ok();
    body["data"]["booking_id"].as_str().unwrap_or_else(|| panic!("no booking: {body}")).to_owned()
}

fn path(configuration: &str, booking: &str) -> String {
    format!("/v3/scheduling/bookings/{booking}?configuration_id={configuration}")
}

#[track_caller]
fn starts(answer: Answer) -> Vec<i64> {
    let body = answer.expect_ok();
    let slots = body["data"]["time_slots"].as_array().expect("slots");
    slots.iter().map(|slot| slot["start_time"].as_i64().expect("a time")).collect()
}

#[tokio::test]
async fn a_guest_books_moves_and_cancels() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let id_of = nylas.configure(&configuration(&[ORGANIZER])).await;
    let day = midnight(3);
    let listed = nylas.current_availability(&id_of, day, day + 2 * HOUR).await;
    assert!(listed.json()["data"].get("order").is_none());
    assert_eq!(starts(listed), [day, day + 1800, day + HOUR, day + 5400]);

    let booked = nylas.book(&id_of, &booking("jane", day)).await;
    let first = booked.clone().expect_ok();
    assert_eq!(booked.header("x-request-id"), first["request_id"].as_str());
    let data = &first["data"];
    assert_eq!((&data["status"], &data["title"]), (&json!("booked"), &json!("My test event")));
    assert_eq!(data["organizer"], json!({"email": ORGANIZER, "name": "organizer"}));
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!((&event["id"], &event["subject"]), (&data["event_id"], &json!("My test event")));
    assert_eq!(event["attendees"][0]["emailAddress"]["address"], "jane@example.com");
    let guest = booking("jane", day);
    // The same request again is the same booking; another one for the time is refused.
    assert_eq!(id(&nylas.book(&id_of, &guest).await), id(&booked));
    let rival = nylas.book(&id_of, &booking("joe", day)).await;
    assert!(expect_error(&rival, 400, "invalid_request_error").starts_with(UNAVAILABLE));
    assert_eq!(starts(nylas.current_availability(&id_of, day, day + HOUR).await), [day + 1800]);

    let booking_id = id(&booked);
    let moved = json!({"start_time": (day + HOUR).to_string(), "end_time": (day + 5400).to_string(), "guest": {}});
    let moved = nylas.guest(Method::PATCH, &path(&id_of, &booking_id), Some(&moved)).await;
    assert_eq!(id(&moved), booking_id);
    let event = outlook.only_event(ORGANIZER).await;
    assert!(event["start"]["dateTime"].as_str().expect("a time").contains("T01:00:00"), "{event}");
    assert_eq!(starts(nylas.current_availability(&id_of, day, day + 2 * HOUR).await), [day, day + 1800, day + 5400]);

    let read = nylas.guest(Method::GET, &path(&id_of, &booking_id), None).await.expect_ok();
    assert_eq!(read["data"]["status"], "booked");
    let reason = json!({"cancellation_reason": "I am ill"});
    for _ in 0..2 {
        let cancelled = nylas.guest(Method::DELETE, &path(&id_of, &booking_id), Some(&reason)).await.expect_ok();
        assert!(cancelled["request_id"].is_string() && cancelled.get("data").is_none(), "{cancelled}");
    }
    assert!(outlook.events(ORGANIZER).await.is_empty());
    let read = nylas.system(Method::GET, &format!("/v3/scheduling/bookings/{booking_id}"), None).await.expect_ok();
    assert_eq!(read["data"]["status"], "cancelled");
    product.stop().await;
}

#[tokio::test]
async fn of_racing_guests_one_gets_the_time() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let half = nylas.configure(&configuration(&[ORGANIZER])).await;
    let mut hour = configuration(&[ORGANIZER, OTHERS[0]]);
    hour["availability"]["duration_minutes"] = json!(60);
    let hour = nylas.configure(&hour).await;
    for round in 0..5 {
        let start = midnight(4 + round) + 9 * HOUR;
        let mut long = booking("joe", start);
        long["end_time"] = json!(start + HOUR);
        let short = booking("jane", start + 1800);
        let answers = join_all([nylas.book(&half, &short), nylas.book(&hour, &long)]).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 1), "{answers:?}");
        assert!(expect_error(lost[0], 400, "invalid_request_error").starts_with(UNAVAILABLE));
    }
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 5);
    product.stop().await;
}

/// A person makes a meeting while the requests ask who is free.
#[tokio::test]
async fn a_meeting_made_in_outlook_meanwhile_keeps_its_time() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let simulator = product.simulator();
    let configuration = nylas.configure(&configuration(&[ORGANIZER])).await;
    let start = midnight(3) + 9 * HOUR;
    let at = |seconds: i64| {
        let time = DateTime::from_timestamp(seconds, 0).expect("a time").format("%FT%T").to_string();
        json!({"dateTime": time, "timeZone": "UTC"})
    };
    let held = simulator.hold("get_schedule", 0).await;
    let person = async {
        simulator.held(&held, 3).await;
        let meeting = json!({"subject": "Lunch", "start": at(start), "end": at(start + 1800)});
        let path = format!("/users/{ORGANIZER}/events");
        assert_eq!(outlook.request(Method::POST, &path, Some(meeting)).await.status, 201);
        simulator.release(&held).await;
    };
    let (jane, joe, ann) = (booking("jane", start), booking("joe", start + 1800), booking("ann", start + 1800));
    let answers = join_all([&jane, &joe, &ann].map(|wanted| nylas.book(&configuration, wanted)));
    let (answers, ()) = join(answers, person).await;
    let unavailable = |answer| expect_error(answer, 400, "invalid_request_error").starts_with(UNAVAILABLE);
    assert!(unavailable(&answers[0]), "the person was faster");
    let (won, lost): (Vec<_>, Vec<_>) = answers[1..].iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 1), "{answers:?}");
    assert!(unavailable(lost[0]));
    assert_eq!(outlook.events(ORGANIZER).await.len(), 2);
    product.stop().await;
}

#[tokio::test]
async fn a_round_robin_takes_the_first_of_the_order_who_is_free() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let people = [OTHERS[0], OTHERS[1], ORGANIZER];
    let id_of = nylas.configure(&round_robin(&people)).await;
    let start = midnight(3);
    let listed = nylas.current_availability(&id_of, start, start + 1800).await.expect_ok();
    assert_eq!(listed["data"]["order"], json!(people));
    assert_eq!(listed["data"]["time_slots"][0]["emails"], json!(people));
    let hosts = async |guest: &str, participants: Value| {
        let mut request = booking(guest, start);
        request["participants"] = participants;
        nylas.book(&id_of, &request).await
    };
    let host = |answer: Answer| answer.expect_ok()["data"]["organizer"]["email"].as_str().expect("a host").to_owned();
    assert_eq!(host(hosts("a", json!([])).await), people[0]);
    let taken = hosts("b", json!([{"email": people[0]}])).await;
    assert!(expect_error(&taken, 400, "invalid_request_error").starts_with(UNAVAILABLE));
    expect_error(&hosts("c", json!([{"email": people[1]}, {"email": people[2]}])).await, 400, "invalid_request_error");
    expect_error(&hosts("d", json!([{"email": "jane@example.com"}])).await, 400, "invalid_request_error");
    assert_eq!(host(hosts("e", json!([{"email": people[2]}])).await), people[2]);
    assert_eq!(host(hosts("f", Value::Null).await), people[1]);
    let order = nylas.current_availability(&id_of, start, start + 1800).await.expect_ok();
    assert_eq!(
        (&order["data"]["order"], &order["data"]["time_slots"]),
        (&json!([people[0], people[2], people[1]]), &json!([]))
    );
    product.stop().await;
}

#[tokio::test]
async fn a_booking_is_found_only_by_its_own_configuration_and_tenant() {
    let product = Product::start().await;
    let (nylas, other) = (Nylas::of(&product, "contoso"), Nylas::of(&product, "fabrikam"));
    let own = nylas.configure(&configuration(&[ORGANIZER])).await;
    let another = nylas.configure(&configuration(&[ORGANIZER])).await;
    let start = midnight(3);
    let booked = id(&nylas.book(&own, &booking("jane", start)).await);
    let change = json!({"start_time": start + HOUR, "end_time": start + HOUR + 1800});
    for configuration in [another.as_str(), "00000000-0000-4000-8000-000000000000", "AAAA-BBBB-1111-2222"] {
        let path = path(configuration, &booked);
        for (method, body) in [(Method::GET, None), (Method::PATCH, Some(&change)), (Method::DELETE, None)] {
            expect_error(&nylas.guest(method.clone(), &path, body).await, 404, "not_found_error");
            expect_error(&nylas.system(method, &path, body).await, 404, "not_found_error");
        }
    }
    let bare = format!("/v3/scheduling/bookings/{booked}");
    expect_error(&nylas.guest(Method::GET, &bare, None).await, 400, "invalid_request_error");
    for path in [&bare, &path(&own, &booked)] {
        expect_error(&other.system(Method::GET, path, None).await, 404, "not_found_error");
        expect_error(&other.system(Method::DELETE, path, None).await, 404, "not_found_error");
    }
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 1);
    product.stop().await;
}

/// As the configuration that never was.
#[tokio::test]
async fn a_configuration_of_a_disabled_tenant_looks_like_none() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let own = nylas.configure(&configuration(&[ORGANIZER])).await;
    let request = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": "contoso#config"}},
        "UpdateExpression": "SET disabled = :true", "ExpressionAttributeValues": {":true": {"BOOL": true}}});
    product.aws("dynamodb", "DynamoDB_20120810.UpdateItem", &request).await;
    let question = async |configuration: &str| {
        let mut event = events::sample("list-slots");
        let (start, end) = (midnight(3), midnight(4));
        let query = format!("configuration_id={configuration}&start_time={start}&end_time={end}");
        event["rawQueryString"] = json!(query);
        Operator::of(&product).call("list-slots", &event).await
    };
    let messages = join(question(&own), question("00000000-0000-4000-8000-000000000000")).await;
    let message = |answer| expect_error(answer, 404, "not_found_error");
    assert_eq!(message(&messages.0), message(&messages.1));
    product.stop().await;
}

#[tokio::test]
async fn what_was_moved_or_deleted_in_outlook_frees_its_time() {
    let clock = StoppedClock::at("2027-01-31T12:00:00Z");
    let product = Product::start_with(clock.options()).await;
    let nylas = Nylas::of(&product, "contoso");
    let outlook = product.outlook("contoso").await;
    let id_of = nylas.configure(&configuration(&[ORGANIZER])).await;
    let start = seconds("2027-02-03T00:00:00Z");
    let booked = id(&nylas.book(&id_of, &booking("jane", start)).await);
    let read = async || nylas.guest(Method::GET, &path(&id_of, &booked), None).await;
    let event = outlook.only_event(ORGANIZER).await;
    let at = |hour: i64| {
        let time = chrono::DateTime::from_timestamp(start + hour * HOUR, 0).expect("a time");
        json!({"dateTime": time.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC"})
    };
    outlook.change(ORGANIZER, &event, &json!({"start": at(5), "end": at(6)})).await;
    assert_eq!(read().await.expect_ok()["data"]["status"], "booked");
    nylas.book(&id_of, &booking("joe", start)).await.expect_ok();
    let taken = nylas.book(&id_of, &booking("jim", start + 5 * HOUR)).await;
    assert!(expect_error(&taken, 400, "invalid_request_error").starts_with(UNAVAILABLE));

    outlook.delete(ORGANIZER, &event).await;
    // Right after a write the calendar may not show the event.
    clock.advance(3);
    assert_eq!(read().await.expect_ok()["data"]["status"], "cancelled");
    nylas.book(&id_of, &booking("jim", start + 5 * HOUR)).await.expect_ok();
    product.stop().await;
}

#[tokio::test]
async fn a_guest_is_held_to_the_notice_and_the_tenant_is_not() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut late = configuration(&[ORGANIZER]);
    late["scheduler"]["min_cancellation_notice"] = json!(60 * 24 * 30);
    let id_of = nylas.configure(&late).await;
    let start = midnight(3);
    let booked = id(&nylas.book(&id_of, &booking("jane", start)).await);
    let path = path(&id_of, &booked);
    let change = json!({"start_time": start + HOUR, "end_time": start + HOUR + 1800});
    expect_error(&nylas.guest(Method::DELETE, &path, None).await, 400, "invalid_request_error");
    expect_error(&nylas.guest(Method::PATCH, &path, Some(&change)).await, 400, "invalid_request_error");
    nylas.system(Method::PATCH, &path, Some(&change)).await.expect_ok();
    nylas.system(Method::DELETE, &path, None).await.expect_ok();
    product.stop().await;
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_booking() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id_of = nylas.configure(&configuration(&[ORGANIZER])).await;
    let url = format!("{}/v3/scheduling/bookings?configuration_id={id_of}", product.api());
    let book = async |key: &str, body: Value| {
        let request = product.http().post(&url).header("idempotency-key", key).json(&body);
        Answer::read(request.send().await.expect("an answer")).await
    };
    let start = midnight(3);
    let first = book("k", booking("jane", start)).await;
    assert_eq!(first.header("idempotent-response"), None);
    let again = book("k", booking("jane", start)).await;
    assert_eq!((id(&again), again.header("idempotent-response")), (id(&first), Some("true")));
    expect_error(&book("k", booking("jane", start + HOUR)).await, 400, "invalid_request_error");
    expect_error(&book(&"k".repeat(257), booking("jane", start + HOUR)).await, 400, "invalid_request_error");
    product.stop().await;
}
