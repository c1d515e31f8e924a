//! How many requests are in flight: as many as Graph takes, by either of the texts that say how many those are.

use convene::calendar::CalendarError;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::stage::{Entries, Stage};

/// As many as the least that Graph grants, for an application whatever the mailboxes.
const FOUR_IN_ALL: &str = r#"{"app_concurrency": 4, "latency_ms": 500}"#;
/// 120 mailboxes over a year: six chunks, six pieces.
const QUESTIONS: usize = 36;

fn all_told(answers: &[Entries]) -> bool {
    answers.iter().all(Result::is_ok)
}

#[tokio::test]
async fn four_in_all_are_found_out_and_kept_to() {
    let stage = Stage::start().await;
    let people = stage.people(120).await;
    let process = stage.process().await;
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    stage.simulator.switch(serde_json::from_str(FOUR_IN_ALL).expect("switches")).await;
    for (times, most_refused) in [(1, QUESTIONS as u64 - 4), (2, 4)] {
        stage.simulator.clear_journal().await;
        stage.simulator.control(Method::DELETE, "/concurrency", None).await;
        let answers = process.free_busy_of_a_year(&people).await;
        assert!(all_told(&answers), "{times}: {:?}", answers.iter().find(|answer| answer.is_err()));
        let (peak, refused) = stage.in_flight().await;
        let requests = stage.round_trips().await;
        // What the first call has learnt the second one knows.
        assert!(peak == 4 && refused <= most_refused, "{times}: {peak}, {refused}");
        assert!(requests <= QUESTIONS + 20, "{times}: {requests}");
    }
}

#[tokio::test]
async fn where_each_mailbox_has_four_of_its_own_all_questions_go_at_once() {
    let stage = Stage::start().await;
    let people = stage.people(120).await;
    let process = stage.process().await;
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    stage.simulator.clear_journal().await;
    stage.simulator.control(Method::DELETE, "/concurrency", None).await;
    let held = stage.simulator.hold("get_schedule", 0).await;
    let letting_go = async {
        stage.simulator.held(&held, QUESTIONS as u64).await;
        stage.simulator.clear_faults().await;
    };
    let (answers, ()) = tokio::join!(process.free_busy_of_a_year(&people), letting_go);
    assert!(all_told(&answers));
    assert_eq!((stage.in_flight().await, stage.round_trips().await), ((QUESTIONS as u64, 0), QUESTIONS));
}

#[tokio::test]
async fn a_process_has_only_so_many_in_flight() {
    let stage = Stage::start().await;
    let people = stage.people(400).await;
    let process = stage.process().await;
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    stage.simulator.clear_journal().await;
    stage.simulator.control(Method::DELETE, "/concurrency", None).await;
    let held = stage.simulator.hold("get_schedule", 0).await;
    let letting_go = async {
        stage.simulator.held(&held, 104).await;
        assert_eq!(stage.round_trips().await, 104);
        stage.simulator.clear_faults().await;
    };
    // Twenty chunks and six pieces are 120.
    let (answers, ()) = tokio::join!(process.free_busy_of_a_year(&people), letting_go);
    assert!(all_told(&answers));
    assert_eq!((stage.in_flight().await, stage.round_trips().await), ((104, 0), 120));
}

#[tokio::test]
async fn several_calls_at_once_share_four_in_all() {
    let stage = Stage::start().await;
    let people = stage.people(40).await;
    let process = stage.process().await;
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    stage.simulator.switch(json!({"app_concurrency": 4, "latency_ms": 50})).await;
    // Two chunks and six pieces for each.
    let questions = 4 * 2 * 6;
    for (times, most_refused) in [(1, questions - 4 + 4), (2, 4)] {
        stage.simulator.control(Method::DELETE, "/concurrency", None).await;
        let calls = join_all((0..4).map(|_| process.free_busy_of_a_year(&people))).await;
        assert!(calls.iter().all(|answers| all_told(answers)));
        let (taken, refused) = stage.in_flight().await;
        assert!(taken == 4 && refused <= most_refused, "{times}: {taken}, {refused}");
    }
}

#[tokio::test]
async fn a_mailbox_that_is_throttled_by_itself_holds_up_no_other() {
    let stage = Stage::start().await;
    let people = stage.people(120).await;
    let process = stage.process().await;
    let effect = json!({"status": 429, "retry_after": 0.01});
    let matching = json!({"operation": "get_schedule", "mailbox": "attendee1@contoso.com"});
    stage.simulator.fault(json!({"match": matching, "times": 0, "effect": effect})).await;
    stage.simulator.clear_journal().await;
    for _ in 0..4 {
        let answers = process.free_busy(&["attendee1"]).await;
        assert!(matches!(answers[..], [Err(CalendarError::Throttled { .. })]), "{answers:?}");
    }
    let refused = stage.round_trips().await;
    assert!(refused >= 8, "{refused}");
    stage.simulator.clear_faults().await;
    let held = stage.simulator.hold("get_schedule", 0).await;
    let letting_go = async {
        stage.simulator.held(&held, QUESTIONS as u64).await;
        stage.simulator.clear_faults().await;
    };
    let (answers, ()) = tokio::join!(process.free_busy_of_a_year(&people), letting_go);
    assert!(all_told(&answers));
}
