//! One answer about a mailbox or a copy is not taken for a lasting fact about it.

use convene_tests::{Simulator, lightning::appointment};
use serde_json::{Value, json};

use super::{PEOPLE, address, assert_counts, assert_done, assert_rows, subjects, with_an_appointment};

/// The next requests to a mailbox, of an operation, are answered with an error; nothing is carried out.
async fn deny(simulator: &Simulator, name: &str, operation: &str, times: u32, effect: Value) {
    let which = json!({"mailbox": address(name), "operation": operation});
    simulator.fault(json!({"match": which, "times": times, "effect": effect})).await;
}

fn unknown_mailbox() -> Value {
    json!({"status": 404, "code": "ResourceNotFound"})
}

fn uncoded() -> Value {
    json!({"status": 404, "body": "<html>not here</html>"})
}

fn throttled() -> Value {
    json!({"status": 429, "code": "ApplicationThrottled", "retry_after": 60})
}

fn asked(people: &[&str], subject: &str) -> Value {
    let attendees: Vec<_> = people.iter().map(|name| address(name)).collect();
    let mut asked = appointment("a", &attendees.iter().map(String::as_str).collect::<Vec<_>>());
    asked["subject"] = json!(subject);
    asked
}

#[tokio::test]
async fn a_copy_that_no_row_names_is_told_of_until_it_is_deleted() {
    for (effect, code) in [(unknown_mailbox(), "ErrorMailRecipientNotFound"), (uncoded(), "ErrorServerBusy")] {
        let product = with_an_appointment().await;
        let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
        let simulator = product.simulator();
        deny(&simulator, "attendee1", "delete_event", 0, effect).await;
        let named = [address("attendee2")];
        let named: Vec<_> = named.iter().map(String::as_str).collect();
        for _ in 0..2 {
            let deleted = caller.delete_appointments("a", &address("organizer"), &named).await;
            assert_rows(&deleted, &[("organizer", code), ("attendee2", "NoError")]);
        }
        assert_counts(&outlook, &[("organizer", 0), ("attendee1", 1), ("attendee2", 0)]).await;
        simulator.clear_faults().await;
        let deleted = caller.delete_appointments("a", &address("organizer"), &named).await;
        assert_done(&deleted, &["organizer", "attendee2"]);
        assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
    }
}

#[tokio::test]
async fn what_is_created_beside_a_copy_that_may_be_left_is_told_of() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    deny(&simulator, "attendee1", "delete_event", 0, unknown_mailbox()).await;
    caller.delete_appointments("a", &address("organizer"), &[]).await;
    let other = asked(&["attendee2"], "Other");
    let created = caller.create_appointments(&other).await;
    assert_rows(&created, &[("organizer", "ErrorMailRecipientNotFound"), ("attendee2", "NoError")]);
    simulator.clear_faults().await;
    assert_done(&caller.create_appointments(&other).await, &["organizer", "attendee2"]);
    let shown = subjects(&outlook, &PEOPLE).await;
    assert_eq!(shown, [vec!["Other"], vec![], vec!["Other"]]);
}

#[tokio::test]
async fn what_is_created_beside_a_copy_that_says_something_else_is_told_of() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    for name in ["organizer", "attendee2"] {
        let event = outlook.only_event(&address(name)).await;
        outlook.delete(&address(name), &event).await;
    }
    deny(&simulator, "attendee1", "get_event", 0, unknown_mailbox()).await;
    let other = asked(&["attendee2"], "Other");
    let created = caller.create_appointments(&other).await;
    assert_rows(&created, &[("organizer", "ErrorMailRecipientNotFound"), ("attendee2", "NoError")]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
    // Once its mailbox answers, the copy takes the id, and an update settles it.
    simulator.clear_faults().await;
    let taken = caller.create_appointments(&other).await;
    assert_rows(&taken, &["organizer", "attendee2"].map(|name| (name, "MeetingAlreadyExists")));
    assert_done(&caller.update_appointments(&other).await, &["organizer", "attendee2"]);
    assert_counts(&outlook, &[("organizer", 1), ("attendee1", 0), ("attendee2", 1)]).await;
}

#[tokio::test]
async fn a_copy_that_is_denied_once_is_not_made_twice() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let denied = || json!({"status": 404, "code": "ErrorItemNotFound"});
    let same = asked(&["attendee1", "attendee2"], "Quarterly review");
    deny(&simulator, "attendee1", "get_event", 1, denied()).await;
    assert_done(&caller.create_appointments(&same).await, &PEOPLE);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
    deny(&simulator, "attendee2", "update_event", 1, denied()).await;
    assert_done(&caller.update_appointments(&asked(&["attendee1", "attendee2"], "New")).await, &PEOPLE);
    assert_eq!(subjects(&outlook, &PEOPLE).await, [["New"], ["New"], ["New"]]);
    deny(&simulator, "organizer", "delete_event", 1, denied()).await;
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn a_refusal_to_delete_a_copy_is_checked_before_it_counts_as_gone() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let refusal = json!({"status": 403, "code": "ErrorCannotDeleteObject"});
    deny(&simulator, "attendee1", "delete_event", 1, refusal).await;
    let deleted = caller.delete_appointments("a", &address("organizer"), &[]).await;
    assert_rows(&deleted, &[("organizer", "ErrorAccessDenied")]);
    assert_counts(&outlook, &[("organizer", 0), ("attendee1", 1), ("attendee2", 0)]).await;
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn an_update_that_is_refused_leaves_the_content_on_record() {
    for effect in [throttled(), unknown_mailbox()] {
        let product = with_an_appointment().await;
        let (caller, simulator) = (product.contoso().await, product.simulator());
        for name in PEOPLE {
            deny(&simulator, name, "update_event", 0, effect.clone()).await;
        }
        let people = &["attendee1", "attendee2"];
        let refused = caller.update_appointments(&asked(people, "New")).await;
        assert!(!refused.text.contains("NoError"), "{refused:?}");
        simulator.clear_faults().await;
        assert_done(&caller.create_appointments(&asked(people, "Quarterly review")).await, &PEOPLE);
        let other = caller.create_appointments(&asked(people, "New")).await;
        assert_rows(&other, &PEOPLE.map(|name| (name, "MeetingAlreadyExists")));
    }
}
