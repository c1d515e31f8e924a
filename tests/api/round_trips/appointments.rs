//! Appointments: one write to claim, batches of twenty all at once, one write to commit.

use convene_tests::{Answer, PLENTY, lightning};
use serde_json::{Value, json};

use super::Counted;

const ORGANIZER: &str = convene_tests::samples::ORGANIZER;

/// A hundred attendees, who have mailboxes.
async fn hundred(counted: &Counted) -> Vec<String> {
    let simulator = counted.backends.simulator();
    let people: Vec<_> = (0..100).map(|number| format!("person{number}@contoso.com")).collect();
    for address in &people {
        simulator.add_mailbox("contoso.com", address).await;
    }
    people
}

/// A call whose batches are all under way before one is answered, and what it took.
async fn call(counted: &Counted, function: &str, request: &Value, writes: &[&str], batches: u64) -> Answer {
    let process = counted.warm(function).await;
    let simulator = counted.backends.simulator();
    let held = simulator.hold("batch", 0).await;
    let invocation = process.begin(counted.event(function, request).to_string(), PLENTY);
    simulator.held(&held, batches).await;
    simulator.clear_faults().await;
    let answer: Answer = invocation.outcome().await.answer();
    let spent = counted.spent().await;
    let table = &counted.environment["MEETINGS_TABLE"];
    let expected: Vec<_> = writes.iter().map(|operation| format!("{operation} {table}")).collect();
    assert_eq!(spent.dynamodb, expected, "{function}");
    assert!(spent.secrets.is_empty(), "{function}");
    let made = spent.graph.iter().filter(|operation| *operation == "batch").count();
    assert_eq!(u64::try_from(made).expect("few"), batches, "{function}");
    answer
}

#[track_caller]
fn assert_done(answer: &Answer, count: usize) {
    let rows = lightning::rows(answer);
    assert_eq!(rows.len(), count);
    assert!(rows.iter().all(|(_, code)| code == "NoError"), "{answer:?}");
}

#[tokio::test]
async fn a_hundred_attendees_take_six_batches_and_two_writes() {
    let counted = Counted::start().await;
    let people = hundred(&counted).await;
    let attendees: Vec<_> = people.iter().map(String::as_str).collect();
    let mut asked = lightning::appointment("many", &attendees);
    let both = &["UpdateItem", "PutItem"];
    assert_done(&call(&counted, "create-appointments", &asked, both, 6).await, 101);
    // A repeat only looks.
    assert_done(&call(&counted, "create-appointments", &asked, &["UpdateItem"], 6).await, 101);
    asked["body"] = json!("New body");
    asked["subject"] = json!("New subject");
    assert_done(&call(&counted, "update-appointments", &lightning::change(&asked), both, 6).await, 101);
    // Ten go and ten others come: 111 mailboxes have to do with it.
    let others: Vec<_> = (0..10).map(|number| format!("other{number}@contoso.com")).collect();
    for address in &others {
        counted.backends.simulator().add_mailbox("contoso.com", address).await;
    }
    let attendees: Vec<_> = people[10..].iter().chain(&others).map(String::as_str).collect();
    let asked = lightning::appointment("many", &attendees);
    assert_done(&call(&counted, "update-appointments", &lightning::change(&asked), both, 6).await, 101);
    let delete = json!({"id": "many", "organizerEmail": ORGANIZER, "attendees": attendees});
    assert_done(&call(&counted, "delete-appointments", &delete, both, 6).await, 101);
    // Once more only asks whether there are such mailboxes.
    assert_done(&call(&counted, "delete-appointments", &delete, &["UpdateItem"], 6).await, 101);
    // What was deleted is made anew at no extra cost.
    assert_done(&call(&counted, "create-appointments", &asked, both, 6).await, 101);
}
