//! Writes to DynamoDB whose first try, given up by the SDK and repeated, is carried out after all, and late.

use std::time::Duration;

use convene_tests::{
    Held,
    Step::{self, *},
    When::Before,
};
use futures_util::future::join_all;
use serde_json::json;

use crate::{
    scenario::{Ask, Content::First, Scenario, Standing},
    stage::Stage,
};

const BOOK: Ask = Ask::Schedule(First);

/// A call whose first try of a write waits somewhere while the SDK's second one succeeds.
async fn with_a_double(scenario: &Scenario<'_>, before: Standing, ask: Ask, step: Step) -> (Standing, Held) {
    let mut held = scenario.stage.deployment.dynamodb.hold(&scenario.id, step, Before);
    let now = scenario.expect(before, ask).await;
    held.reached().await;
    (now, held)
}

async fn one_double(stage: &Stage, ask: Ask, step: Step, meanwhile: &[Ask]) {
    let name = format!("{step:?} again after {meanwhile:?}");
    let scenario = Scenario::begin(stage, &name).await;
    let mut now = Standing::Absent;
    if ask == Ask::Delete {
        now = scenario.expect(now, BOOK).await;
    }
    let (mut now, held) = with_a_double(&scenario, now, ask, step).await;
    for ask in meanwhile {
        now = scenario.expect(now, *ask).await;
    }
    held.release();
    held.over().await;
    // The first thing asked finds nothing in progress: the double has not become a claim.
    let first = if now == Standing::Deleted { Ask::Delete } else { Ask::Get };
    let answer = scenario.call(first).await;
    scenario.judge(now, first, &answer).await;
    scenario.goes_on_as_usual(now).await;
}

#[tokio::test]
async fn a_double_that_arrives_late_has_no_effect() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let cases: &[(Ask, Step, &[Ask])] = &[
        (BOOK, Claim, &[]),
        (BOOK, Claim, &[Ask::Delete, BOOK]),
        (BOOK, Commit, &[]),
        (BOOK, Commit, &[Ask::Delete]),
        (BOOK, Commit, &[Ask::Delete, BOOK]),
        (Ask::Delete, ClaimDelete, &[]),
        (Ask::Delete, Tombstone, &[]),
        (Ask::Delete, Tombstone, &[BOOK]),
        (Ask::Delete, Tombstone, &[BOOK, Ask::Delete]),
    ];
    join_all(cases.iter().map(|(ask, step, meanwhile)| one_double(&stage, *ask, *step, meanwhile))).await;
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn a_claim_that_arrives_late_does_not_replace_a_tombstone() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    one_double(&stage, BOOK, Claim, &[Ask::Delete]).await;
}

#[tokio::test]
async fn a_claim_to_delete_that_arrives_late_does_not_delete_a_meeting_made_since() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    one_double(&stage, Ask::Delete, ClaimDelete, &[BOOK]).await;
}

#[tokio::test]
async fn a_claim_that_was_taken_back_does_not_come_again() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let after_a_delete = Scenario::begin(&stage, "taken back after a delete").await;
    let now = after_a_delete.expect(Standing::Absent, BOOK).await;
    let now = after_a_delete.expect(now, Ask::Delete).await;
    for (scenario, now) in [(Scenario::begin(&stage, "taken back").await, Standing::Absent), (after_a_delete, now)] {
        let mut held = stage.deployment.dynamodb.hold(&scenario.id, Step::Claim, Before);
        let of_this_call = json!({"operation": "create_event", "client_request_id": scenario.disturbed.to_string()});
        let effect = json!({"status": 403, "code": "ErrorAccessDenied"});
        stage.deployment.backends.simulator().fault(json!({"match": of_this_call, "effect": effect})).await;
        let refused = stage.call(BOOK.function(), &scenario.disturbed_request(BOOK)).await;
        refused.expect(403, "ErrorAccessDenied");
        held.reached().await;
        held.release();
        held.over().await;
        for ask in [Ask::Get, Ask::Delete] {
            // Decided at once: nothing is in progress, and what was deleted before still is.
            let answer = scenario.call(ask).await;
            scenario.judge(now, ask, &answer).await;
        }
        scenario.goes_on_as_usual(now).await;
    }
    stage.neighbour_is_untouched().await;
}
