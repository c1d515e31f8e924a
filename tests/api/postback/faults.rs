//! Microsoft's bad days: what is lost, refused or late, for all mailboxes or for some.

use convene_tests::{Product, Simulator, lightning::appointment};
use serde_json::{Value, json};

use super::{PEOPLE, address, assert_counts, assert_done, assert_rows, subjects};

fn asked() -> Value {
    appointment("a", &[&address("attendee1"), &address("attendee2")])
}

/// A fault in the next batch.
async fn next_batch(simulator: &Simulator, effect: Value) {
    simulator.fault(json!({"match": {"operation": "batch"}, "times": 1, "effect": effect})).await;
}

/// A fault in the next requests of a mailbox.
async fn at(simulator: &Simulator, name: &str, times: u32, effect: Value) {
    simulator.fault(json!({"match": {"mailbox": address(name)}, "times": times, "effect": effect})).await;
}

#[tokio::test]
async fn what_was_made_before_the_answer_was_lost_is_found_by_a_repeat() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    next_batch(&simulator, json!({"drop": "after_commit"})).await;
    let lost = caller.create_appointments(&asked()).await;
    assert_rows(&lost, &PEOPLE.map(|name| (name, "ErrorTimeoutExpired")));
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
    assert_done(&caller.create_appointments(&asked()).await, &PEOPLE);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn what_was_made_before_the_answer_was_lost_is_found_by_whatever_comes_next() {
    for next in ["update", "delete", "other"] {
        let product = Product::start().await;
        let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
        next_batch(&product.simulator(), json!({"drop": "after_commit"})).await;
        caller.create_appointments(&asked()).await;
        let mut other = asked();
        other["subject"] = json!("Other");
        match next {
            "update" => {
                assert_done(&caller.update_appointments(&other).await, &PEOPLE);
                assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["Other"], vec!["Other"], vec!["Other"]]);
            }
            "delete" => {
                assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
                assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
            }
            _ => {
                let taken = caller.create_appointments(&other).await;
                assert_rows(&taken, &PEOPLE.map(|name| (name, "MeetingAlreadyExists")));
                assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
            }
        }
    }
}

#[tokio::test]
async fn a_change_or_a_deletion_whose_answer_was_lost_is_made_again() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    assert_done(&caller.create_appointments(&asked()).await, &PEOPLE);
    let mut changed = asked();
    changed["subject"] = json!("New");
    next_batch(&simulator, json!({"drop": "after_commit"})).await;
    assert_done(&caller.update_appointments(&changed).await, &PEOPLE);
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["New"], vec!["New"], vec!["New"]]);
    next_batch(&simulator, json!({"drop": "after_commit"})).await;
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn mailboxes_fail_one_by_one() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    at(&simulator, "organizer", 0, json!({"status": 403, "code": "ErrorAccessDenied"})).await;
    at(&simulator, "attendee1", 0, json!({"status": 429, "retry_after": 90})).await;
    at(&simulator, "attendee2", 0, json!({"status": 400, "code": "ErrorPropertyValidationFailure"})).await;
    let mut asked = asked();
    asked["attendees"]
        .as_array_mut()
        .expect("attendees")
        .push(json!({"email": address("attendee3"), "isRequired": true}));
    let answer = caller.create_appointments(&asked).await;
    let rows = [
        ("organizer", "ErrorAccessDenied"),
        ("attendee1", "ErrorServerBusy"),
        ("attendee2", "InvalidRequest"),
        ("attendee3", "NoError"),
    ];
    assert_rows(&answer, &rows);
    assert_eq!(answer.header("retry-after"), Some("90"));
    simulator.clear_faults().await;
    assert_counts(&outlook, &[("organizer", 0), ("attendee1", 0), ("attendee2", 0), ("attendee3", 1)]).await;
    simulator.clear_journal().await;
    let everybody = ["organizer", "attendee1", "attendee2", "attendee3"];
    assert_done(&caller.create_appointments(&asked).await, &everybody);
    let made = simulator.operations().await.iter().filter(|operation| *operation == "create_event").count();
    assert_eq!(made, 3);
    assert_counts(&outlook, &everybody.map(|name| (name, 1))).await;
}

#[tokio::test]
async fn whoever_is_busy_for_a_moment_is_asked_again() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    for status in [429, 503] {
        let busy = || json!({"status": status, "retry_after": 0.1});
        let about = |id: &str, subject: &str| {
            let mut asked = asked();
            (asked["id"], asked["subject"]) = (json!(format!("{id} {status}")), json!(subject));
            asked
        };
        at(&simulator, "attendee1", 1, busy()).await;
        assert_done(&caller.create_appointments(&about("made", "")).await, &PEOPLE);
        assert_done(&caller.create_appointments(&about("changed", "")).await, &PEOPLE);
        at(&simulator, "attendee2", 1, busy()).await;
        assert_done(&caller.update_appointments(&about("changed", "New")).await, &PEOPLE);
        at(&simulator, "organizer", 1, busy()).await;
        let id = format!("changed {status}");
        assert_done(&caller.delete_appointments(&id, &address("organizer"), &[]).await, &["organizer"]);
    }
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["", ""], vec!["", ""], vec!["", ""]]);
}

#[tokio::test]
async fn while_a_copy_may_still_appear_a_delete_is_not_done() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    at(&simulator, "attendee1", 1, json!({"status": 503, "retry_after": 0.1})).await;
    assert_done(&caller.create_appointments(&asked()).await, &PEOPLE);
    let listed = ["attendee1@contoso.com", "attendee2@contoso.com"];
    let rows = [("organizer", "NoError"), ("attendee1", "RequestInProgress"), ("attendee2", "NoError")];
    let deleted = caller.delete_appointments("a", &address("organizer"), &listed).await;
    assert_rows(&deleted, &rows);
    assert!(deleted.header("retry-after").is_some());
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn a_failure_after_which_a_copy_is_there_makes_no_second_one() {
    for effect in [json!({"status": 503, "when": "after"}), json!({"status": 409, "when": "after"})] {
        for forgets in [false, true] {
            let product = Product::start().await;
            let (caller, outlook, simulator) =
                (product.contoso().await, product.outlook("contoso").await, product.simulator());
            simulator.switch(json!({"forget_transaction_ids": forgets})).await;
            at(&simulator, "attendee1", 1, effect.clone()).await;
            assert_done(&caller.create_appointments(&asked()).await, &PEOPLE);
            assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
            assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
            assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
        }
    }
}

#[tokio::test]
async fn one_id_is_worked_on_by_one_request_at_a_time() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let held = simulator.hold("batch", 1).await;
    let (first, appointment) = (caller.clone(), asked());
    let first = tokio::spawn(async move { first.create_appointments(&appointment).await });
    simulator.held(&held, 1).await;
    let mut changed = asked();
    changed["subject"] = json!("New");
    for answer in [
        caller.create_appointments(&asked()).await,
        caller.create_appointments(&changed).await,
        caller.update_appointments(&changed).await,
        caller
            .delete_appointments("a", &address("organizer"), &["attendee1@contoso.com", "attendee2@contoso.com"])
            .await,
    ] {
        assert_rows(&answer, &PEOPLE.map(|name| (name, "RequestInProgress")));
        let wait: u32 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("a time to wait");
        assert!((1..=31).contains(&wait), "{wait}");
    }
    simulator.clear_faults().await;
    assert_done(&first.await.expect("no panic"), &PEOPLE);
    assert_eq!(simulator.operations().await.iter().filter(|operation| *operation == "create_event").count(), 3);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
    assert_done(&caller.update_appointments(&changed).await, &PEOPLE);
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["New"], vec!["New"], vec!["New"]]);
}
