//! Calls with little time: each mailbox is answered for, those that are not certain too, and a repeat finds what became of
//! them.

use std::{collections::BTreeSet, time::Duration};

use convene_tests::{Answer, Step::Conclude, Trouble, When::Before};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    model::{Ask, CREATE, Standing},
    scenario::{FEW, MANY, Scenario, VERY_MANY, in_progress},
};
use crate::{
    gap::Fate::{self, Lands, Lost},
    stage::Stage,
};

const DOUBT_WINDOW: Duration = Duration::from_secs(2);
/// The time of a call that is not going to be answered by everybody.
const SHORT: Duration = Duration::from_secs(3);
const CALLS: [Ask; 3] = [CREATE, Ask::Update, Ask::Delete];

/// Calls that have little time run a few at once.
static TURNS: Semaphore = Semaphore::const_new(4);

/// What Graph is slow with.
#[derive(Debug, Clone, Copy)]
enum Slow {
    /// One person's mailbox, and so the batch that it is in.
    Mailbox,
    /// A batch.
    Batch,
}

/// A fault in the disturbed call's requests; its id.
async fn fault(scenario: &Scenario<'_>, slow: Slow, times: u32, effect: Value) -> String {
    let call = scenario.disturbed.to_string();
    let matches = match slow {
        Slow::Mailbox => json!({"client_request_id": call, "mailbox": scenario.people[2]}),
        Slow::Batch => json!({"client_request_id": call, "operation": "batch"}),
    };
    let rule = json!({"match": matches, "times": times, "effect": effect});
    scenario.stage.deployment.backends.simulator().fault(rule).await
}

#[tokio::test]
async fn whoever_is_not_certain_when_time_is_up_is_told_so() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let all = CALLS.iter().flat_map(|ask| [Lost, Lands].map(|fate| (*ask, fate)));
    let all = all.flat_map(|(ask, fate)| [Slow::Mailbox, Slow::Batch].map(|slow| (ask, fate, slow)));
    for done in join_all(all.map(|(ask, fate, slow)| out_of_time(stage, ask, FEW, slow, fate))).await {
        assert_eq!(done, 0, "all of them were in one batch");
    }
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn whoever_was_in_a_batch_that_came_back_is_done() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    for ask in CALLS {
        // Where the machine is slow, the little time that is kept back does not suffice to put it on record.
        let done = [Lost, Lands].map(|fate| out_of_time(stage, ask, MANY, Slow::Batch, fate));
        let done = join_all(done).await;
        assert!(done.iter().any(|done| *done > 0), "{ask:?}: nobody's copy is certain: {done:?}");
    }
    stage.neighbour_is_untouched().await;
}

/// Tells for how many people there was something to do that is certain to be done.
async fn out_of_time(stage: &Stage, ask: Ask, people: usize, slow: Slow, fate: Fate) -> usize {
    let (scenario, before) = Scenario::ready(stage, ask, people, &format!("{slow:?} held, then {fate:?}")).await;
    let held = fault(&scenario, slow, 1, json!({"hold": true})).await;
    let turn = TURNS.acquire().await.expect("never closed");
    let answer = stage.call_within(SHORT, ask.function(), &scenario.disturbed_request(ask)).await;
    drop(turn);
    let done = certain(&scenario, &before, ask, &answer).await;
    // Of whoever is looked up only, nobody needs to know more.
    let looked_up = (0..people).filter(|person| ask == Ask::Delete && before.copies[*person].is_none()).count();
    let simulator = stage.deployment.backends.simulator();
    let discard = json!({"discard": fate == Lost});
    simulator.control(reqwest::Method::POST, &format!("/faults/{held}/release"), Some(discard)).await;
    let begun = before.begun(ask, |person| done.contains(&person) || fate == Lands);
    let now = scenario.expect(&begun, ask).await;
    scenario.goes_on_as_usual(now).await;
    done.len() - looked_up
}

/// Who was told that all is well, which it is. Everybody else was told that time was up.
async fn certain(scenario: &Scenario<'_>, before: &Standing, ask: Ask, answer: &Answer) -> BTreeSet<usize> {
    let (there, wanted) = (scenario.there().await, before.done(ask));
    let mut certain = BTreeSet::new();
    let mut uncertain = 0;
    for (person, code) in scenario.rows(ask, answer) {
        match code.as_str() {
            "NoError" => {
                let says = wanted.copies[person].map(|copy| copy.says);
                assert_eq!(there[person], says, "{}: person {person}: {answer:?}", scenario.id);
                certain.insert(person);
            }
            code => {
                assert_eq!(code, "ErrorTimeoutExpired", "{}: person {person}: {answer:?}", scenario.id);
                uncertain += 1;
            }
        }
    }
    assert!(uncertain > 0, "{}: {answer:?}", scenario.id);
    certain
}

/// Each of many copies waits for the commit, and learns in time that it did not come.
#[tokio::test]
async fn each_of_very_many_is_answered_for_although_the_commit_is_not() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let scenario = Scenario::begin(stage, "very many", VERY_MANY).await;
    let stall = Trouble::Stall(Duration::from_secs(8));
    stage.deployment.dynamodb.trouble(&scenario.id, Conclude, Before, 6, stall);
    let answer = stage.call_within(2 * SHORT, CREATE.function(), &scenario.request(CREATE)).await;
    assert_eq!(certain(&scenario, &scenario.absent(), CREATE, &answer).await, BTreeSet::new());
    stage.deployment.dynamodb.relent(&scenario.id);
    let begun = scenario.absent().begun(CREATE, |_| true);
    scenario.expect(&begun, CREATE).await;
    stage.neighbour_is_untouched().await;
}

/// Graph asks for a wait that is longer than the time that is left.
#[tokio::test]
async fn whoever_is_throttled_for_too_long_is_busy() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let all = CALLS.iter().flat_map(|ask| [Slow::Mailbox, Slow::Batch].map(|slow| (*ask, slow)));
    join_all(all.map(|(ask, slow)| throttled(stage, ask, slow))).await;
    stage.neighbour_is_untouched().await;
}

async fn throttled(stage: &Stage, ask: Ask, slow: Slow) {
    let (scenario, before) = Scenario::ready(stage, ask, FEW, &format!("{slow:?} throttled")).await;
    fault(&scenario, slow, 0, json!({"status": 429, "retry_after": 60})).await;
    let answer = stage.call_within(SHORT, ask.function(), &scenario.disturbed_request(ask)).await;
    let is_busy = |person: usize| match slow {
        Slow::Mailbox => person == 2,
        Slow::Batch => ask != Ask::Delete || before.copies[person].is_some(),
    };
    for (person, code) in scenario.rows(ask, &answer) {
        let expected = if is_busy(person) { "ErrorServerBusy" } else { "NoError" };
        assert_eq!(code, expected, "{}: person {person}: {answer:?}", scenario.id);
    }
    assert_eq!(answer.header("retry-after"), Some("60"), "{}: {answer:?}", scenario.id);
    let unlisted_too = matches!(slow, Slow::Batch);
    let now = before.begun(ask, |person| !is_busy(person) && !unlisted_too);
    scenario.calendars_show(&now).await;
    // It is certain that nothing was done for them, so nobody has to wait before it is.
    let answer = scenario.call(ask).await;
    assert!(in_progress(&answer).is_none(), "{}: {answer:?}", scenario.id);
    let now = scenario.judge(&now, ask, &answer).await;
    scenario.goes_on_as_usual(now).await;
}
