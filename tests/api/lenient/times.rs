//! Times: as design documents of callers write them, and precise words for what is refused.

use convene_tests::{AVAILABILITY, Product, lightning, samples};
use reqwest::Method;
use serde_json::json;

use super::assert_message;

const ORGANIZER: &str = samples::ORGANIZER;

/// Start and end, and the same in the form that is returned.
const SPANS: [(&str, &str, &str, &str); 5] = [
    ("2026-05-04T09:00:00.000+0000", "2026-05-04T12:30:00+0230", "2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"),
    ("2026-05-04T11:00:00+02", "2026-05-04T10:00+00", "2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"),
    ("2026-05-04T09:00Z", "2026-05-04T24:00:00Z", "2026-05-04T09:00:00Z", "2026-05-05T00:00:00Z"),
    ("2026-05-04 09:00:00Z", "2026-05-04t10:00:00z", "2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"),
    (" 2026-05-04T09:00:00.1Z", "2026-05-04T09:59:60.9999999999999Z\n", "2026-05-04T09:00:00Z", "2026-05-04T09:59:59Z"),
];

/// A time that is refused, and the words.
const REFUSED: [(&str, &str); 8] = [
    ("2026-05-04T09:00:00", "must have a time zone, such as Z or +02:00"),
    ("2026-05-04 09:00", "must have a time zone, such as Z or +02:00"),
    ("2026-05-04", "must have a time of day, such as T10:00:00Z"),
    ("2026-02-30T09:00:00Z", "must have a date that exists"),
    ("2026-05-04T24:00:01Z", "must have a time of day from 00:00:00 to 24:00:00"),
    ("2026-05-04T09:00:00+25:00", "must have a time zone from -23:59 to +23:59"),
    ("9999-12-31T00:00:00Z", "must be in a year from 1900 to 4500"),
    ("tomorrow at nine", "must be a date and time such as 2020-10-16T10:00:00Z"),
];

#[tokio::test]
async fn meetings_take_every_form() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (n, (start, end, shown_start, shown_end)) in SPANS.into_iter().enumerate() {
        let id = format!("m{n}");
        let times = json!({"startTime": start, "endTime": end});
        caller.schedule(&samples::meeting_with(&id, &times)).await.expect(200, "NoError");
        let shown = caller.get(&id, ORGANIZER).await.expect_ok();
        assert_eq!((&shown["startTime"], &shown["endTime"]), (&json!(shown_start), &json!(shown_end)), "{start} {end}");
        // In another form it is the same content.
        let times = json!({"startTime": shown_start, "endTime": shown_end});
        caller.schedule(&samples::meeting_with(&id, &times)).await.expect(200, "NoError");
    }
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), SPANS.len());
}

#[tokio::test]
async fn so_do_appointments_and_changes() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let mut appointment = lightning::appointment("a", &[]);
    caller.create_appointments(&appointment).await.expect_ok();
    caller
        .schedule(&samples::meeting_with("m", &json!({"organizerEmail": "attendee1@contoso.com", "attendees": []})))
        .await;
    for (start, end, shown_start, shown_end) in SPANS {
        (appointment["startTime"], appointment["endTime"]) = (json!(start), json!(end));
        let rows = caller.update_appointments(&appointment).await;
        assert_eq!(lightning::rows(&rows), [("organizer".to_owned(), "NoError".to_owned())], "{start} {end}");
        let change = json!({"id": "m", "organizerEmail": "attendee1@contoso.com", "startTime": start, "endTime": end});
        caller.update(&change).await.expect(200, "NoError");
        for mailbox in [ORGANIZER, "attendee1@contoso.com"] {
            let event = outlook.only_event(mailbox).await;
            let time = |name: &str| format!("{}Z", &event[name]["dateTime"].as_str().expect("a time")[..19]);
            assert_eq!((time("start").as_str(), time("end").as_str()), (shown_start, shown_end), "{start} {end}");
        }
    }
}

#[tokio::test]
async fn a_window_takes_them_encoded_or_not() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for window in [
        "from=2026-05-04T11:30:00+0200&to=2026-05-04T11:45:00%2B0200",
        "from=2026-05-04T11:30+02&to=2026-05-04T09:45Z",
        "from=2026-05-04+11:30:00+02:00&to=2026-05-04%2009:45:00Z",
        "from=2026-05-04T11:30:00.000%2B0200&to=2026-05-04t09:45:00.000z+",
    ] {
        let path = format!("{AVAILABILITY}?{window}");
        let rows = caller.send(Method::POST, &path, json!([{"email": ORGANIZER}]).to_string()).await.expect_ok();
        let slots = json!([{"timeMin": "2026-05-04T09:30:00Z", "timeMax": "2026-05-04T09:45:00Z"}]);
        assert_eq!(rows[0]["unavailableTimeslots"], slots, "{window}");
    }
}

#[tokio::test]
async fn what_is_refused_is_refused_for_what_is_wrong() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (time, message) in REFUSED {
        let meeting = samples::meeting_with("m", &json!({"startTime": time}));
        assert_message(&caller.schedule(&meeting).await, "startTime", message);
        let change = json!({"id": "m", "organizerEmail": ORGANIZER, "endTime": time});
        assert_message(&caller.update(&change).await, "endTime", message);
        let mut appointment = lightning::appointment("a", &[]);
        appointment["endTime"] = json!(time);
        assert_message(&caller.update_appointments(&appointment).await, "new.endTime", message);
        let window = caller.availability("2026-05-04T09:00:00Z", time, &json!([])).await;
        assert_message(&window, "to", message);
    }
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}
