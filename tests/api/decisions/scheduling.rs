//! Scheduling, and scheduling again.

use convene_tests::{Product, samples};
use serde_json::json;

use super::change;

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn the_same_content_again_is_no_second_meeting() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let before = product.outlook("contoso").await.only_event(ORGANIZER).await;
    for same in [
        json!({}),
        json!({"salesforceCorrelationId": "another"}),
        json!({"startTime": "2026-05-04T11:00:00.000+02:00"}),
        json!({"attendees": [{"email": "ATTENDEE2@contoso.com", "isRequired": false}, {"email": "attendee1@contoso.com", "isRequired": true}]}),
        json!({"unknown": "field"}),
    ] {
        caller.schedule(&samples::meeting_with("m", &same)).await.expect(200, "NoError");
    }
    assert_eq!(product.outlook("contoso").await.only_event(ORGANIZER).await, before);
    let invitations = [("invitation", "attendee1@contoso.com"), ("invitation", "attendee2@contoso.com")];
    let mails = simulator.mails().await;
    assert_eq!(mails.iter().map(|(kind, to)| (kind.as_str(), to.as_str())).collect::<Vec<_>>(), invitations);
}

#[tokio::test]
async fn many_at_once_are_one_meeting() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let calls = (0..20).map(|_| {
        let caller = caller.clone();
        tokio::spawn(async move { caller.schedule(&samples::meeting("m")).await })
    });
    let mut done = 0;
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.expect("an answer");
        match answer.code().as_str() {
            "NoError" => done += 1,
            _ => drop(answer.expect(409, "RequestInProgress")),
        }
    }
    assert!(done >= 1);
    product.outlook("contoso").await.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn a_repeat_leaves_what_was_changed_since() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    caller.update(&change("m", &json!({"subject": "Changed"}))).await.expect(200, "NoError");
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Changed");
    // The id stands for what was scheduled, not for what it became.
    let changed = samples::meeting_with("m", &json!({"subject": "Changed"}));
    caller.schedule(&changed).await.expect(409, "MeetingAlreadyExists");
}

#[tokio::test]
async fn an_id_may_be_used_again_after_its_meeting_was_deleted() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let mut ids = Vec::new();
    for subject in ["First", "Second", "First", "First"] {
        caller.schedule(&samples::meeting_with("m", &json!({"subject": subject}))).await.expect(200, "NoError");
        let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
        assert_eq!(event["subject"], subject);
        ids.push(event["iCalUId"].to_string());
        caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let other = samples::meeting_with("m", &json!({"organizerEmail": "attendee1@contoso.com", "attendees": []}));
    caller.schedule(&other).await.expect(200, "NoError");
    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn nobody_and_anybody_may_be_invited() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting_with("alone", &json!({"attendees": []}))).await.expect(200, "NoError");
    assert_eq!(caller.get("alone", ORGANIZER).await.expect_ok()["attendees"], json!([]));
    let guests = json!([{"email": "guest+1@example.org", "isRequired": true}, {"email": "o'neil@example.org", "isRequired": false}]);
    caller.schedule(&samples::meeting_with("guests", &json!({"attendees": guests}))).await.expect(200, "NoError");
    let mails = simulator.mails().await;
    let to: Vec<_> = mails.iter().map(|(_, to)| to.as_str()).collect();
    assert_eq!(to, ["guest+1@example.org", "o'neil@example.org"]);
}

#[tokio::test]
async fn empty_texts_are_texts() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let empty = samples::meeting_with("m", &json!({"body": "", "subject": "", "location": ""}));
    caller.schedule(&empty).await.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!((&shown["body"], &shown["subject"], &shown["location"]), (&json!(""), &json!(""), &json!("")));
}
