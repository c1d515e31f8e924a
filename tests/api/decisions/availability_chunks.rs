//! Availability of many: in the order asked for, whoever among them does not exist.

use convene_tests::{Product, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
const FROM: &str = "2026-05-04T00:00:00Z";
const TO: &str = "2026-05-05T00:00:00Z";

/// The nth of contoso's many people.
fn person(n: usize) -> String {
    format!("person{n}@contoso.com")
}

/// Contoso with so many people more, of whom the nth is busy at minute n of the day, for a minute.
async fn crowd(count: usize) -> Product {
    let product = Product::start().await;
    let simulator = product.simulator();
    let mut entries = Vec::new();
    for n in 0..count {
        simulator.add_mailbox("contoso.com", &person(n)).await;
        let (start, end) = (minute(n), minute(n + 1));
        entries.push(json!({"mailbox": person(n), "start": start, "end": end}));
    }
    simulator.add_events(entries).await;
    product
}

fn minute(n: usize) -> String {
    format!("2026-05-04T{:02}:{:02}:00Z", n / 60, n % 60)
}

/// The answer for the nth person, under the address that was asked for.
fn row(email: &str, n: usize) -> Value {
    json!({"email": email, "errorCode": "NoError", "unavailableTimeslots": [{"timeMin": minute(n), "timeMax": minute(n + 1)}]})
}

fn unknown(email: &str) -> Value {
    json!({"email": email, "errorCode": "ErrorMailRecipientNotFound", "unavailableTimeslots": []})
}

fn asked<'a>(emails: impl IntoIterator<Item = &'a String>) -> Value {
    emails.into_iter().map(|email| json!({"email": email})).collect()
}

#[tokio::test]
async fn answers_come_in_the_order_asked_for() {
    let product = crowd(45).await;
    let caller = product.contoso().await;
    let emails: Vec<_> = (0..45).rev().map(person).collect();
    let expected: Value = (0..45).rev().map(|n| row(&person(n), n)).collect();
    assert_eq!(caller.availability(FROM, TO, &asked(&emails)).await.expect_ok(), expected);
}

#[tokio::test]
async fn an_entry_for_every_entry_duplicates_too() {
    let product = crowd(2).await;
    let caller = product.contoso().await;
    let entries = json!([
        {"email": person(1)},
        {"email": "PERSON0@contoso.com"},
        {"email": person(1), "serviceResourceId": "a"},
        {"email": "person0@Contoso.com", "serviceResourceId": ""},
        {"email": person(1), "serviceResourceId": null},
    ]);
    let mut by_id = [row(&person(1), 1), row(&person(0), 0)];
    for (row, id) in by_id.iter_mut().zip(["a", ""]) {
        row.as_object_mut().expect("an object").remove("email");
        row["serviceResourceId"] = json!(id);
    }
    let [first, second] = by_id;
    let expected = json!([row(&person(1), 1), row("PERSON0@contoso.com", 0), first, second, row(&person(1), 1)]);
    assert_eq!(caller.availability(FROM, TO, &entries).await.expect_ok(), expected);
    assert_eq!(product.simulator().operations().await, ["get_schedule"]);
}

#[tokio::test]
async fn nobody_is_asked_about_nobody() {
    let product = Product::start().await;
    let answer = product.contoso().await.availability(FROM, TO, &json!([])).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "[]"));
    assert!(product.simulator().requests().await.is_empty());
}

#[tokio::test]
async fn unknown_mailboxes_do_not_stand_in_the_way_of_others() {
    let product = crowd(30).await;
    let caller = product.contoso().await;
    // The first of the first chunk, all but the last of the second, all of the third.
    let known = |place: usize| (1..20).contains(&place) || place == 39;
    let email = |place: usize| match place {
        _ if !known(place) => format!("stranger{place}@contoso.com"),
        39 => person(29),
        place => person(place),
    };
    let emails: Vec<_> = (0..60).map(email).collect();
    let expected: Value = (0..60)
        .map(|place| match place {
            _ if !known(place) => unknown(&email(place)),
            39 => row(&email(place), 29),
            place => row(&email(place), place),
        })
        .collect();
    assert_eq!(caller.availability(FROM, TO, &asked(&emails)).await.expect_ok(), expected);
}

#[tokio::test]
async fn a_mailbox_the_app_may_not_open_is_passed_over_when_asking() {
    let product = crowd(40).await;
    let caller = product.contoso().await;
    refuse(&product, 0).await;
    let emails: Vec<_> = (0..40).map(person).collect();
    let expected: Value = (0..40).map(|n| row(&person(n), n)).collect();
    assert_eq!(caller.availability(FROM, TO, &asked(&emails)).await.expect_ok(), expected);
}

#[tokio::test]
async fn one_chunk_that_fails_leaves_the_others() {
    let product = crowd(40).await;
    let caller = product.contoso().await;
    for n in 0..20 {
        refuse(&product, n).await;
    }
    let emails: Vec<_> = (0..40).map(person).collect();
    let rows = caller.availability(FROM, TO, &asked(&emails)).await.expect_ok();
    let rows = rows.as_array().expect("rows");
    for (n, answer) in rows.iter().enumerate() {
        let refused = json!({"email": person(n), "errorCode": "ErrorAccessDenied", "unavailableTimeslots": []});
        assert_eq!(*answer, if n < 20 { refused } else { row(&person(n), n) });
    }
}

/// Microsoft refuses requests through this mailbox.
async fn refuse(product: &Product, n: usize) {
    let effect = json!({"status": 403, "code": "ErrorAccessDenied"});
    let matched = json!({"operation": "get_schedule", "mailbox": person(n)});
    product.simulator().fault(json!({"match": matched, "times": 0, "effect": effect})).await;
}

#[tokio::test]
async fn a_booked_meeting_takes_the_time_of_all_it_invites() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let people = [ORGANIZER, "attendee1@contoso.com", "attendee2@contoso.com", "attendee3@contoso.com"];
    let entries = asked(&people.map(str::to_owned));
    let taken = |rows: &Value| -> Vec<bool> {
        rows.as_array().expect("rows").iter().map(|row| row["unavailableTimeslots"] != json!([])).collect()
    };
    let rows = caller.availability(FROM, TO, &entries).await.expect_ok();
    assert_eq!(taken(&rows), [true, true, true, false]);
    let outlook = product.outlook("contoso").await;
    let invitation = outlook.only_event("attendee1@contoso.com").await;
    outlook.respond("attendee1@contoso.com", &invitation, "decline").await;
    let rows = caller.availability(FROM, TO, &entries).await.expect_ok();
    assert_eq!(taken(&rows), [true, false, true, false]);
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    let rows = caller.availability(FROM, TO, &entries).await.expect_ok();
    assert_eq!(taken(&rows), [false; 4]);
}
