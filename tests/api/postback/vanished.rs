//! A mailbox that vanished from the organization never holds up the others.

use convene_tests::lightning::appointment;
use serde_json::json;

use super::{PEOPLE, address, assert_counts, assert_done, assert_rows, subjects, with_an_appointment};

const GONE: [(&str, &str); 3] =
    [("organizer", "NoError"), ("attendee1", "ErrorMailRecipientNotFound"), ("attendee2", "NoError")];

/// A copy of a mailbox that is not listed may be left.
const LEFT: [(&str, &str); 2] = [("organizer", "ErrorMailRecipientNotFound"), ("attendee2", "NoError")];

#[tokio::test]
async fn nobody_waits_for_a_mailbox_that_was_removed() {
    let product = with_an_appointment().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    product.simulator().remove_mailbox("contoso.com", &address("attendee1")).await;
    let mut asked = appointment("a", &[&address("attendee1"), &address("attendee2")]);
    asked["subject"] = json!("New");
    for _ in 0..2 {
        assert_rows(&caller.update_appointments(&asked).await, &GONE);
        assert_eq!(subjects(&outlook, &["organizer", "attendee2"]).await, [vec!["New"], vec!["New"]]);
    }
    assert_rows(&caller.create_appointments(&asked).await, &GONE);
    // Nor where it is not listed any more: then the organizer's row tells that a copy may be left.
    let without = appointment("a", &[&address("attendee2")]);
    assert_rows(&caller.update_appointments(&without).await, &LEFT);
    assert_eq!(
        subjects(&outlook, &["organizer", "attendee2"]).await,
        [vec!["Quarterly review"], vec!["Quarterly review"]]
    );
    let listed = [address("attendee1"), address("attendee2")];
    let listed: Vec<_> = listed.iter().map(String::as_str).collect();
    for _ in 0..2 {
        assert_rows(&caller.delete_appointments("a", &address("organizer"), &listed).await, &GONE);
        assert_counts(&outlook, &[("organizer", 0), ("attendee2", 0)]).await;
    }
    let update = caller.update_appointments(&asked).await;
    assert_rows(&update, &PEOPLE.map(|name| (name, "MeetingNotFound")));
    // The id is free, also for whoever is back, with another mailbox.
    product.simulator().add_mailbox("contoso.com", &address("attendee1")).await;
    let deleted = caller.delete_appointments("a", &address("organizer"), &listed).await;
    assert_done(&deleted, &PEOPLE);
    assert_done(&caller.create_appointments(&asked).await, &PEOPLE);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
}

#[tokio::test]
async fn a_mailbox_that_comes_back_loses_its_copy_to_another_delete() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let listed = [address("attendee1"), address("attendee2")];
    let listed: Vec<_> = listed.iter().map(String::as_str).collect();
    simulator.hide_mailbox(&address("attendee1")).await;
    assert_rows(&caller.delete_appointments("a", &address("organizer"), &listed).await, &GONE);
    // The organizer's row tells of a mailbox that no other does.
    assert_rows(&caller.delete_appointments("a", &address("organizer"), &[]).await, &LEFT[..1]);
    simulator.clear_faults().await;
    assert_counts(&outlook, &[("organizer", 0), ("attendee1", 1), ("attendee2", 0)]).await;
    assert_done(&caller.delete_appointments("a", &address("organizer"), &listed).await, &PEOPLE);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn a_mailbox_that_comes_back_has_its_copy_still() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    simulator.hide_mailbox(&address("attendee1")).await;
    let mut asked = appointment("a", &[&address("attendee1"), &address("attendee2")]);
    asked["subject"] = json!("New");
    assert_rows(&caller.update_appointments(&asked).await, &GONE);
    simulator.clear_faults().await;
    let review = || vec!["Quarterly review"];
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["New"], review(), vec!["New"]]);
    assert_done(&caller.update_appointments(&asked).await, &PEOPLE);
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["New"], vec!["New"], vec!["New"]]);
}
