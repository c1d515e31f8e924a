//! PUT: copies are changed, added and taken away.

use convene_tests::{Product, lightning::appointment};
use serde_json::{Value, json};

use super::{PEOPLE, address, assert_counts, assert_done, assert_rows, subjects};

fn new(names: &[&str], changes: &Value) -> Value {
    let attendees: Vec<_> = names.iter().map(|name| address(name)).collect();
    let mut appointment = appointment("a", &attendees.iter().map(String::as_str).collect::<Vec<_>>());
    appointment.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    appointment
}

#[tokio::test]
async fn copies_are_changed_added_and_taken_away() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    assert_done(&caller.create_appointments(&new(&["attendee1", "attendee2"], &json!({}))).await, &PEOPLE);
    let before = outlook.only_event(&address("attendee2")).await;
    let changed = json!({
        "subject": "New subject", "body": "New body", "location": "Room 8",
        "startTime": "2026-05-05T09:00:00Z", "endTime": "2026-05-05T11:00:00Z",
    });
    let answer = caller.update_appointments(&new(&["attendee2", "attendee3"], &changed)).await;
    assert_done(&answer, &["organizer", "attendee2", "attendee3"]);
    for name in ["organizer", "attendee2", "attendee3"] {
        let event = outlook.only_event(&address(name)).await;
        let content = event["body"]["content"].as_str().expect("text");
        assert!(content.contains("New body") && !content.contains("What we talk about"), "{name}: {content}");
        assert_eq!((&event["subject"], &event["location"]["displayName"]), (&json!("New subject"), &json!("Room 8")));
        assert_eq!(event["start"]["dateTime"], "2026-05-05T09:00:00.0000000");
        assert_eq!(event["end"]["dateTime"], "2026-05-05T11:00:00.0000000");
    }
    assert_eq!(outlook.only_event(&address("attendee2")).await["id"], before["id"]);
    assert_counts(&outlook, &[("attendee1", 0)]).await;
    assert!(simulator.mails().await.is_empty());
    // Once more is the same.
    let answer = caller.update_appointments(&new(&["attendee2", "attendee3"], &changed)).await;
    assert_done(&answer, &["organizer", "attendee2", "attendee3"]);
    assert_counts(&outlook, &[("organizer", 1), ("attendee1", 0), ("attendee2", 1), ("attendee3", 1)]).await;
    // And back again: whoever lost a copy gets another one.
    assert_done(&caller.update_appointments(&new(&["attendee1", "attendee2"], &json!({}))).await, &PEOPLE);
    let review = || vec!["Quarterly review"];
    assert_eq!(subjects(&outlook, &PEOPLE).await, [review(), review(), review()]);
    assert_counts(&outlook, &[("attendee3", 0)]).await;
}

#[tokio::test]
async fn another_organizer_takes_over() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    assert_done(&caller.create_appointments(&new(&["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    let other = json!({"organizerEmail": address("attendee2"), "subject": "Taken over"});
    let answer = caller.update_appointments(&new(&["attendee1"], &other)).await;
    assert_done(&answer, &["attendee2", "attendee1"]);
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec![], vec!["Taken over"], vec!["Taken over"]]);
    // Whoever is named as the organizer of a delete makes no difference.
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn what_is_not_there_is_not_changed() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    simulator.clear_journal().await;
    let unknown = caller.update_appointments(&new(&["attendee1", "nobody"], &json!({}))).await;
    assert_rows(&unknown, &["organizer", "attendee1", "nobody"].map(|name| (name, "MeetingNotFound")));
    assert!(simulator.requests().await.is_empty());
    // A meeting of that id is none.
    caller.schedule(&convene_tests::samples::meeting("a")).await.expect(200, "NoError");
    let meeting = caller.update_appointments(&new(&[], &json!({}))).await;
    assert_rows(&meeting, &[("organizer", "MeetingNotFound")]);
    caller.delete("a", &address("organizer")).await.expect(200, "NoError");
    // Nor is one that was deleted.
    assert_done(&caller.create_appointments(&new(&["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    assert_done(&caller.delete_appointments("a", &address("organizer"), &[]).await, &["organizer"]);
    let deleted = caller.update_appointments(&new(&["attendee1"], &json!({}))).await;
    assert_rows(&deleted, &PEOPLE.map(|name| (name, "MeetingNotFound"))[..2]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn a_copy_that_its_owner_deleted_is_not_found_and_the_others_are_changed() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    assert_done(&caller.create_appointments(&new(&["attendee1", "attendee2"], &json!({}))).await, &PEOPLE);
    let copy = outlook.only_event(&address("attendee1")).await;
    outlook.delete(&address("attendee1"), &copy).await;
    let asked = new(&["attendee1", "attendee2"], &json!({"subject": "New"}));
    let rows = [("organizer", "NoError"), ("attendee1", "MeetingNotFound"), ("attendee2", "NoError")];
    assert_rows(&caller.update_appointments(&asked).await, &rows);
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["New"], vec![], vec!["New"]]);
    // What it says now is known, so that a create can give the copy back.
    assert_done(&caller.create_appointments(&asked).await, &PEOPLE);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 1))).await;
}

#[tokio::test]
async fn a_late_repeat_of_the_create_undoes_nothing() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let first = new(&["attendee1", "attendee2"], &json!({}));
    assert_done(&caller.create_appointments(&first).await, &PEOPLE);
    let second = new(&["attendee1"], &json!({"subject": "New"}));
    assert_done(&caller.update_appointments(&second).await, &PEOPLE[..2]);
    let late = caller.create_appointments(&first).await;
    assert_rows(&late, &PEOPLE.map(|name| (name, "MeetingAlreadyExists")));
    assert_eq!(subjects(&outlook, &PEOPLE).await, [vec!["New"], vec!["New"], vec![]]);
    assert_done(&caller.create_appointments(&second).await, &PEOPLE[..2]);
}

#[tokio::test]
async fn what_a_person_changed_is_as_it_was_asked_for_again() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    assert_done(&caller.create_appointments(&new(&["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    let copy = outlook.only_event(&address("attendee1")).await;
    let whole_day = json!({
        "isAllDay": true, "subject": "Mine",
        "start": {"dateTime": "2026-05-06T00:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-05-07T00:00:00", "timeZone": "UTC"},
    });
    outlook.change(&address("attendee1"), &copy, &whole_day).await;
    assert_done(&caller.update_appointments(&new(&["attendee1"], &json!({"subject": "New"}))).await, &PEOPLE[..2]);
    let copy = outlook.only_event(&address("attendee1")).await;
    assert_eq!((&copy["subject"], &copy["isAllDay"]), (&json!("New"), &json!(false)));
    assert_eq!(copy["start"]["dateTime"], "2026-05-04T09:00:00.0000000");
}

#[tokio::test]
async fn what_a_person_wrote_stays_until_there_is_another_body() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    assert_done(&caller.create_appointments(&new(&["attendee1"], &json!({}))).await, &PEOPLE[..2]);
    let copy = outlook.only_event(&address("attendee1")).await;
    let online = json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"});
    outlook.change(&address("attendee1"), &copy, &online).await;
    let online = outlook.only_event(&address("attendee1")).await;
    let other = json!({"subject": "New", "startTime": "2026-05-04T08:00:00Z"});
    assert_done(&caller.update_appointments(&new(&["attendee1"], &other)).await, &PEOPLE[..2]);
    let copy = outlook.only_event(&address("attendee1")).await;
    assert_eq!((&copy["subject"], &copy["body"]), (&json!("New"), &online["body"]));
    assert_eq!(copy["onlineMeeting"]["joinUrl"], online["onlineMeeting"]["joinUrl"]);
    // Another body takes the place of all of it.
    let other = json!({"subject": "New", "body": "New body"});
    assert_done(&caller.update_appointments(&new(&["attendee1"], &other)).await, &PEOPLE[..2]);
    for name in &PEOPLE[..2] {
        let copy = outlook.only_event(&address(name)).await;
        let content = copy["body"]["content"].as_str().expect("text");
        assert!(content.contains("New body") && !content.contains("What we talk about"), "{name}: {content}");
    }
}
