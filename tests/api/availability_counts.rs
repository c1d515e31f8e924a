//! How many requests one availability call makes to Graph: at most one for each chunk of twenty mailboxes and piece of the
//! window, one for ten mailboxes that fail, and twenty more. A batch counts as one.

use convene_tests::{Answer, Product};
use serde_json::{Value, json};

const FROM: &str = "2026-01-01T00:00:00Z";
/// 366 days later: six pieces.
const YEAR_LATER: &str = "2027-01-02T00:00:00Z";
const DAY_LATER: &str = "2026-01-02T00:00:00Z";

/// What a call was answered, and how many requests it made.
struct Counted {
    rows: Vec<Value>,
    requests: usize,
}

/// Asks about these mailboxes. Fails the test if that takes more requests than it may, given how many pieces the window has.
async fn ask(product: &Product, emails: &[String], to: &str, pieces: usize) -> Counted {
    let caller = product.contoso().await;
    let simulator = product.simulator();
    simulator.clear_journal().await;
    let entries = emails.iter().map(|email| json!({"email": email})).collect();
    let answer: Answer = caller.availability(FROM, to, &entries).await;
    let rows = answer.expect_ok().as_array().expect("rows").clone();
    let failing = rows.iter().filter(|row| row["errorCode"] != "NoError").count();
    let requests = simulator.requests().await.iter().filter(|request| request["batch"] == false).count();
    let most = emails.len().div_ceil(20) * pieces + failing / 10 + 20;
    assert!(requests <= most, "{requests} requests, at most {most}");
    Counted { rows, requests }
}

fn emails(count: usize, domain: &str) -> Vec<String> {
    (0..count).map(|n| format!("somebody{n}@{domain}")).collect()
}

fn count_of(rows: &[Value], code: &str) -> usize {
    rows.iter().filter(|row| row["errorCode"] == code).count()
}

/// As many entries as one answer may not have, from and to the same time.
fn too_many(mailbox: &str, start: &str, end: &str) -> Vec<Value> {
    vec![json!({"mailbox": mailbox, "start": start, "end": end}); 1001]
}

#[tokio::test]
async fn a_thousand_unknown_mailboxes_over_a_year() {
    let product = Product::start().await;
    let counted = ask(&product, &emails(1000, "contoso.com"), YEAR_LATER, 6).await;
    assert_eq!(count_of(&counted.rows, "ErrorMailRecipientNotFound"), 1000);
    // Once it is known that none of a chunk exists, no other piece of the window is asked about.
    assert!(counted.requests < 300, "{}", counted.requests);
}

#[tokio::test]
async fn a_thousand_mailboxes_of_other_organizations() {
    let product = Product::start().await;
    for (to, pieces) in [(DAY_LATER, 1), (YEAR_LATER, 6)] {
        let counted = ask(&product, &emails(1000, "elsewhere.example"), to, pieces).await;
        assert_eq!(count_of(&counted.rows, "ErrorMailRecipientNotFound"), 1000);
    }
}

#[tokio::test]
async fn entries_that_last_all_year_are_not_split_for_ever() {
    let product = Product::start().await;
    let entries = too_many("attendee1@contoso.com", "2025-06-01T00:00:00Z", "2027-06-01T00:00:00Z");
    product.simulator().add_events(entries).await;
    let asked = ["attendee1@contoso.com".to_owned(), "attendee2@contoso.com".to_owned()];
    let counted = ask(&product, &asked, YEAR_LATER, 6).await;
    // What cannot be told apart is taken.
    let whole = json!([{"timeMin": FROM, "timeMax": YEAR_LATER}]);
    assert_eq!((&counted.rows[0]["errorCode"], &counted.rows[0]["unavailableTimeslots"]), (&json!("NoError"), &whole));
    assert_eq!(
        (&counted.rows[1]["errorCode"], &counted.rows[1]["unavailableTimeslots"]),
        (&json!("NoError"), &json!([]))
    );
}

#[tokio::test]
async fn of_many_such_calendars_those_that_cannot_be_told_are_refused_for_good() {
    let product = Product::start().await;
    let simulator = product.simulator();
    let asked: Vec<_> = (0..20).map(|n| format!("person{n}@contoso.com")).collect();
    for person in &asked {
        simulator.add_mailbox("contoso.com", person).await;
        simulator.add_events(too_many(person, "2025-06-01T00:00:00Z", "2027-06-01T00:00:00Z")).await;
    }
    let counted = ask(&product, &asked, YEAR_LATER, 6).await;
    let told = json!(["NoError", [{"timeMin": FROM, "timeMax": YEAR_LATER}]]);
    for row in &counted.rows {
        let row = json!([row["errorCode"], row["unavailableTimeslots"]]);
        assert!(row == told || row == json!(["InvalidRequest", []]), "{row}");
    }
    // A shorter window is told of each.
    let counted = ask(&product, &asked, DAY_LATER, 1).await;
    assert_eq!(count_of(&counted.rows, "NoError"), 20);
}

#[tokio::test]
async fn a_crowded_time_leaves_the_rest_of_the_year_as_it_is() {
    let product = Product::start().await;
    let minute = |n: usize| format!("2026-05-04T{:02}:{:02}:00Z", n / 60, n % 60);
    let crowded = |mailbox: &str| {
        let entry = |n: usize| json!({"mailbox": mailbox, "start": minute(n), "end": minute(n + 1)});
        (0..1439).map(entry).collect::<Vec<_>>()
    };
    let simulator = product.simulator();
    simulator.add_events(crowded("attendee1@contoso.com")).await;
    // Entries that last for months, and end within a piece of the window.
    simulator.add_events(too_many("attendee2@contoso.com", "2025-06-01T00:00:00Z", "2026-05-04T09:30:00Z")).await;
    let asked = ["attendee1@contoso.com".to_owned(), "attendee2@contoso.com".to_owned()];
    let counted = ask(&product, &asked, YEAR_LATER, 6).await;
    let slots = json!([{"timeMin": "2026-05-04T00:00:00Z", "timeMax": "2026-05-04T23:59:00Z"}]);
    assert_eq!(counted.rows[0]["unavailableTimeslots"], slots);
    let taken = counted.rows[1]["unavailableTimeslots"].as_array().expect("slots");
    let end = taken[0]["timeMax"].as_str().expect("a time");
    assert_eq!((taken.len(), &taken[0]["timeMin"]), (1, &json!(FROM)));
    // Never less than what is taken, and hardly more.
    assert!(("2026-05-04T09:30:00Z".."2026-05-04T11:00:00Z").contains(&end), "{end}");
}

#[tokio::test]
async fn a_mix_of_them_all_tells_of_each_what_is_true_of_it() {
    let product = Product::start().await;
    let simulator = product.simulator();
    let mut asked = emails(200, "elsewhere.example");
    asked.extend(emails(200, "contoso.com"));
    for n in 0..100 {
        let person = format!("person{n}@contoso.com");
        simulator.add_mailbox("contoso.com", &person).await;
        asked.push(person);
    }
    let (start, end) = ("2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z");
    let busy = (1..100).map(|n| json!({"mailbox": format!("person{n}@contoso.com"), "start": start, "end": end}));
    simulator.add_events(busy.collect()).await;
    simulator.add_events(too_many("person0@contoso.com", "2025-06-01T00:00:00Z", "2027-06-01T00:00:00Z")).await;
    simulator.switch(json!({"refused_in_schedules": ["person7@contoso.com"]})).await;
    // Spread over the chunks, in an order of their own.
    asked.sort_by_key(|email| convene::domain::sha256_hex(email.as_bytes()));
    let counted = ask(&product, &asked, YEAR_LATER, 6).await;
    let slots = |min: &str, max: &str| json!([{"timeMin": min, "timeMax": max}]);
    for (email, row) in asked.iter().zip(&counted.rows) {
        let expected = match email.as_str() {
            "person0@contoso.com" => ("NoError", slots(FROM, YEAR_LATER)),
            "person7@contoso.com" => ("InvalidRequest", json!([])),
            person if person.starts_with("person") => ("NoError", slots(start, end)),
            _ => ("ErrorMailRecipientNotFound", json!([])),
        };
        assert_eq!(
            (row["errorCode"].as_str().expect("a code"), row["unavailableTimeslots"].clone()),
            expected,
            "{email}"
        );
    }
}

#[tokio::test]
async fn one_mailbox_for_which_whole_questions_are_refused_fails_alone() {
    let product = Product::start().await;
    let simulator = product.simulator();
    let asked: Vec<_> = (0..45).map(|n| format!("person{n}@contoso.com")).collect();
    for person in &asked {
        simulator.add_mailbox("contoso.com", person).await;
    }
    simulator.switch(json!({"refused_in_schedules": [asked[3], asked[29]]})).await;
    let counted = ask(&product, &asked, YEAR_LATER, 6).await;
    for (place, row) in counted.rows.iter().enumerate() {
        let expected = if place == 3 || place == 29 { "InvalidRequest" } else { "NoError" };
        assert_eq!(row["errorCode"], expected, "{place}");
    }
}
