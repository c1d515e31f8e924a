//! An organizer makes a series of a meeting in Outlook. What was booked is the series from then on.

use convene_tests::{Outlook, Product, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
const GUEST: &str = "attendee1@contoso.com";

fn weekly(count: u32) -> Value {
    json!({"recurrence": {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "numbered", "numberOfOccurrences": count, "startDate": "2026-03-16", "recurrenceTimeZone": "GMT Standard Time"},
    }})
}

/// A meeting on three Mondays, before and after clocks are changed in London.
async fn on_three_mondays() -> (Product, Outlook) {
    let product = Product::start().await;
    let times = json!({"startTime": "2026-03-16T09:00:00Z", "endTime": "2026-03-16T10:00:00Z"});
    product.contoso().await.schedule(&samples::meeting_with("m", &times)).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    outlook.change(ORGANIZER, &outlook.only_event(ORGANIZER).await, &weekly(3)).await;
    assert_eq!(outlook.only_event(ORGANIZER).await["type"], "seriesMaster");
    (product, outlook)
}

fn change(fields: &Value) -> Value {
    let mut change = json!({"id": "m", "organizerEmail": ORGANIZER});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    change
}

async fn busy(product: &Product, email: &str) -> Value {
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let rows = product.contoso().await.availability(from, to, &json!([{"email": email}])).await.expect_ok();
    rows[0]["unavailableTimeslots"].clone()
}

fn slots(starts_and_ends: &[(&str, &str)]) -> Value {
    starts_and_ends.iter().map(|(min, max)| json!({"timeMin": min, "timeMax": max})).collect()
}

#[tokio::test]
async fn it_is_read_as_its_first_meeting_and_busy_at_each() {
    let (product, _) = on_three_mondays().await;
    let shown = product.contoso().await.get("m", ORGANIZER).await.expect_ok();
    let times = (&shown["startTime"], &shown["endTime"]);
    assert_eq!(times, (&json!("2026-03-16T09:00:00Z"), &json!("2026-03-16T10:00:00Z")));
    let mondays = slots(&[
        ("2026-03-16T09:00:00Z", "2026-03-16T10:00:00Z"),
        ("2026-03-23T09:00:00Z", "2026-03-23T10:00:00Z"),
        // Still at nine in London.
        ("2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z"),
    ]);
    for person in [ORGANIZER, GUEST] {
        assert_eq!(busy(&product, person).await, mondays, "{person}");
    }
}

#[tokio::test]
async fn it_is_changed_as_a_whole_and_stays_a_series() {
    let (product, outlook) = on_three_mondays().await;
    let caller = product.contoso().await;
    caller.update(&change(&json!({"subject": "New", "body": "New"}))).await.expect(200, "NoError");
    caller.update(&change(&json!({"startTime": "2026-03-16T08:30:00Z"}))).await.expect(200, "NoError");
    for person in [ORGANIZER, GUEST] {
        let event = outlook.only_event(person).await;
        assert_eq!((&event["type"], &event["subject"]), (&json!("seriesMaster"), &json!("New")), "{person}");
    }
    let expected = slots(&[
        ("2026-03-16T08:30:00Z", "2026-03-16T10:00:00Z"),
        ("2026-03-23T08:30:00Z", "2026-03-23T10:00:00Z"),
        ("2026-03-30T07:30:00Z", "2026-03-30T09:00:00Z"),
    ]);
    assert_eq!(busy(&product, GUEST).await, expected);
    // What was scheduled is still what was scheduled.
    let times = json!({"startTime": "2026-03-16T09:00:00Z", "endTime": "2026-03-16T10:00:00Z"});
    caller.schedule(&samples::meeting_with("m", &times)).await.expect(200, "NoError");
    assert_eq!(outlook.only_event(ORGANIZER).await["type"], "seriesMaster");
}

#[tokio::test]
async fn deleting_it_deletes_every_meeting() {
    let (product, outlook) = on_three_mondays().await;
    let caller = product.contoso().await;
    for _ in 0..2 {
        caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    }
    for person in [ORGANIZER, GUEST] {
        assert_eq!(busy(&product, person).await, json!([]), "{person}");
        assert!(outlook.events(person).await.is_empty());
    }
    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn a_series_of_whole_days_begins_where_its_mailbox_is() {
    let (product, outlook) = on_three_mondays().await;
    let caller = product.contoso().await;
    let midnight = |day: &str| json!({"dateTime": format!("{day}T00:00:00"), "timeZone": "GMT Standard Time"});
    let all_day =
        json!({"isAllDay": true, "showAs": "busy", "start": midnight("2026-03-23"), "end": midnight("2026-03-24")});
    outlook.change(ORGANIZER, &outlook.only_event(ORGANIZER).await, &all_day).await;
    let expected = slots(&[
        ("2026-03-23T00:00:00Z", "2026-03-24T00:00:00Z"),
        ("2026-03-29T23:00:00Z", "2026-03-30T23:00:00Z"),
        ("2026-04-05T23:00:00Z", "2026-04-06T23:00:00Z"),
    ]);
    assert_eq!(busy(&product, ORGANIZER).await, expected);
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    let times = (&shown["startTime"], &shown["endTime"]);
    assert_eq!(times, (&json!("2026-03-23T00:00:00Z"), &json!("2026-03-24T00:00:00Z")));
}
