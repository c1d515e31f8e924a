//! Lists that anyone may ask for share what they ask Microsoft; nothing else does.

use convene_tests::nylas::{Nylas, booking, configuration, midnight};
use reqwest::Method;
use serde_json::json;

use super::{Fixture, ORGANIZER, OTHERS, UNAVAILABLE, expect_error};

const HOUR: i64 = 3600;

impl Fixture {
    /// Nothing counts that was asked before.
    async fn unasked() -> Self {
        let fixture = Self::start().await;
        fixture.asked().await;
        fixture
    }

    /// What Graph was asked since this was last called, but for tokens.
    async fn asked(&self) -> Vec<String> {
        let journal = self.product.simulator().journal().await;
        self.product.simulator().clear_journal().await;
        let operations = journal.iter().map(|request| request["operation"].as_str().expect("an operation").to_owned());
        operations.filter(|operation| operation != "token").collect()
    }

    /// The starts of the times that somebody is offered.
    async fn list(&self, bearer: Option<&str>, configuration: &str, (start, end): (i64, i64)) -> Vec<i64> {
        let path =
            format!("/v3/scheduling/availability?configuration_id={configuration}&start_time={start}&end_time={end}");
        let listed = self.nylas.send(Method::GET, &path, bearer, None).await.expect_ok();
        let slots = listed["data"]["time_slots"].as_array().expect("slots");
        slots.iter().map(|slot| slot["start_time"].as_i64().expect("a time")).collect()
    }

    async fn session(&self) -> String {
        let request = json!({"configuration_id": self.configuration});
        let session = self.nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&request)).await.expect_ok();
        session["data"]["session_id"].as_str().expect("a session").to_owned()
    }

    /// A person puts an hour into the organizer's calendar.
    async fn meet(&self, start: i64) {
        let at = |seconds: i64| {
            let time = chrono::DateTime::from_timestamp(seconds, 0).expect("a time");
            json!({"dateTime": time.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC"})
        };
        let event = json!({"subject": "A meeting", "start": at(start), "end": at(start + HOUR)});
        let outlook = self.product.outlook("contoso").await;
        let created = outlook.request(Method::POST, &format!("/users/{ORGANIZER}/events"), Some(event)).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
}

#[tokio::test]
async fn two_lists_of_a_public_page_ask_microsoft_once() {
    let fixture = Fixture::unasked().await;
    let day = midnight(3);
    let list = async |window| fixture.list(None, &fixture.configuration, window).await;
    assert_eq!(list((day + 9 * HOUR, day + 10 * HOUR)).await.len(), 2);
    assert_eq!(fixture.asked().await, ["get_schedule"]);
    // Another part of the day, and the whole of it.
    for window in [(day + 9 * HOUR, day + 10 * HOUR), (day + 15 * HOUR, day + 16 * HOUR), (day, day + 24 * HOUR)] {
        list(window).await;
        assert_eq!(fixture.asked().await, Vec::<String>::new(), "{window:?}");
    }
    // Another configuration of the same mailbox shares as well; another day, another mailbox and another tenant do not.
    let again = fixture.nylas.configure(&configuration(&[ORGANIZER])).await;
    let both = fixture.nylas.configure(&configuration(&[OTHERS[0], ORGANIZER])).await;
    let other = Nylas::of(&fixture.product, "fabrikam");
    let member = fixture.product.tenant("fabrikam").members[0].email.clone();
    let foreign = other.configure(&configuration(&[&member])).await;
    fixture.asked().await;
    for (configuration, day, asked) in
        [(&again, day, 0), (&again, day + 24 * HOUR, 1), (&both, day, 1), (&foreign, day, 1)]
    {
        fixture.list(None, configuration, (day, day + HOUR)).await;
        assert_eq!(fixture.asked().await.len(), asked, "{configuration} {day}");
    }
    fixture.product.stop().await;
}

#[tokio::test]
async fn whoever_has_a_credential_sees_the_calendar_as_it_is() {
    let fixture = Fixture::unasked().await;
    let start = midnight(3) + 9 * HOUR;
    let window = (start, start + HOUR);
    let (session, key) = (fixture.session().await, fixture.nylas.key.clone());
    let list = async |bearer: Option<&str>| fixture.list(bearer, &fixture.configuration, window).await.len();
    assert_eq!(list(None).await, 2);
    fixture.meet(start).await;
    assert_eq!((list(Some(&key)).await, list(Some(&session)).await), (0, 0));
    fixture.asked().await;
    for bearer in [&key, &session] {
        list(Some(bearer)).await;
        assert_eq!(fixture.asked().await, ["get_schedule"]);
    }
    fixture.product.stop().await;
}

#[tokio::test]
async fn booking_never_relies_on_a_list() {
    let fixture = Fixture::unasked().await;
    let nylas = &fixture.nylas;
    let start = midnight(3) + 9 * HOUR;
    let list = async || fixture.list(None, &fixture.configuration, (start, start + 3 * HOUR)).await;
    assert_eq!(list().await.len(), 6);
    fixture.meet(start).await;
    fixture.asked().await;
    let taken = nylas.book(&fixture.configuration, &booking("jane", start)).await;
    assert!(expect_error(&taken, 400, "invalid_request_error").starts_with(UNAVAILABLE));
    assert_eq!(fixture.asked().await, ["get_schedule"]);
    // A booking is seen at once, without asking Microsoft.
    let booked = nylas.book(&fixture.configuration, &booking("jane", start + HOUR)).await.expect_ok();
    assert_eq!(fixture.asked().await, ["get_schedule", "create_event"]);
    assert!(!list().await.contains(&(start + HOUR)));
    assert_eq!(fixture.asked().await, Vec::<String>::new());
    // So is one that was moved, and its old time is free where the shared calendar did not have it yet.
    let path = format!(
        "/v3/scheduling/bookings/{}?configuration_id={}",
        booked["data"]["booking_id"].as_str().expect("an id"),
        fixture.configuration
    );
    let moved = json!({"start_time": start, "end_time": start + 1800});
    let refused = nylas.guest(Method::PATCH, &path, Some(&moved)).await;
    assert!(expect_error(&refused, 400, "invalid_request_error").starts_with(UNAVAILABLE));
    let moved = json!({"start_time": start + 2 * HOUR, "end_time": start + 2 * HOUR + 1800});
    nylas.guest(Method::PATCH, &path, Some(&moved)).await.expect_ok();
    let listed = list().await;
    assert!(listed.contains(&(start + HOUR)) && !listed.contains(&(start + 2 * HOUR)), "{listed:?}");
    fixture.product.stop().await;
}

#[tokio::test]
async fn a_failure_is_not_shared() {
    let fixture = Fixture::unasked().await;
    let start = midnight(3);
    let effect = json!({"status": 403, "code": "ErrorAccessDenied"});
    fixture.product.simulator().fault(json!({"match": {"operation": "get_schedule"}, "effect": effect})).await;
    let refused = fixture.nylas.availability(&fixture.configuration, start, start + HOUR).await;
    assert_ne!(refused.status, 200, "{refused:?}");
    fixture.product.simulator().clear_faults().await;
    assert_eq!(fixture.list(None, &fixture.configuration, (start, start + HOUR)).await.len(), 2);
    fixture.product.stop().await;
}
