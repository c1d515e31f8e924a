//! DynamoDB on a bad day: it throttles, fails, and loses requests and answers by chance, more often than the SDK tries.

use std::time::Duration;

use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    model::{
        Ask, CREATE,
        Content::{self, Other},
        Known, Standing,
    },
    scenario::{FEW, Scenario, in_progress},
};
use crate::{stage::Stage, unwell_store::troubles};

const SEED: u64 = 1_214;
/// Of a hundred requests, so many meet trouble.
const PERCENT: u32 = 40;
const IDS: u64 = 8;
const CALLS: usize = 12;
/// The time of a call, so that what it could not finish is soon given up.
const SHORT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn whatever_dynamodb_answers_nobody_has_two_copies() {
    let stage = &Stage::open_for_appointments(Duration::from_secs(2)).await;
    let scenarios = join_all((0..IDS).map(|_| Scenario::begin(stage, "in bad weather", FEW))).await;
    stage.deployment.dynamodb.weather(SEED, PERCENT, troubles());
    join_all(scenarios.iter().zip(SEED..).map(|(scenario, seed)| in_bad_weather(scenario, seed))).await;
    let struck = stage.deployment.dynamodb.struck_percent();
    stage.deployment.dynamodb.calm_down();
    assert!((PERCENT / 2..2 * PERCENT).contains(&struck), "{struck} % of the requests were struck");
    join_all(scenarios.iter().map(|scenario| async move {
        let answer = scenario.until_decided(Ask::Delete).await;
        let never_was = scenario.rows(Ask::Delete, &answer).iter().all(|(_, code)| code == "MeetingNotFound");
        let known = if never_was { Known::Nothing } else { Known::Deleted };
        let gone = Standing { known, ..scenario.absent() };
        scenario.calendars_show(&gone).await;
        scenario.goes_on_as_usual(gone).await;
    }))
    .await;
    stage.neighbour_is_untouched().await;
}

/// Calls one after the other, most of which end somehow. A success is one for whom it is told, whatever the weather.
async fn in_bad_weather(scenario: &Scenario<'_>, seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..CALLS {
        let ask = match chance.random_range(0..10) {
            0..=3 => CREATE,
            4 => Ask::Create(Other),
            5..=7 => Ask::Update,
            _ => Ask::Delete,
        };
        let answer = scenario.stage.call_within(SHORT, ask.function(), &scenario.request(ask)).await;
        let there = scenario.there().await;
        for (person, code) in scenario.rows(ask, &answer) {
            let fine = is_true(ask, &code, ask.leaves(person, FEW), there[person], &there);
            assert!(fine, "seed {seed}: {ask:?}: person {person}: {answer:?} with {there:?}");
        }
        // Not as long as it says, so that holds are met as well.
        tokio::time::sleep(in_progress(&answer).unwrap_or_default() / 3).await;
    }
}

fn is_true(ask: Ask, code: &str, wanted: Option<Content>, there: Option<Content>, all: &[Option<Content>]) -> bool {
    match (ask, code) {
        (_, "NoError") => there == wanted,
        // A copy says something else, or may.
        (Ask::Create(_), "MeetingAlreadyExists") => all.iter().any(Option::is_some),
        (Ask::Update | Ask::Delete, "MeetingNotFound") => all.iter().all(Option::is_none),
        (_, "RequestInProgress" | "ErrorTimeoutExpired" | "ErrorServerBusy") => true,
        _ => false,
    }
}
