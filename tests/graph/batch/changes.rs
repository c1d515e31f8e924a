//! Changes that are made together, without reading the events first, and the way to join an online meeting.

use convene::{
    calendar::EventId,
    domain::{MeetingChange, parse_utc},
};
use convene_tests::Outlook;
use serde_json::{Value, json};

use super::{Journal, change, creates, written};
use crate::stage::{Process, Stage};

const TWO: [&str; 2] = ["attendee1", "attendee2"];
const MAILBOX: &str = "attendee1@contoso.com";

/// Two entries, of which a person has made the first an online meeting, and what that is then.
async fn start() -> (Stage, Process, Outlook, Vec<EventId>, Value) {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let ids = written(&process.together(creates(&TWO)).await);
    let outlook = stage.product.outlook("contoso").await;
    let event = outlook.only_event(MAILBOX).await;
    outlook
        .change(MAILBOX, &event, &json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"}))
        .await;
    let online = outlook.only_event(MAILBOX).await;
    stage.simulator.clear_journal().await;
    (stage, process, outlook, ids, online)
}

fn new_text() -> MeetingChange {
    MeetingChange { subject: Some("New".into()), body: Some("New <text>".into()), ..MeetingChange::default() }
}

fn join_url(event: &Value) -> &str {
    event["onlineMeeting"]["joinUrl"].as_str().expect("a way to join")
}

#[tokio::test]
async fn what_names_no_text_keeps_the_text_and_the_way_to_join() {
    let (stage, process, outlook, ids, online) = start().await;
    let new = MeetingChange { subject: Some("New".into()), ..MeetingChange::default() };
    let both = TWO.iter().zip(&ids).map(|(name, id)| change(name, id, &new)).collect();
    assert_eq!(written(&process.together(both).await), ids);
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), journal.round_trips()), (vec![2], 1));
    let event = outlook.only_event(MAILBOX).await;
    assert_eq!((&event["subject"], &event["body"]), (&json!("New"), &online["body"]));
    assert_eq!(join_url(&event), join_url(&online));
}

#[tokio::test]
async fn a_change_that_depends_on_the_event_reads_it_first() {
    let (stage, process, outlook, ids, online) = start().await;
    let later = MeetingChange { end: Some(parse_utc("2027-03-04T12:00:00Z").expect("a time")), ..new_text() };
    let both = TWO.iter().zip(&ids).map(|(name, id)| change(name, id, &later)).collect();
    assert_eq!(written(&process.together(both).await), ids);
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), journal.round_trips()), (vec![], 4));
    let event = outlook.only_event(MAILBOX).await;
    assert_eq!(join_url(&event), join_url(&online));
    assert!(event["body"]["content"].as_str().expect("HTML").contains("New &lt;text&gt;"));
}

#[tokio::test]
async fn a_text_takes_the_place_of_all_there_was() {
    // With others as well as alone.
    for (count, batches) in [(2, vec![2]), (1, vec![])] {
        let (stage, process, outlook, ids, _) = start().await;
        let some = TWO[..count].iter().zip(&ids).map(|(name, id)| change(name, id, &new_text())).collect();
        assert_eq!(written(&process.together(some).await), ids[..count]);
        let journal = Journal::of(&stage.simulator).await;
        assert_eq!((journal.batches(), journal.round_trips()), (batches, 1));
        let event = outlook.only_event(MAILBOX).await;
        assert!(event["body"]["content"].as_str().expect("HTML").contains("New &lt;text&gt;"));
        // Graph ends an online meeting whose way to join is gone from the text.
        assert_eq!(event["isOnlineMeeting"], false);
    }
}
