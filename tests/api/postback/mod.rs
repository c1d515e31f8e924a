//! The Lightning Scheduler adapter: appointments of which everybody has a copy.

mod creating;
mod deleting;
mod documented;
mod faults;
mod large;
mod many;
mod one_answer;
mod updating;
mod vanished;

use convene_tests::{Answer, Outlook, Product, lightning};

/// The people of most tests, the organizer first.
const PEOPLE: [&str; 3] = ["organizer", "attendee1", "attendee2"];

fn address(name: &str) -> String {
    format!("{name}@contoso.com")
}

/// A product where these people have an appointment, of the id `a`.
async fn with_an_appointment() -> Product {
    let product = Product::start().await;
    let asked = lightning::appointment("a", &[&address("attendee1"), &address("attendee2")]);
    assert_done(&product.contoso().await.create_appointments(&asked).await, &PEOPLE);
    product
}

/// Asserts what an answer says of each mailbox, in order.
#[track_caller]
fn assert_rows(answer: &Answer, expected: &[(&str, &str)]) {
    let rows = lightning::rows(answer);
    let rows: Vec<_> = rows.iter().map(|(name, code)| (name.as_str(), code.as_str())).collect();
    assert_eq!(rows, expected, "{answer:?}");
}

/// Asserts that it went well for everybody of these, in order.
#[track_caller]
fn assert_done(answer: &Answer, people: &[&str]) {
    let expected: Vec<_> = people.iter().map(|name| (*name, "NoError")).collect();
    assert_rows(answer, &expected);
}

/// The subjects of what each of these has in the calendar.
async fn subjects(outlook: &Outlook, people: &[&str]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for name in people {
        let events = outlook.events(&address(name)).await;
        all.push(events.iter().map(|event| event["subject"].as_str().expect("a subject").to_owned()).collect());
    }
    all
}

/// Asserts that each of these has so many entries in the calendar.
async fn assert_counts(outlook: &Outlook, expected: &[(&str, usize)]) {
    for (name, count) in expected {
        let events = outlook.events(&address(name)).await;
        assert_eq!(events.len(), *count, "{name} has {events:#?}");
    }
}
