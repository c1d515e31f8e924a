//! What the event of a booking is like: its texts, whom it invites, and where it takes place.

use convene_tests::{nylas::salt, seconds};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    super::{ORGANIZER, OTHERS, expect_error},
    Stage, booking_id, merge, mondays, request,
};

const NINE: &str = "2027-02-01T09:00:00Z";

fn attendees(event: &Value) -> Vec<&str> {
    let attendees = event["attendees"].as_array().expect("attendees");
    attendees.iter().map(|attendee| attendee["emailAddress"]["address"].as_str().expect("an address")).collect()
}

#[track_caller]
fn expect_times(event: &Value, times: [&str; 2]) {
    let body = event["body"]["content"].as_str().expect("a body");
    for time in times {
        assert!(body.contains(time), "{time}: {body}");
    }
}

/// Of this case, the invitation. Its pages and its iCalendar file belong to the pages.
#[tokio::test]
async fn email_and_page_zone() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let mut tuesdays = mondays(&[ORGANIZER], 60, "15:00", "19:00");
    let hours = json!([{"days": [2], "start": "15:00", "end": "19:00", "timezone": "Europe/Paris"}]);
    tuesdays["availability"]["availability_rules"]["default_open_hours"] = hours;
    let needs = json!({"event_booking": {"timezone": "Europe/Paris", "booking_type": "organizer-confirmation"},
                       "scheduler": {"organizer_confirmation_url": "https://book.example.com/confirm/:booking_ref"}});
    merge(&mut tuesdays, &needs);
    let id = stage.nylas.configure(&tuesdays).await;
    let start = seconds("2027-02-02T15:00:00Z");
    // A guest of the same organization, whose copy can be looked at.
    let mut booking = request("jane", start, 60);
    merge(
        &mut booking,
        &json!({"timezone": "America/New_York", "email_language": "de", "guest": {"email": OTHERS[0]}}),
    );
    let booked = booking_id(stage.nylas.book(&id, &booking).await);
    let times = [
        "Tuesday, 2 February 2027, 10:00 to 11:00 (America/New_York, UTC-05:00)",
        "Tuesday, 2 February 2027, 16:00 to 17:00 (Europe/Paris, UTC+01:00)",
    ];
    let pending = stage.outlook.only_event(ORGANIZER).await;
    expect_times(&pending, times);

    let salt = salt(&pending, "/confirm/").expect("the organizer's link");
    let decision = json!({"salt": salt, "status": "confirmed"});
    stage.change(Method::PUT, &id, &booked, Some(&decision)).await.expect_ok();
    for person in [ORGANIZER, OTHERS[0]] {
        let event = stage.outlook.only_event(person).await;
        expect_times(&event, times);
        assert_eq!(event["start"], json!({"dateTime": "2027-02-02T15:00:00.0000000", "timeZone": "UTC"}));
        assert_eq!(event["end"], json!({"dateTime": "2027-02-02T16:00:00.0000000", "timeZone": "UTC"}));
    }

    let later = json!({"start_time": start + 3600, "end_time": start + 7200});
    stage.change(Method::PATCH, &id, &booked, Some(&later)).await.expect_ok();
    let times = [
        "Tuesday, 2 February 2027, 11:00 to 12:00 (America/New_York, UTC-05:00)",
        "Tuesday, 2 February 2027, 17:00 to 18:00 (Europe/Paris, UTC+01:00)",
    ];
    for person in [ORGANIZER, OTHERS[0]] {
        expect_times(&stage.outlook.only_event(person).await, times);
    }

    let reason = json!({"cancellation_reason": "I am ill"});
    stage.change(Method::DELETE, &id, &booked, Some(&reason)).await.expect_ok();
    assert!(stage.outlook.events(ORGANIZER).await.is_empty());
    let canceled = stage.outlook.only_event(OTHERS[0]).await;
    assert_eq!(canceled["isCancelled"], true);
    expect_times(&canceled, times);
    stage.product.stop().await;
}

#[tokio::test]
async fn title_tokens() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let mut titled = mondays(&[ORGANIZER], 45, "9:00", "12:00");
    let title =
        json!({"title": "Call: ${invitee} (${company}) ${duration} ${nope}", "description": "<${invitee_email}>"});
    let fields = json!({"company": {"label": "Company", "type": "text", "required": false}});
    merge(&mut titled, &json!({"event_booking": title, "scheduler": {"additional_fields": fields}}));
    let id = stage.nylas.configure(&titled).await;
    let mut booking = request("j", seconds(NINE), 45);
    let given = json!({"guest": {"name": "J ${invitee_email} <b>x</b>"}, "additional_fields": {"company": "A & B"},
                       "email_language": "ko"});
    merge(&mut booking, &given);
    let booked = stage.nylas.book(&id, &booking).await.expect_ok();
    let subject = "Call: J ${invitee_email} <b>x</b> (A & B) 45 min ${nope}";
    assert_eq!(booked["data"]["title"], subject);
    assert_eq!(booked["data"]["description"], "<j@example.com>");
    let event = stage.outlook.only_event(ORGANIZER).await;
    assert_eq!(event["subject"], subject);
    let body = event["body"]["content"].as_str().expect("a body");
    assert!(body.contains("&lt;j@example.com&gt;") && body.contains("Company: A &amp; B"), "{body}");

    // Characters that cannot be seen, or that turn the direction of the text, never reach a subject.
    let mut booking = request("k", seconds(NINE) + 45 * 60, 45);
    merge(&mut booking, &json!({"guest": {"name": "K\u{7}\r\nBcc: x\u{202e}"}, "additional_fields": {"company": "C"}}));
    let booked = stage.nylas.book(&id, &booking).await.expect_ok();
    let title = booked["data"]["title"].as_str().expect("a title");
    assert!(title.starts_with("Call: K") && title.ends_with(" (C) 45 min ${nope}"), "{title:?}");
    assert!(!title.contains(|c: char| c.is_control() || c == '\u{202e}'), "{title:?}");
    stage.product.stop().await;
}

#[tokio::test]
async fn additional_guests() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let mut open = mondays(&[ORGANIZER], 60, "9:00", "12:00");
    let id = stage.nylas.configure(&open).await;
    open["scheduler"]["hide_additional_guests"] = json!(true);
    let closed = stage.nylas.configure(&open).await;
    let bringing = |hours: i64, guests: Value| {
        let mut booking = request("jane", seconds(NINE) + hours * 3600, 60);
        booking["additional_guests"] = guests;
        booking
    };
    let crowd = |count: u32| (0..count).map(|n| json!({"name": "n", "email": format!("n{n}@example.com")})).collect();
    for (configuration, guests) in [
        (&closed, crowd(1)),
        (&id, crowd(51)),
        (&id, json!([{"name": "x", "email": "x at example.com"}])),
        (&id, json!([{"name": "x"}])),
    ] {
        let answer = stage.nylas.book(configuration, &bringing(0, guests)).await;
        assert!(expect_error(&answer, 400, "invalid_request_error").contains("additional_guests"), "{answer:?}");
    }
    assert!(stage.outlook.events(ORGANIZER).await.is_empty());
    let guests = json!([
        {"name": "x", "email": "JANE@example.com"},
        {"name": ORGANIZER, "email": ORGANIZER},
        {"name": "k", "email": "k@example.com"},
        {"name": "k", "email": "k@example.com"},
    ]);
    booking_id(stage.nylas.book(&id, &bringing(0, guests)).await);
    assert_eq!(attendees(&stage.outlook.only_event(ORGANIZER).await), ["jane@example.com", "k@example.com"]);
    // As many as may come, and an empty list where none may.
    booking_id(stage.nylas.book(&id, &bringing(1, crowd(50))).await);
    booking_id(stage.nylas.book(&closed, &bringing(2, json!([]))).await);
    stage.product.stop().await;
}

#[tokio::test]
async fn a_meeting_is_in_teams_or_at_a_place_and_hides_its_guests() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let book = async |event: Value, hours: i64| {
        let mut configuration = mondays(&[ORGANIZER], 60, "9:00", "12:00");
        merge(&mut configuration, &json!({"event_booking": event}));
        let id = stage.nylas.configure(&configuration).await;
        let booked = stage.nylas.book(&id, &request("jane", seconds(NINE) + hours * 3600, 60)).await.expect_ok();
        let path = format!("/users/{ORGANIZER}/events/{}", booked["data"]["event_id"].as_str().expect("an id"));
        (booked["data"].clone(), stage.outlook.request(Method::GET, &path, None).await.expect_ok())
    };
    for (hours, autocreate) in [(0, json!({})), (1, json!(true))] {
        let teams = json!({"conferencing": {"provider": "Microsoft Teams", "autocreate": autocreate}});
        let (_, event) = book(teams, hours).await;
        assert_eq!((&event["isOnlineMeeting"], &event["hideAttendees"]), (&json!(true), &json!(false)), "{event}");
        let link = event["onlineMeeting"]["joinUrl"].as_str().expect("a link");
        let body = event["body"]["content"].as_str().expect("a body");
        assert!(body.replace("&amp;", "&").contains(link), "{body}");
        assert!(body.contains("Monday, 1 February 2027"), "{body}");
    }
    let (booked, event) =
        book(json!({"location": "Room 3 & 4", "conferencing": {}, "hide_participants": true}), 2).await;
    assert_eq!(booked["location"], "Room 3 & 4");
    assert_eq!(event["location"]["displayName"], "Room 3 & 4");
    assert_eq!((&event["isOnlineMeeting"], &event["hideAttendees"]), (&json!(false), &json!(true)), "{event}");

    for conferencing in [
        json!({"provider": "Zoom Meeting", "autocreate": {}}),
        json!({"provider": "Google Meet", "autocreate": true}),
        json!({"provider": "Microsoft Teams", "details": {"url": "https://example.com"}}),
    ] {
        let mut other = mondays(&[ORGANIZER], 60, "9:00", "12:00");
        other["event_booking"]["conferencing"] = conferencing.clone();
        let message = expect_error(&stage.create(&other).await, 400, "invalid_request_error");
        assert!(message.contains("event_booking.conferencing"), "{conferencing}: {message}");
    }
    stage.product.stop().await;
}
