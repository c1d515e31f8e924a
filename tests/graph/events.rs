//! Events: what is written back after it was read, and writes that nobody can be sure of.

use convene::{calendar::CalendarError, domain::EventChange};
use convene_tests::samples;
use serde_json::json;

use crate::stage::{Stage, mailbox};

#[tokio::test]
async fn a_description_that_is_read_and_written_back_does_not_grow() {
    let stage = Stage::start().await;
    let caller = stage.product.contoso().await;
    let meeting =
        samples::meeting_with("teams", &json!({"location": "MS Teams", "body": "First\n\nSign: ____________________"}));
    caller.schedule(&meeting).await.expect(200, "NoError");
    let outlook = stage.product.outlook("contoso").await;
    let mut lengths = Vec::new();
    for round in 0..4 {
        let read = caller.get("teams", samples::ORGANIZER).await.expect_ok();
        let body = read["body"].as_str().expect("a body");
        assert_eq!(body.matches("/l/meetup-join/").count(), 1, "{body}");
        lengths.push(body.len());
        let body = body.replacen("First", "Again", usize::from(round == 0));
        let change = json!({"id": "teams", "organizerEmail": samples::ORGANIZER, "body": body});
        caller.update(&change).await.expect(200, "NoError");
        let event = outlook.only_event(samples::ORGANIZER).await;
        assert_eq!(event["isOnlineMeeting"], true);
        let html = event["body"]["content"].as_str().expect("HTML");
        assert_eq!(html.matches("/l/meetup-join/").count(), 1, "{html}");
        assert_eq!(html.matches("Microsoft Teams meeting").count(), 1, "{html}");
        assert!(html.contains("Again") && html.contains("Sign: ____________________"), "{html}");
    }
    assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "{lengths:?}");
}

#[tokio::test]
async fn a_write_that_may_have_happened_stays_in_doubt() {
    let stage = Stage::start().await;
    let caller = stage.product.contoso().await;
    caller.schedule(&samples::meeting("doubt")).await.expect(200, "NoError");
    let event = stage.product.outlook("contoso").await.only_event(samples::ORGANIZER).await;
    let id = convene::domain::EventId(event["id"].as_str().expect("an id").to_owned());
    let process = stage.process().await;
    let change = EventChange { subject: Some("New".into()), ..EventChange::default() };
    let organizer = mailbox("organizer");
    for later in [403, 429, 400] {
        let matching = json!({"operation": "update_event"});
        stage.simulator.fault(json!({"match": matching, "times": 1, "effect": {"drop": "after_commit"}})).await;
        let effect = json!({"status": later, "retry_after": 60});
        stage.simulator.fault(json!({"match": matching, "times": 0, "effect": effect})).await;
        let outcome = process.change(&organizer, &id, &change).await;
        assert!(matches!(outcome, Err(CalendarError::NoAnswer { .. })), "{later}: {outcome:?}");
        stage.simulator.clear_faults().await;
    }
    // Of an event that is gone nothing is left to doubt.
    stage.simulator.fault(json!({"match": {"operation": "delete_event"}, "effect": {"drop": "after_commit"}})).await;
    assert_eq!(process.delete(&organizer, &id).await, Err(CalendarError::EventNotFound));
}
