//! POST: what is made, what a repeat makes, and what is not.

use convene_tests::{Product, lightning::appointment};
use serde_json::{Value, json};

use super::{PEOPLE, address, assert_counts, assert_done, assert_rows, subjects};

fn attendees(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| address(name)).collect()
}

/// An appointment with some of its fields changed.
fn with(id: &str, names: &[&str], changes: &Value) -> Value {
    let attendees = attendees(names);
    let mut appointment = appointment(id, &attendees.iter().map(String::as_str).collect::<Vec<_>>());
    appointment.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    appointment
}

#[tokio::test]
async fn everybody_gets_a_copy_and_nobody_an_invitation() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let asked = with("a", &["attendee1", "attendee2"], &json!({}));
    assert_done(&caller.create_appointments(&asked).await, &PEOPLE);
    let mut ids = Vec::new();
    for name in PEOPLE {
        let event = outlook.only_event(&address(name)).await;
        assert_eq!(event["subject"], "Quarterly review");
        assert_eq!(event["organizer"]["emailAddress"]["address"], address(name).as_str());
        assert_eq!((&event["attendees"], &event["isOnlineMeeting"]), (&json!([]), &json!(false)));
        ids.push(event["iCalUId"].as_str().expect("an id").to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert!(product.simulator().mails().await.is_empty());
}

#[tokio::test]
async fn a_repeat_changes_nothing_and_does_what_is_missing() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let asked = with("a", &["attendee1", "later"], &json!({}));
    let rows = [("organizer", "NoError"), ("attendee1", "NoError"), ("later", "ErrorMailRecipientNotFound")];
    for _ in 0..2 {
        assert_rows(&caller.create_appointments(&asked).await, &rows);
        assert_counts(&outlook, &[("organizer", 1), ("attendee1", 1)]).await;
    }
    simulator.add_mailbox("contoso.com", &address("later")).await;
    simulator.clear_journal().await;
    assert_done(&caller.create_appointments(&asked).await, &["organizer", "attendee1", "later"]);
    let asked_of_graph = simulator.operations().await;
    assert_eq!(asked_of_graph.iter().filter(|operation| *operation == "create_event").count(), 1, "{asked_of_graph:?}");
    // A repeat may name some of them only, or others.
    assert_done(&caller.create_appointments(&with("a", &["later"], &json!({}))).await, &["organizer", "later"]);
    let more = with("a", &["attendee2"], &json!({"organizerEmail": address("attendee1")}));
    assert_done(&caller.create_appointments(&more).await, &["attendee1", "attendee2"]);
    let everybody = ["organizer", "attendee1", "attendee2", "later"];
    assert_counts(&outlook, &everybody.map(|name| (name, 1))).await;
}

#[tokio::test]
async fn an_id_that_is_taken_changes_nothing() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    assert_done(&caller.create_appointments(&with("a", &["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    for changes in [
        json!({"subject": "Other"}),
        json!({"body": "Other"}),
        json!({"location": "Other"}),
        json!({"startTime": "2026-05-04T08:00:00Z"}),
        json!({"endTime": "2026-05-04T10:00:01Z"}),
    ] {
        let answer = caller.create_appointments(&with("a", &["attendee1", "attendee2"], &changes)).await;
        assert_rows(&answer, &PEOPLE.map(|name| (name, "MeetingAlreadyExists")));
    }
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["Quarterly review"], vec!["Quarterly review"], vec![]]);
}

#[tokio::test]
async fn whoever_is_listed_twice_has_one_copy_and_two_rows() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let asked = with("a", &["ORGANIZER", "attendee1", "organizer", "Attendee1"], &json!({}));
    let answer = caller.create_appointments(&asked).await;
    assert_done(&answer, &["organizer", "ORGANIZER", "attendee1", "organizer", "Attendee1"]);
    assert_counts(&outlook, &[("organizer", 1), ("attendee1", 1)]).await;
}

#[tokio::test]
async fn an_organizer_may_be_alone_and_an_organization_absent() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    assert_done(&caller.create_appointments(&with("a", &[], &json!({}))).await, &["organizer"]);
    let outside = json!({"organizerEmail": "someone@elsewhere.example", "attendees": []});
    let answer = caller.create_appointments(&with("b", &[], &outside)).await;
    assert_rows(&answer, &[("someone", "ErrorMailRecipientNotFound")]);
    // Nothing came of it, so that the id is free.
    let answer = caller.create_appointments(&with("b", &["attendee1"], &json!({"subject": "Other"}))).await;
    assert_done(&answer, &PEOPLE[..2]);
    assert_counts(&outlook, &[("organizer", 2), ("attendee1", 1)]).await;
}

#[tokio::test]
async fn ids_of_meetings_and_of_appointments_have_nothing_to_do_with_each_other() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    caller.schedule(&convene_tests::samples::meeting("a")).await.expect(200, "NoError");
    assert_done(&caller.create_appointments(&with("a", &["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    assert_counts(&outlook, &[("organizer", 2), ("attendee1", 2), ("attendee2", 1)]).await;
    caller.delete("a", &address("organizer")).await.expect(200, "NoError");
    assert_counts(&outlook, &[("organizer", 1), ("attendee1", 1), ("attendee2", 0)]).await;
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    assert_counts(&outlook, &[("organizer", 0), ("attendee1", 0)]).await;
}

#[tokio::test]
async fn tenants_may_use_the_same_ids() {
    let product = Product::start().await;
    let (contoso, fabrikam) = (product.contoso().await, product.caller("fabrikam").await);
    let theirs = json!({"organizerEmail": "organizer@fabrikam.com", "attendees": [], "subject": "Theirs"});
    assert_done(&contoso.create_appointments(&with("a", &["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    assert_done(&fabrikam.create_appointments(&with("a", &[], &theirs)).await, &["organizer"]);
    // Nobody gets at another organization's mailboxes.
    let across = json!({"organizerEmail": "organizer@contoso.com", "attendees": []});
    let refused = fabrikam.create_appointments(&with("b", &[], &across)).await;
    assert_rows(&refused, &[("organizer", "ErrorMailRecipientNotFound")]);
    assert_done(&contoso.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    let left = product.outlook("fabrikam").await.only_event("organizer@fabrikam.com").await;
    assert_eq!(left["subject"], "Theirs");
}

#[tokio::test]
async fn a_place_is_a_place_even_if_it_is_called_ms_teams() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let asked = with("a", &["attendee1"], &json!({"location": "MS Teams"}));
    assert_done(&caller.create_appointments(&asked).await, &PEOPLE[..2]);
    for name in &PEOPLE[..2] {
        let event = outlook.only_event(&address(name)).await;
        assert_eq!((&event["location"]["displayName"], &event["isOnlineMeeting"]), (&json!("MS Teams"), &json!(false)));
    }
}

#[tokio::test]
async fn a_copy_that_its_owner_deleted_is_made_anew() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let asked = with("a", &["attendee1"], &json!({}));
    assert_done(&caller.create_appointments(&asked).await, &PEOPLE[..2]);
    let first = outlook.only_event(&address("attendee1")).await;
    outlook.delete(&address("attendee1"), &first).await;
    assert_done(&caller.create_appointments(&asked).await, &PEOPLE[..2]);
    let second = outlook.only_event(&address("attendee1")).await;
    assert_ne!(first["id"], second["id"]);
    assert_counts(&outlook, &[("organizer", 1)]).await;
}
