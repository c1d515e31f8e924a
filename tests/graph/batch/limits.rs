//! How much goes into a batch, and how much is under way at once.

use std::time::Duration;

use chrono::Utc;
use convene::{CallContext, calendar::Detail, call::Deadline, domain::PlainText};
use futures_util::future::join_all;
use serde_json::json;

use super::{Answer, Journal, create, creates, delete, names, read, written};
use crate::stage::Stage;

#[tokio::test]
async fn large_texts_make_small_batches() {
    let stage = Stage::start().await;
    let people = stage.people(5).await;
    let process = stage.process().await;
    stage.simulator.clear_journal().await;
    let body = PlainText::from("x".repeat(1_200_000));
    let answers = process.together(people.iter().map(|name| create(name, &body)).collect()).await;
    assert_eq!(written(&answers).len(), people.len());
    // The last is a batch of its own, and so is none.
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), journal.round_trips()), (vec![2, 2], 3));
}

#[tokio::test]
async fn what_waits_for_its_answer_takes_only_so_much_memory() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    stage.simulator.clear_journal().await;
    let effect = json!({"hold": true, "status": 403});
    let held = stage.simulator.fault(json!({"match": {"operation": "batch"}, "times": 0, "effect": effect})).await;
    let body = PlainText::from("x".repeat(1_700_000));
    let requests = (0..20).map(|n| create(&format!("person{n}"), &body)).collect();
    // So much text takes a slow machine a while.
    let call = CallContext::new(Deadline::of_the_platform(Duration::from_mins(2), Utc::now()));
    // Nine batches of 3.4 MB each are within 32 MiB, and ten are not.
    let (answers, ()) = tokio::join!(process.calendar.execute(&call, requests), async {
        stage.simulator.held(&held, 9).await;
        assert_eq!(Journal::of(&stage.simulator).await.round_trips(), 9);
        stage.simulator.clear_faults().await;
    });
    assert_eq!(answers.len(), 20);
    assert_eq!(Journal::of(&stage.simulator).await.round_trips(), 10);
}

/// Graph carries out four of them at a time: the last of twenty waits for the others, and is not lost.
#[tokio::test]
async fn a_batch_of_slow_items_is_waited_for_and_sent_once() {
    // Longer for each than a fifth of what one request may take: reading 8 s, deleting 12 s.
    tokio::join!(slow_items(1700, true), slow_items(2500, false));
}

/// Reads or deletes twenty entries whose mailboxes each take so long.
async fn slow_items(latency_ms: u32, reads: bool) {
    let stage = Stage::start().await;
    let people = stage.people(20).await;
    let process = stage.process().await;
    let ids = written(&process.together(creates(&names(&people))).await);
    stage.simulator.switch(json!({"latency_ms": latency_ms})).await;
    stage.simulator.clear_journal().await;
    let requests = people.iter().zip(&ids).map(
        |(name, id)| {
            if reads { read(name, id, Detail::Summary) } else { delete(name, id) }
        },
    );
    let answers: Vec<Answer> = process.together(requests.collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(Journal::of(&stage.simulator).await.batches(), [20]);
    assert_eq!(stage.in_flight().await.0, 4);
}

/// Each request takes a place of its mailbox: of the person's own, where it is a person that asks, whatever it is about.
#[tokio::test]
async fn batches_keep_to_the_bound_for_a_mailbox() {
    for (stage, at_once) in [(Stage::start().await, 4), (Stage::start_delegated().await, 2)] {
        let process = stage.process().await;
        stage.simulator.clear_journal().await;
        let held = stage.simulator.hold("batch", 0).await;
        let batches = (0..6).map(|n| {
            // Whichever of the two comes first.
            let pair = if n % 2 == 0 { ["organizer", "attendee1"] } else { ["attendee1", "organizer"] };
            process.together(creates(&pair))
        });
        let (answers, ()) = tokio::join!(join_all(batches), async {
            stage.simulator.held(&held, at_once).await;
            assert_eq!(Journal::of(&stage.simulator).await.round_trips() as u64, at_once);
            stage.simulator.clear_faults().await;
        });
        let organizer = answers.iter().enumerate().map(|(n, answers)| answers[n % 2].clone());
        assert_eq!(written(&organizer.collect::<Vec<_>>()).len(), 6);
        assert_eq!(Journal::of(&stage.simulator).await.batches(), [2; 6]);
    }
}
