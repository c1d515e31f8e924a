//! Events that take whole days, which are the days of the mailbox's own zone.

use convene_tests::{Outlook, Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

/// Zones by the names of Windows and of IANA, a day in each, and when it begins and ends. On some of these days clocks are
/// changed.
const DAYS: [(&str, &str, &str, &str, &str); 9] = [
    ("Pacific Standard Time", "2026-05-04", "2026-05-05", "2026-05-04T07:00:00Z", "2026-05-05T07:00:00Z"),
    ("Pacific Standard Time", "2026-03-08", "2026-03-09", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"),
    ("W. Europe Standard Time", "2026-10-25", "2026-10-26", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    ("India Standard Time", "2026-05-04", "2026-05-07", "2026-05-03T18:30:00Z", "2026-05-06T18:30:00Z"),
    ("Pacific/Kiritimati", "2026-05-04", "2026-05-05", "2026-05-03T10:00:00Z", "2026-05-04T10:00:00Z"),
    ("UTC-11", "2026-05-04", "2026-05-05", "2026-05-04T11:00:00Z", "2026-05-05T11:00:00Z"),
    // At midnight it is one o'clock.
    ("America/Santiago", "2026-09-06", "2026-09-07", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
    // It is midnight twice.
    ("America/Havana", "2026-11-01", "2026-11-02", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
    ("UTC", "2026-05-04", "2026-05-05", "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"),
];

fn midnight(day: &str, zone: &str) -> Value {
    json!({"dateTime": format!("{day}T00:00:00"), "timeZone": zone})
}

/// A mailbox of its own in a zone.
async fn mailbox_in(product: &Product, name: &str, zone: &str) -> String {
    let address = format!("{name}@contoso.com");
    let mailbox = json!({"directory": "contoso.com", "address": address, "time_zone": zone});
    product.simulator().control(Method::POST, "/mailboxes", Some(mailbox)).await;
    address
}

/// Schedules a meeting and makes it take whole days in Outlook, which writes times in this zone.
async fn whole_days(product: &Product, organizer: &str, zone: &str, first: &str, end: &str) -> Outlook {
    let meeting = samples::meeting_with(organizer, &json!({"organizerEmail": organizer, "attendees": []}));
    product.contoso().await.schedule(&meeting).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    let all_day = json!({"isAllDay": true, "start": midnight(first, zone), "end": midnight(end, zone)});
    outlook.change(organizer, &outlook.only_event(organizer).await, &all_day).await;
    outlook
}

async fn change(product: &Product, organizer: &str, fields: &Value) -> convene_tests::Answer {
    let mut change = json!({"id": organizer, "organizerEmail": organizer});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    product.contoso().await.update(&change).await
}

async fn times(product: &Product, organizer: &str) -> (String, String) {
    let shown = product.contoso().await.get(organizer, organizer).await.expect_ok();
    let text = |name: &str| shown[name].as_str().expect("a time").to_owned();
    (text("startTime"), text("endTime"))
}

#[tokio::test]
async fn an_all_day_event_begins_and_ends_where_its_mailbox_is() {
    let product = Product::start().await;
    for (n, (zone, first, end, from, to)) in DAYS.into_iter().enumerate() {
        // Outlook sends the zone that it shows, others send UTC: the days are the same.
        for written_in in ["UTC", zone] {
            let organizer = mailbox_in(&product, &format!("day{n}{}", written_in.len()), zone).await;
            let outlook = whole_days(&product, &organizer, written_in, first, end).await;
            let told = outlook.only_event(&organizer).await;
            assert_eq!(told["start"], json!({"dateTime": format!("{first}T00:00:00.0000000"), "timeZone": "UTC"}));
            assert_eq!(times(&product, &organizer).await, (from.to_owned(), to.to_owned()), "{zone} {written_in}");
        }
    }
}

#[tokio::test]
async fn one_end_changes_and_the_other_stays_where_it_was() {
    let product = Product::start().await;
    for (n, (zone, first, end, from, to)) in DAYS.into_iter().enumerate() {
        let organizer = mailbox_in(&product, &format!("end{n}"), zone).await;
        let outlook = whole_days(&product, &organizer, "UTC", first, end).await;
        let simulator = product.simulator();
        simulator.clear_journal().await;
        let later = to.replace(":00Z", ":30Z");
        change(&product, &organizer, &json!({"endTime": later})).await.expect(200, "NoError");
        // The event is read once before, and that is all.
        assert_eq!(simulator.operations().await, ["get_event", "update_event"], "{zone}");
        assert_eq!(times(&product, &organizer).await, (from.to_owned(), later.clone()), "{zone}");

        let all_day = json!({"isAllDay": true, "start": midnight(first, zone), "end": midnight(end, zone)});
        outlook.change(&organizer, &outlook.only_event(&organizer).await, &all_day).await;
        let earlier = from.replace(":00Z", ":30Z");
        let fields = json!({"startTime": earlier, "body": "New"});
        change(&product, &organizer, &fields).await.expect(200, "NoError");
        assert_eq!(times(&product, &organizer).await, (earlier, to.to_owned()), "{zone}");
        assert_eq!(outlook.only_event(&organizer).await["isAllDay"], false);
    }
}

#[tokio::test]
async fn an_end_is_measured_against_the_day_as_it_is() {
    let product = Product::start().await;
    let organizer = mailbox_in(&product, "west", "Pacific Standard Time").await;
    whole_days(&product, &organizer, "UTC", "2026-05-04", "2026-05-05").await;
    // By the name that Graph gives it the day would have begun seven hours before.
    for end in ["2026-05-04T06:59:59Z", "2026-05-04T07:00:00Z"] {
        change(&product, &organizer, &json!({"endTime": end})).await.expect(400, "ErrorInvalidTimeInterval");
    }
    change(&product, &organizer, &json!({"endTime": "2026-05-04T07:00:01Z"})).await.expect(200, "NoError");
    let expected = ("2026-05-04T07:00:00Z".to_owned(), "2026-05-04T07:00:01Z".to_owned());
    assert_eq!(times(&product, &organizer).await, expected);
}

#[tokio::test]
async fn availability_knows_the_same_days() {
    let product = Product::start().await;
    let simulator = product.simulator();
    let mut asked = Vec::new();
    for (n, (zone, first, end, ..)) in DAYS.into_iter().enumerate() {
        let address = mailbox_in(&product, &format!("busy{n}"), zone).await;
        let day = json!({"mailbox": address, "start": first, "end": end, "isAllDay": true, "showAs": "oof"});
        simulator.add_events(vec![day]).await;
        asked.push(json!({"email": address}));
    }
    simulator.clear_journal().await;
    let (from, to) = ("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z");
    let rows = product.contoso().await.availability(from, to, &Value::Array(asked)).await.expect_ok();
    for (n, (zone, _, _, from, to)) in DAYS.into_iter().enumerate() {
        assert_eq!(rows[n]["unavailableTimeslots"], json!([{"timeMin": from, "timeMax": to}]), "{zone}");
    }
}

#[tokio::test]
async fn a_day_of_which_the_instants_are_not_told_is_not_guessed() {
    let product = Product::start().await;
    let organizer = mailbox_in(&product, "untold", "Pacific Standard Time").await;
    let outlook = whole_days(&product, &organizer, "UTC", "2026-05-04", "2026-05-05").await;
    let before = outlook.only_event(&organizer).await;
    let simulator = product.simulator();
    let effect = json!({"status": 200, "body": before});
    simulator.fault(json!({"match": {"operation": "get_event"}, "times": 0, "effect": effect})).await;
    simulator.clear_journal().await;
    let answer = product.contoso().await.get(&organizer, &organizer).await.expect(503, "ErrorServerBusy");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    change(&product, &organizer, &json!({"endTime": "2026-05-04T20:00:00Z"})).await.expect(503, "ErrorServerBusy");
    assert!(!simulator.operations().await.contains(&"update_event".to_owned()));
    // What needs no instants of it is done: it is there, and takes the id.
    let same = samples::meeting_with(&organizer, &json!({"organizerEmail": organizer, "attendees": []}));
    product.contoso().await.schedule(&same).await.expect(200, "NoError");
    change(&product, &organizer, &json!({"body": "New"})).await.expect(200, "NoError");
    simulator.clear_faults().await;
    let after = outlook.only_event(&organizer).await;
    assert_eq!((&after["isAllDay"], &after["start"]), (&json!(true), &before["start"]));
}
