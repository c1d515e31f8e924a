//! What is sent again, and what never is.

use convene::calendar::{CalendarError, Reply};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Journal, all_failed, creates, delete, written};
use crate::stage::{Process, Stage, call};

const THREE: [&str; 3] = ["attendee1", "attendee2", "attendee3"];

/// A process with an empty journal before it.
async fn start() -> (Stage, Process) {
    let stage = Stage::start().await;
    let process = stage.process().await;
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    stage.simulator.clear_journal().await;
    (stage, process)
}

/// Has an item for a mailbox meet a fault, so often.
async fn trouble(stage: &Stage, name: &str, times: u32, effect: Value) {
    let matching = json!({"batch": true, "mailbox": format!("{name}@contoso.com")});
    stage.simulator.fault(json!({"match": matching, "times": times, "effect": effect})).await;
}

/// Has a batch meet a fault, so often.
async fn batch_trouble(stage: &Stage, times: u32, effect: Value) {
    stage.simulator.fault(json!({"match": {"operation": "batch"}, "times": times, "effect": effect})).await;
}

/// Makes an entry in each of three calendars, and a request to delete each.
async fn deletes(process: &Process) -> Vec<convene::calendar::Request> {
    let ids = written(&process.together(creates(&THREE)).await);
    THREE.iter().zip(&ids).map(|(name, id)| delete(name, id)).collect()
}

fn all_done(answers: &[Answer]) -> bool {
    answers.iter().all(|answer| matches!(answer, Ok(Reply::Done)))
}

#[tokio::test]
async fn only_what_was_throttled_is_sent_again() {
    let (stage, process) = start().await;
    trouble(&stage, "attendee2", 1, json!({"status": 429, "retry_after": 0.05})).await;
    assert_eq!(written(&process.together(creates(&THREE)).await).len(), 3);
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!(THREE.map(|name| journal.asked(name)), [1, 2, 1]);
    // What is left of a batch is no batch when it is one request.
    assert_eq!((journal.batches(), journal.round_trips()), (vec![3], 2));
}

#[tokio::test]
async fn what_is_due_together_is_sent_together() {
    let (stage, process) = start().await;
    for name in ["attendee1", "attendee3"] {
        trouble(&stage, name, 2, json!({"status": 429})).await;
    }
    assert_eq!(written(&process.together(creates(&THREE)).await).len(), 3);
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!(THREE.map(|name| journal.asked(name)), [3, 1, 3]);
    assert_eq!(journal.batches()[0..2], [3, 2]);
}

#[tokio::test]
async fn a_throttled_item_does_not_wait_beyond_the_deadline() {
    let (stage, process) = start().await;
    trouble(&stage, "attendee2", 0, json!({"status": 429, "retry_after": 60})).await;
    let answers = process.together(creates(&THREE)).await;
    let told = answers[1].as_ref().expect_err("throttled");
    assert!(matches!(told, CalendarError::Throttled { retry_after: Some(wait) } if wait.as_secs() == 60), "{told:?}");
    assert_eq!(Journal::of(&stage.simulator).await.asked("attendee2"), 1);
}

#[tokio::test]
async fn a_create_that_may_have_happened_is_not_repeated() {
    for (status, unanswered) in [(503, false), (504, true)] {
        let (stage, process) = start().await;
        trouble(&stage, "attendee2", 1, json!({"status": status})).await;
        let answers = process.together(creates(&THREE)).await;
        let error = answers[1].as_ref().expect_err("a failure");
        let kind = if unanswered {
            matches!(error, CalendarError::NoAnswer { .. })
        } else {
            matches!(error, CalendarError::Failed { .. })
        };
        assert!(kind, "{status}: {error:?}");
        let journal = Journal::of(&stage.simulator).await;
        assert_eq!((THREE.map(|name| journal.asked(name)), journal.round_trips()), ([1; 3], 1));
    }
}

#[tokio::test]
async fn a_delete_that_may_have_happened_is_repeated_and_stays_in_doubt() {
    let (stage, process) = start().await;
    let requests = deletes(&process).await;
    trouble(&stage, "attendee2", 1, json!({"status": 503})).await;
    // Once it may have happened, a refusal does not mean that it did not.
    trouble(&stage, "attendee3", 1, json!({"status": 504})).await;
    stage.simulator.clear_journal().await;
    let refusal = json!({"status": 403});
    let matching = json!({"operation": "delete_event", "mailbox": "attendee3@contoso.com"});
    stage.simulator.fault(json!({"match": matching, "times": 0, "effect": refusal})).await;
    let answers = process.together(requests).await;
    assert!(all_done(&answers[..2]), "{answers:?}");
    assert!(matches!(answers[2], Err(CalendarError::NoAnswer { .. })), "{answers:?}");
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!(THREE.map(|name| journal.asked(name)), [1, 2, 2]);
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_leaves_each_item_open() {
    let (stage, process) = start().await;
    batch_trouble(&stage, 1, json!({"drop": "after_commit"})).await;
    let answers = process.together(creates(&THREE)).await;
    assert!(all_failed(&answers, |error| matches!(error, CalendarError::NoAnswer { .. })), "{answers:?}");
    assert_eq!(Journal::of(&stage.simulator).await.batches(), [3]);
    let outlook = stage.product.outlook("contoso").await;
    for name in THREE {
        outlook.only_event(&format!("{name}@contoso.com")).await;
    }
    // To delete once more does no harm, and tells that they are gone.
    let (stage, process) = start().await;
    let requests = deletes(&process).await;
    batch_trouble(&stage, 1, json!({"drop": "after_commit"})).await;
    stage.simulator.clear_journal().await;
    let answers = process.together(requests).await;
    assert!(all_failed(&answers, |error| *error == CalendarError::EventNotFound), "{answers:?}");
    assert_eq!(Journal::of(&stage.simulator).await.batches(), [3, 3]);
}

#[tokio::test]
async fn what_a_batch_is_refused_counts_for_each_item() {
    let (stage, process) = start().await;
    batch_trouble(&stage, 1, json!({"status": 429, "retry_after": 0.05})).await;
    assert_eq!(written(&process.together(creates(&THREE)).await).len(), 3);
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.round_trips(), journal.batches()), (2, vec![3, 0]));
    // It is no batch's to say that a mailbox is not there, and no proxy's to say what became of it.
    for effect in [
        json!({"status": 503}),
        json!({"status": 404, "code": "ResourceNotFound"}),
        json!({"status": 200, "body": "<html>"}),
        json!({"status": 200, "when": "after", "body": {"responses": {}}}),
    ] {
        let (stage, process) = start().await;
        batch_trouble(&stage, 0, effect.clone()).await;
        let answers = process.together(creates(&THREE)).await;
        let failed = all_failed(&answers, |error| matches!(error, CalendarError::Failed { .. }));
        assert!(failed, "{effect}: {answers:?}");
        assert_eq!(Journal::of(&stage.simulator).await.round_trips(), 1, "{effect}");
    }
    // An item that is not answered is open, in whatever company.
    let (stage, process) = start().await;
    let effect = json!({"status": 200, "when": "after", "body": {"responses": [{"id": "2", "status": 403}]}});
    batch_trouble(&stage, 1, effect).await;
    let answers = process.together(creates(&THREE)).await;
    assert!(matches!(answers[1], Err(CalendarError::AccessDenied { .. })), "{answers:?}");
    for place in [0, 2] {
        assert!(matches!(answers[place], Err(CalendarError::NoAnswer { .. })), "{answers:?}");
    }
}

#[tokio::test]
async fn what_is_refused_together_is_asked_for_one_by_one() {
    let (stage, process) = start().await;
    batch_trouble(&stage, 1, json!({"status": 413, "code": "RequestEntityTooLarge"})).await;
    let matching = json!({"batch": false, "mailbox": "attendee2@contoso.com"});
    let refused = json!({"status": 400, "code": "ErrorPropertyValidationFailure"});
    stage.simulator.fault(json!({"match": matching, "times": 1, "effect": refused})).await;
    let answers = process.together(creates(&THREE)).await;
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(matches!(answers[1], Err(CalendarError::Rejected { .. })), "{answers:?}");
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.round_trips(), journal.batches()), (4, vec![0]));
}

#[tokio::test]
async fn deletes_go_on_together_after_a_batch_that_failed() {
    let (stage, process) = start().await;
    let requests = deletes(&process).await;
    stage.simulator.clear_journal().await;
    batch_trouble(&stage, 1, json!({"status": 503})).await;
    assert!(all_done(&process.together(requests).await));
    assert_eq!(Journal::of(&stage.simulator).await.batches(), [3, 0]);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let (stage, process) = start().await;
    stage.simulator.control(Method::POST, "/tokens/revoke", Some(json!({"kind": "access"}))).await;
    assert_eq!(written(&process.together(creates(&THREE)).await).len(), 3);
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), stage.exchanges().await), (vec![3, 0], 1));
    // One mailbox's server can refuse what the others take.
    let (stage, process) = start().await;
    for (name, times) in [("attendee1", 1), ("attendee3", 0)] {
        let matching = json!({"operation": "create_event", "mailbox": format!("{name}@contoso.com")});
        stage.simulator.fault(json!({"match": matching, "times": times, "effect": {"status": 401}})).await;
    }
    let answers = process.together(creates(&THREE)).await;
    assert_eq!(written(&answers[..2]).len(), 2);
    assert!(matches!(answers[2], Err(CalendarError::AccessDenied { .. })), "{answers:?}");
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((THREE.map(|name| journal.asked(name)), stage.exchanges().await), ([2, 1, 2], 1));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let (stage, _) = start().await;
    stage.refuse_tokens(0, "invalid_client", 7_000_222).await;
    stage.store(&json!({})).await;
    let answers = stage.process().await.together(creates(&THREE)).await;
    assert!(all_failed(&answers, |error| matches!(error, CalendarError::CredentialRefused { .. })), "{answers:?}");
    assert_eq!(Journal::of(&stage.simulator).await.round_trips(), 0);
}

#[tokio::test]
async fn when_time_is_over_each_item_knows_whether_it_was_sent() {
    let (stage, process) = start().await;
    let answers = process.calendar.execute(&call(0), creates(&THREE)).await;
    assert_eq!(answers.len(), THREE.len());
    let not_sent = |error: &CalendarError| matches!(error, CalendarError::NotSent { timed_out: true, .. });
    assert!(all_failed(&answers, not_sent), "{answers:?}");
    assert_eq!(Journal::of(&stage.simulator).await.round_trips(), 0);
    stage.simulator.hold("batch", 0).await;
    let answers = process.calendar.execute(&call(3), creates(&THREE)).await;
    assert!(all_failed(&answers, |error| matches!(error, CalendarError::NoAnswer { .. })), "{answers:?}");
    assert_eq!(Journal::of(&stage.simulator).await.round_trips(), 1);
    stage.simulator.clear_faults().await;
}
