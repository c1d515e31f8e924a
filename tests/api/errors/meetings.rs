//! `MeetingNotFound`, `MeetingAlreadyExists`, `RequestInProgress`, `ErrorMailRecipientNotFound`.

use convene_tests::{Product, samples};
use serde_json::json;

use super::{assert_failed, retry_after};

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn an_unknown_meeting_is_not_found() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    assert_failed(&caller.get("m", ORGANIZER).await, 404, "MeetingNotFound", ORGANIZER);
    assert_failed(&caller.delete("m", ORGANIZER).await, 404, "MeetingNotFound", ORGANIZER);
    for change in [
        json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "S"}),
        json!({"id": "m", "organizerEmail": ORGANIZER}),
    ] {
        assert_failed(&caller.update(&change).await, 404, "MeetingNotFound", ORGANIZER);
    }
    assert!(product.simulator().requests().await.is_empty());
}

#[tokio::test]
async fn an_id_is_taken_by_its_content() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for change in [
        json!({"subject": "Another"}),
        json!({"body": "Another"}),
        json!({"location": "Another"}),
        json!({"startTime": "2026-05-04T09:00:01Z"}),
        json!({"endTime": "2026-05-04T10:30:00Z"}),
        json!({"attendees": []}),
        json!({"attendees": [{"email": "attendee1@contoso.com", "isRequired": true}, {"email": "attendee2@contoso.com", "isRequired": true}]}),
    ] {
        let answer = caller.schedule(&samples::meeting_with("m", &change)).await;
        assert_failed(&answer, 409, "MeetingAlreadyExists", ORGANIZER);
    }
    let other = "attendee1@contoso.com";
    let answer = caller.schedule(&samples::meeting_with("m", &json!({"organizerEmail": other}))).await;
    assert_failed(&answer, 409, "MeetingAlreadyExists", other);
    let outlook = product.outlook("contoso").await;
    assert_eq!(outlook.only_event(ORGANIZER).await["subject"], "Quarterly review");
}

#[tokio::test]
async fn an_id_that_is_being_worked_on_is_in_progress() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    let held = simulator.hold("create_event", 1).await;
    let first = tokio::spawn({
        let caller = caller.clone();
        async move { caller.schedule(&samples::meeting("m")).await }
    });
    simulator.held(&held, 1).await;
    for answer in [
        caller.schedule(&samples::meeting("m")).await,
        caller.schedule(&samples::meeting_with("m", &json!({"subject": "Another"}))).await,
        caller.get("m", ORGANIZER).await,
        caller.update(&json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "S"})).await,
        caller.delete("m", ORGANIZER).await,
    ] {
        assert_failed(&answer, 409, "RequestInProgress", ORGANIZER);
        // Until the request at work is certain to be gone, and no longer.
        assert!((1..=31).contains(&retry_after(&answer)), "{answer:?}");
    }
    simulator.release(&held).await;
    first.await.expect("an answer").expect(200, "NoError");
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    product.outlook("contoso").await.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn a_meeting_that_is_being_deleted_is_in_progress() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let held = simulator.hold("delete_event", 1).await;
    let first = tokio::spawn({
        let caller = caller.clone();
        async move { caller.delete("m", ORGANIZER).await }
    });
    simulator.held(&held, 1).await;
    for answer in [
        caller.schedule(&samples::meeting("m")).await,
        caller.get("m", ORGANIZER).await,
        caller.update(&json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "S"})).await,
        caller.delete("m", ORGANIZER).await,
    ] {
        assert_failed(&answer, 409, "RequestInProgress", ORGANIZER);
        assert!((1..=31).contains(&retry_after(&answer)), "{answer:?}");
    }
    simulator.release(&held).await;
    first.await.expect("an answer").expect(200, "NoError");
    assert_failed(&caller.get("m", ORGANIZER).await, 404, "MeetingNotFound", ORGANIZER);
}

#[tokio::test]
async fn an_organizer_outside_the_organization_has_no_mailbox() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for email in ["nobody@contoso.com", "somebody@example.org", "organizer@fabrikam.com"] {
        let stranger = samples::meeting_with("m", &json!({"organizerEmail": email}));
        let answer = caller.schedule(&stranger).await;
        assert_failed(&answer, 404, "ErrorMailRecipientNotFound", email);
    }
    // Nothing was made, so the id is free.
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
}

#[tokio::test]
async fn availability_fails_by_entry() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let entries = json!([
        {"email": "nobody@contoso.com"},
        {"email": "Attendee1@Contoso.com"},
        {"email": "somebody@example.org", "serviceResourceId": "7"},
    ]);
    let answer = caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entries).await.expect_ok();
    let expected = json!([
        {"email": "nobody@contoso.com", "errorCode": "ErrorMailRecipientNotFound", "unavailableTimeslots": []},
        {"email": "Attendee1@Contoso.com", "errorCode": "NoError", "unavailableTimeslots": []},
        {"serviceResourceId": "7", "errorCode": "ErrorMailRecipientNotFound", "unavailableTimeslots": []},
    ]);
    assert_eq!(answer, expected);
}
