//! Changes that are made together, without reading the events first, and the way to join an online meeting.

use convene::{
    calendar::{Detail, Reply, Request},
    domain::{EventChange, EventId, parse_utc},
};
use convene_tests::Outlook;
use serde_json::{Value, json};

use super::{Journal, change, creates, read, written};
use crate::stage::{Process, Stage, mailbox};

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

fn new_text() -> EventChange {
    EventChange { subject: Some("New".into()), body: Some("New <text>".into()), ..EventChange::default() }
}

/// Names one end of the time, which takes the event's other end.
fn later() -> EventChange {
    EventChange { end: Some(parse_utc("2027-03-04T12:00:00Z").expect("a time")), ..new_text() }
}

/// A change that keeps the join block.
fn keeping(name: &str, id: &EventId, change: &EventChange) -> Request {
    let (mailbox, event, change) = (mailbox(name), id.clone(), change.clone());
    Request::Change { mailbox, event, change, keep_join_block: true }
}

fn join_url(event: &Value) -> &str {
    event["onlineMeeting"]["joinUrl"].as_str().expect("a way to join")
}

#[tokio::test]
async fn what_names_no_text_keeps_the_text_and_the_way_to_join() {
    let (stage, process, outlook, ids, online) = start().await;
    let new = EventChange { subject: Some("New".into()), ..EventChange::default() };
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
    let both = TWO.iter().zip(&ids).map(|(name, id)| keeping(name, id, &later())).collect();
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

#[tokio::test]
async fn keep_join_block_keeps_it_beside_other_requests_too() {
    let (stage, process, outlook, ids, online) = start().await;
    let requests = vec![
        keeping(TWO[0], &ids[0], &new_text()),
        change(TWO[1], &ids[1], &new_text()),
        read(TWO[1], &ids[1], Detail::Full),
    ];
    let answers = process.together(requests).await;
    assert_eq!(written(&answers[..2]), ids);
    assert!(matches!(&answers[2], Ok(Reply::Event(event)) if !event.body.is_empty()), "{:?}", answers[2]);
    // The first needs a read and a change of its own; the others share a batch.
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), journal.round_trips()), (vec![2], 3));
    let event = outlook.only_event(MAILBOX).await;
    assert_eq!(join_url(&event), join_url(&online));
    assert!(event["body"]["content"].as_str().expect("HTML").contains("New &lt;text&gt;"));
}

#[tokio::test]
async fn without_keep_join_block_a_body_replaces_all_even_if_the_event_was_read() {
    for count in [1, 2] {
        let (stage, process, outlook, ids, _) = start().await;
        let some = TWO[..count].iter().zip(&ids).map(|(name, id)| change(name, id, &later())).collect();
        let answers = process.together(some).await;
        assert_eq!(written(&answers), ids[..count]);
        assert!(matches!(&answers[0], Ok(Reply::Written(event)) if event.link_lost), "{answers:?}");
        let journal = Journal::of(&stage.simulator).await;
        assert_eq!((journal.batches(), journal.round_trips()), (vec![], 2 * count));
        let event = outlook.only_event(MAILBOX).await;
        assert_eq!((&event["isOnlineMeeting"], &event["subject"]), (&json!(false), &json!("New")));
        assert_eq!(event["end"]["dateTime"], "2027-03-04T12:00:00.0000000");
    }
}
