//! When people are not available: which entries count, and how their times are told.

use convene_local::{Options, TenantSeed};
use convene_tests::{Product, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
const FROM: &str = "2026-05-04T08:00:00Z";
const TO: &str = "2026-05-04T18:00:00Z";

/// An entry of the organizer on the day in question, from and to a time of the day.
fn entry(from: &str, to: &str, show_as: &str) -> Value {
    let (start, end) = (format!("2026-05-04T{from}:00Z"), format!("2026-05-04T{to}:00Z"));
    json!({"mailbox": ORGANIZER, "start": start, "end": end, "showAs": show_as})
}

/// The organizer's times, as pairs of times of the day.
async fn times(product: &Product) -> Vec<(String, String)> {
    let rows = product.contoso().await.availability(FROM, TO, &json!([{"email": ORGANIZER}])).await.expect_ok();
    assert_eq!(rows[0]["errorCode"], "NoError");
    let slots = rows[0]["unavailableTimeslots"].as_array().expect("slots").clone();
    let time = |slot: &Value, name: &str| slot[name].as_str().expect("a time")[11..16].to_owned();
    slots.iter().map(|slot| (time(slot, "timeMin"), time(slot, "timeMax"))).collect()
}

fn pairs(times: &[(&str, &str)]) -> Vec<(String, String)> {
    times.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

#[tokio::test]
async fn spans_are_clipped_merged_and_in_order() {
    let product = Product::start().await;
    let entries = vec![
        entry("16:00", "17:00", "busy"),
        entry("09:00", "10:00", "busy"),
        entry("10:00", "10:30", "busy"),
        entry("12:00", "14:00", "busy"),
        entry("12:30", "13:00", "oof"),
        entry("13:59", "14:01", "busy"),
        entry("17:30", "23:00", "busy"),
        entry("00:00", "08:15", "busy"),
        entry("07:00", "08:00", "busy"),
        entry("18:00", "19:00", "busy"),
        entry("11:00", "11:00", "busy"),
    ];
    product.simulator().add_events(entries).await;
    let expected = [("08:00", "08:15"), ("09:00", "10:30"), ("12:00", "14:01"), ("16:00", "17:00"), ("17:30", "18:00")];
    assert_eq!(times(&product).await, pairs(&expected));
}

#[tokio::test]
async fn only_what_blocks_counts() {
    let product = Product::start().await;
    let mut entries = vec![
        entry("08:00", "09:00", "free"),
        entry("09:00", "10:00", "workingElsewhere"),
        entry("10:00", "11:00", "tentative"),
        entry("12:00", "13:00", "oof"),
        entry("14:00", "15:00", "busy"),
        entry("16:00", "17:00", "unknown"),
    ];
    let mut private = entry("15:00", "15:30", "busy");
    private["sensitivity"] = json!("private");
    entries.push(private);
    product.simulator().add_events(entries).await;
    let expected = [("10:00", "11:00"), ("12:00", "13:00"), ("14:00", "15:30"), ("16:00", "17:00")];
    assert_eq!(times(&product).await, pairs(&expected));
}

#[tokio::test]
async fn whether_tentative_blocks_is_the_tenants_choice() {
    let mut tenants = TenantSeed::usual();
    tenants[0].tentative_is_busy = false;
    let product = Product::start_with(Options { tenants, ..Options::default() }).await;
    let entries = vec![entry("10:00", "11:00", "tentative"), entry("12:00", "13:00", "busy")];
    product.simulator().add_events(entries).await;
    assert_eq!(times(&product).await, pairs(&[("12:00", "13:00")]));
}

#[tokio::test]
async fn all_day_entries_fill_the_day() {
    let product = Product::start().await;
    let day = |mailbox: &str, show_as: &str| json!({"mailbox": mailbox, "start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z", "isAllDay": true, "showAs": show_as});
    let entries = vec![day(ORGANIZER, "oof"), day("attendee1@contoso.com", "free")];
    product.simulator().add_events(entries).await;
    let caller = product.contoso().await;
    let asked = json!([{"email": ORGANIZER}, {"email": "attendee1@contoso.com"}]);
    let rows = caller.availability("2026-05-03T00:00:00Z", "2026-05-06T00:00:00Z", &asked).await.expect_ok();
    // It is summer in London.
    let slots = json!([{"timeMin": "2026-05-03T23:00:00Z", "timeMax": "2026-05-04T23:00:00Z"}]);
    assert_eq!((&rows[0]["unavailableTimeslots"], &rows[1]["unavailableTimeslots"]), (&slots, &json!([])));
}

#[tokio::test]
async fn windows_may_be_as_short_as_a_second_and_cross_the_pieces_they_are_asked_in() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    // Longer than one piece, and across every border between pieces.
    let long = json!({"mailbox": ORGANIZER, "start": "2026-01-10T00:00:00Z", "end": "2026-12-20T00:00:30Z"});
    let short = json!({"mailbox": ORGANIZER, "start": "2026-12-24T10:00:01Z", "end": "2026-12-24T10:00:02Z"});
    product.simulator().add_events(vec![long, short]).await;
    for (from, to, expected) in [
        ("2026-05-04T09:00:00Z", "2026-05-04T09:00:01Z", &[("2026-05-04T09:00:00Z", "2026-05-04T09:00:01Z")][..]),
        ("2026-12-24T10:00:00Z", "2026-12-24T10:00:01Z", &[]),
        ("2026-12-24T10:00:02Z", "2026-12-24T10:00:03Z", &[]),
        ("2026-12-24T10:00:00Z", "2026-12-24T10:01:00Z", &[("2026-12-24T10:00:01Z", "2026-12-24T10:00:02Z")]),
        (
            "2026-01-01T00:00:00Z",
            "2026-12-31T00:00:00Z",
            &[("2026-01-10T00:00:00Z", "2026-12-20T00:00:30Z"), ("2026-12-24T10:00:01Z", "2026-12-24T10:00:02Z")],
        ),
    ] {
        let rows = caller.availability(from, to, &json!([{"email": ORGANIZER}])).await.expect_ok();
        let slots: Value = expected.iter().map(|(min, max)| json!({"timeMin": min, "timeMax": max})).collect();
        assert_eq!(rows[0]["unavailableTimeslots"], slots, "{from} {to}");
    }
}
