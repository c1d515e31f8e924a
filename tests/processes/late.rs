//! Requests that are carried out long after anybody waits for them.

use std::time::Duration;

use convene_tests::When::*;
use futures_util::future::join_all;
use serde_json::json;

use crate::{
    gap::{Fate::Lands, Place},
    scenario::{Ask, Content::First, Scenario, Standing},
    stage::Stage,
};

/// Longer than anything here takes to land.
const DOUBT_WINDOW: Duration = Duration::from_secs(6);
const MADE: Standing = Standing::Meeting(First, "First");
const BOOK: Ask = Ask::Schedule(First);

/// Graph may know a transaction id, or forget it, so that the late request makes a second event.
#[tokio::test]
async fn an_event_may_appear_late() {
    let stages = [Stage::open(DOUBT_WINDOW).await, Stage::open(DOUBT_WINDOW).await];
    stages[1].deployment.backends.simulator().switch(json!({"forget_transaction_ids": true})).await;
    let all = stages.iter().flat_map(|stage| Ask::ALL.map(|next| (stage, next)));
    join_all(all.map(|(stage, next)| async move {
        tokio::join!(
            after_a_timeout(stage, next),
            after_a_failure(stage, next),
            after_another_call(stage, next),
            awaited(stage, next)
        )
    }))
    .await;
    for stage in stages {
        stage.neighbour_is_untouched().await;
    }
}

/// Graph gives up waiting for itself, answers 504, and makes the event all the same.
async fn after_a_timeout(stage: &Stage, next: Ask) {
    let scenario = Scenario::begin(stage, &format!("504 and made later, then {next:?}")).await;
    let of_this_call = json!({"operation": "create_event", "client_request_id": scenario.disturbed.to_string()});
    let effect = json!({"status": 504, "land_after_ms": 1500});
    let simulator = stage.deployment.backends.simulator();
    simulator.fault(json!({"match": of_this_call, "times": 1, "effect": effect})).await;
    let answer = stage.call_freshly(BOOK.function(), &scenario.disturbed_request(BOOK)).await;
    answer.expect(504, "ErrorTimeoutExpired");
    let (status, _, after) = MADE.after(next);
    assert_eq!(scenario.until_decided(next).await.status, status, "{}", scenario.id);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let now = scenario.expect(after, next).await;
    scenario.goes_on_as_usual(now).await;
}

/// Graph fails, makes the event all the same, and by then the same call has asked again and succeeded.
async fn after_a_failure(stage: &Stage, next: Ask) {
    let scenario = Scenario::begin(stage, &format!("503 and made later, then {next:?}")).await;
    let of_this_call = json!({"operation": "create_event", "client_request_id": scenario.disturbed.to_string()});
    let effect = json!({"status": 503, "land_after_ms": 3000});
    let simulator = stage.deployment.backends.simulator();
    simulator.fault(json!({"match": of_this_call, "times": 1, "effect": effect})).await;
    let answer = stage.call_freshly(BOOK.function(), &scenario.disturbed_request(BOOK)).await;
    answer.expect(200, "NoError");
    let (status, _, after) = MADE.after(next);
    assert_eq!(scenario.until_decided(next).await.status, status, "{}", scenario.id);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let now = scenario.expect(after, next).await;
    scenario.goes_on_as_usual(now).await;
}

/// The request of a process that was killed is carried out after another one has booked the meeting in its stead.
async fn after_another_call(stage: &Stage, next: Ask) {
    let scenario = Scenario::begin(stage, &format!("booked in its stead, then {next:?}")).await;
    let (_, leftover) = scenario.dies_at(BOOK, Place::Graph("create_event", Before)).await;
    scenario.expect(Standing::Absent, BOOK).await;
    leftover.meet(Lands).await;
    let now = scenario.expect(MADE, next).await;
    scenario.goes_on_as_usual(now).await;
}

/// The request of a process that was killed is carried out while others are waiting to learn what became of it.
async fn awaited(stage: &Stage, next: Ask) {
    let scenario = Scenario::begin(stage, &format!("awaited by {next:?}")).await;
    let (claim_ends, leftover) = scenario.dies_at(BOOK, Place::Graph("create_event", Before)).await;
    tokio::time::sleep((claim_ends - chrono::Utc::now()).to_std().unwrap_or_default()).await;
    let first = scenario.call(next).await;
    leftover.meet(Lands).await;
    let answer = scenario.decided_after(first, next).await;
    assert_eq!(answer.status, MADE.after(next).0, "{}: {answer:?}", scenario.id);
    let now = scenario.expect(MADE.after(next).2, next).await;
    scenario.goes_on_as_usual(now).await;
}

/// A change or a deletion that arrives late finds its own event gone, and does nothing to the one made since.
#[tokio::test]
async fn what_arrives_late_does_nothing_to_a_meeting_made_since() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    join_all([(Ask::Delete, "delete_event"), (Ask::Patch, "update_event")].map(|(late, operation)| {
        let stage = &stage;
        async move {
            let scenario = Scenario::begin(stage, &format!("{operation} after it was made anew")).await;
            scenario.expect(Standing::Absent, BOOK).await;
            let (_, leftover) = scenario.dies_at(late, Place::Graph(operation, Before)).await;
            if late == Ask::Patch {
                scenario.expect(MADE, Ask::Delete).await;
            }
            let now = scenario.expect(Standing::Deleted, BOOK).await;
            leftover.meet(Lands).await;
            scenario.calendars_show(now).await;
            scenario.goes_on_as_usual(now).await;
        }
    }))
    .await;
    stage.neighbour_is_untouched().await;
}
