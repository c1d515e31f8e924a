//! DELETE: every copy goes, whoever is listed.

use convene_tests::{Product, lightning::appointment};
use reqwest::Method;
use serde_json::json;

use super::{PEOPLE, address, assert_counts, assert_done, assert_rows, with_an_appointment};
use crate::errors::assert_invalid;

const POSTBACK: &str = "/api/salesforce/scheduler/postback";

#[tokio::test]
async fn every_copy_goes_and_whoever_is_listed_is_answered_for() {
    let product = with_an_appointment().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let people = ["attendee1@contoso.com", "ATTENDEE1@contoso.com", "attendee5@contoso.com", "nobody@contoso.com"];
    let rows = [
        ("organizer", "NoError"),
        ("attendee1", "NoError"),
        ("ATTENDEE1", "NoError"),
        ("attendee5", "NoError"),
        ("nobody", "ErrorMailRecipientNotFound"),
    ];
    assert_rows(&caller.delete_appointments("a", &address("organizer"), &people).await, &rows);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
    // Once more is the same, and the id is free.
    assert_rows(&caller.delete_appointments("a", &address("organizer"), &people).await, &rows);
    let other = json!({"subject": "Other"});
    let mut anew = appointment("a", &[&address("attendee1")]);
    anew["subject"] = other["subject"].clone();
    assert_done(&caller.create_appointments(&anew).await, &PEOPLE[..2]);
    assert_counts(&outlook, &[("organizer", 1), ("attendee1", 1), ("attendee2", 0)]).await;
}

#[tokio::test]
async fn what_never_was_is_not_found() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    product.simulator().clear_journal().await;
    let answer = caller.delete_appointments("a", &address("organizer"), &["attendee1@contoso.com"]).await;
    assert_rows(&answer, &PEOPLE.map(|name| (name, "MeetingNotFound"))[..2]);
    assert!(product.simulator().requests().await.is_empty());
}

#[tokio::test]
async fn attendees_are_listed_as_text_as_objects_or_in_the_query() {
    let product = with_an_appointment().await;
    let caller = product.contoso().await;
    let body = json!({"id": "a", "organizerEmail": address("organizer"), "attendees": [
        "attendee1@contoso.com",
        {"email": "attendee2@contoso.com", "isRequired": "true"},
        {"email": "attendee3@contoso.com", "isRequired": {"of no": "interest"}},
    ]});
    let answer = caller.send(Method::DELETE, POSTBACK, body.to_string()).await;
    assert_done(&answer, &["organizer", "attendee1", "attendee2", "attendee3"]);
    let query = "id=a&organizerEmail=organizer@contoso.com&attendees=attendee1@contoso.com,attendee2@contoso.com\
                 &attendees=attendee3@contoso.com";
    let answer = caller.send(Method::DELETE, &format!("{POSTBACK}?{query}"), "").await;
    assert_done(&answer, &["organizer", "attendee1", "attendee2", "attendee3"]);
    // An empty list in the body lists no one; another one must list the same people.
    let path = format!("{POSTBACK}?{query}");
    let answer = caller.send(Method::DELETE, &path, r#"{"attendees": []}"#).await;
    assert_done(&answer, &["organizer", "attendee1", "attendee2", "attendee3"]);
    let same =
        json!({"attendees": ["Attendee3@contoso.com", "attendee2@contoso.com", {"email": "attendee1@contoso.com"}]});
    assert_eq!(caller.send(Method::DELETE, &path, same.to_string()).await.status, 200);
    let other = caller.send(Method::DELETE, &path, r#"{"attendees": ["attendee1@contoso.com"]}"#).await;
    assert_invalid(&other, &address("organizer"), &["attendees"]);
}

#[tokio::test]
async fn a_copy_that_its_owner_deleted_is_gone() {
    let product = with_an_appointment().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let copy = outlook.only_event(&address("attendee1")).await;
    outlook.delete(&address("attendee1"), &copy).await;
    let answer = caller.delete_appointments("a", &address("organizer"), &["attendee1@contoso.com"]).await;
    assert_done(&answer, &PEOPLE[..2]);
    assert_counts(&outlook, &PEOPLE.map(|name| (name, 0))).await;
}

#[tokio::test]
async fn the_organizer_answers_for_whoever_is_not_listed() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let busy = json!({"status": 429, "code": "ApplicationThrottled", "retry_after": 60});
    simulator.fault(json!({"match": {"mailbox": address("attendee2")}, "times": 0, "effect": busy})).await;
    let answer = caller.delete_appointments("a", &address("organizer"), &["attendee1@contoso.com"]).await;
    assert_rows(&answer, &[("organizer", "ErrorServerBusy"), ("attendee1", "NoError")]);
    assert_eq!(answer.header("retry-after"), Some("60"));
    simulator.clear_faults().await;
    assert_counts(&outlook, &[("organizer", 0), ("attendee1", 0), ("attendee2", 1)]).await;
    let answer = caller.delete_appointments("a", &address("organizer"), &["attendee1@contoso.com"]).await;
    assert_done(&answer, &PEOPLE[..2]);
    assert_counts(&outlook, &[("attendee2", 0)]).await;
}

#[tokio::test]
async fn what_may_pass_goes_before_what_is_for_good() {
    let product = with_an_appointment().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    simulator.remove_mailbox("contoso.com", &address("organizer")).await;
    let busy = |wait: u32| json!({"status": 429, "code": "ApplicationThrottled", "retry_after": wait});
    for (name, wait) in [("attendee1", 40), ("attendee2", 60)] {
        simulator.fault(json!({"match": {"mailbox": address(name)}, "times": 0, "effect": busy(wait)})).await;
    }
    let answer = caller.delete_appointments("a", &address("organizer"), &[]).await;
    assert_rows(&answer, &[("organizer", "ErrorServerBusy")]);
    assert_eq!(answer.header("retry-after"), Some("60"));
    simulator.clear_faults().await;
    let answer = caller.delete_appointments("a", &address("organizer"), &[]).await;
    assert_rows(&answer, &[("organizer", "ErrorMailRecipientNotFound")]);
    assert_counts(&outlook, &[("attendee1", 0), ("attendee2", 0)]).await;
    // Nor does it keep the id from anybody.
    let again = appointment("a", &[&address("attendee1")]);
    let rows = [("organizer", "ErrorMailRecipientNotFound"), ("attendee1", "NoError")];
    assert_rows(&caller.create_appointments(&again).await, &rows);
}
