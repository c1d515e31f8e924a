//! Writes to DynamoDB whose first try, given up by the SDK and repeated, is carried out after all, and late.

use std::time::Duration;

use convene_tests::{
    Step::{self, *},
    When::Before,
};
use futures_util::future::join_all;

use super::{
    model::{Ask, CREATE},
    scenario::{FEW, Scenario, in_progress},
};
use crate::stage::Stage;

/// What was asked meanwhile does not matter to a write that comes too late.
const CASES: [(Ask, Step, &[Ask]); 12] = [
    (CREATE, Open, &[]),
    (CREATE, Open, &[Ask::Delete]),
    (CREATE, Open, &[Ask::Delete, CREATE]),
    (CREATE, Conclude, &[]),
    (CREATE, Conclude, &[Ask::Update]),
    (CREATE, Conclude, &[Ask::Delete, CREATE]),
    (Ask::Update, Open, &[]),
    (Ask::Update, Conclude, &[Ask::Delete]),
    (Ask::Update, Open, &[Ask::Delete, CREATE]),
    (Ask::Delete, Open, &[]),
    (Ask::Delete, Open, &[CREATE]),
    (Ask::Delete, Conclude, &[CREATE]),
];

#[tokio::test]
async fn a_double_that_arrives_late_has_no_effect() {
    let stage = &Stage::open_for_appointments(Duration::from_secs(2)).await;
    join_all(CASES.iter().map(|(ask, step, meanwhile)| one_double(stage, *ask, *step, meanwhile))).await;
    stage.neighbour_is_untouched().await;
}

async fn one_double(stage: &Stage, ask: Ask, step: Step, meanwhile: &[Ask]) {
    let name = format!("{step:?} again after {meanwhile:?}");
    let (scenario, before) = Scenario::ready(stage, ask, FEW, &name).await;
    let mut held = stage.deployment.dynamodb.hold(&scenario.id, step, Before);
    let mut now = scenario.expect(&before, ask).await;
    held.reached().await;
    for ask in meanwhile {
        now = scenario.expect(&now, *ask).await;
    }
    held.release();
    held.over().await;
    scenario.calendars_show(&now).await;
    // The first call finds nothing in progress: the duplicate call has not acquired the lock.
    let answer = scenario.call(CREATE).await;
    assert!(in_progress(&answer).is_none(), "{}: {answer:?}", scenario.id);
    let now = scenario.judge(&now, CREATE, &answer).await;
    scenario.goes_on_as_usual(now).await;
}
