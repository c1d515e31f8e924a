//! DynamoDB on a bad day: it throttles, fails, and loses requests and answers by chance, more often than the SDK tries.

use std::time::Duration;

use convene_tests::{Trouble, When, When::*};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    scenario::{
        Ask,
        Content::{First, Other},
        Scenario, Standing, code_of, in_progress,
    },
    stage::Stage,
};

const SEED: u64 = 1_118;
/// Of a hundred requests, so many meet trouble.
const PERCENT: u32 = 40;
const IDS: u64 = 12;
const CALLS: usize = 12;
/// The time of a call, so that what it could not finish is soon given up.
const SHORT: Duration = Duration::from_secs(2);

/// What may happen to any request.
pub fn troubles() -> Vec<(When, Trouble)> {
    let mut troubles = vec![(Before, Trouble::Lose), (After, Trouble::Lose)];
    for (status, kind) in [
        (400, "ThrottlingException"),
        (400, "ProvisionedThroughputExceededException"),
        (400, "RequestLimitExceeded"),
        (400, "TransactionConflictException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ] {
        troubles.extend([(Before, Trouble::Refuse(status, kind)), (After, Trouble::Refuse(status, kind))]);
    }
    troubles
}

#[tokio::test]
async fn whatever_dynamodb_answers_meetings_are_made_once() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let mut scenarios = Vec::new();
    for _ in 0..IDS {
        scenarios.push(Scenario::begin(&stage, "in bad weather").await);
    }
    stage.deployment.dynamodb.weather(SEED, PERCENT, troubles());
    join_all(scenarios.iter().zip(SEED..).map(|(scenario, seed)| in_bad_weather(scenario, seed))).await;
    let struck = stage.deployment.dynamodb.struck_percent();
    stage.deployment.dynamodb.calm_down();
    assert!((PERCENT / 2..2 * PERCENT).contains(&struck), "{struck} % of the requests were struck");
    join_all(scenarios.iter().map(|scenario| async move {
        scenario.until_decided(Ask::Delete).await;
        scenario.calendars_show(Standing::Deleted).await;
        let now = scenario.until_decided(Ask::Schedule(First)).await;
        now.expect(200, "NoError");
        scenario.goes_on_as_usual(Standing::made(First)).await;
    }))
    .await;
    stage.neighbour_is_untouched().await;
}

/// Calls one after the other, most of which end somehow. A success is one, whatever the weather.
async fn in_bad_weather(scenario: &Scenario<'_>, seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..CALLS {
        let ask = match chance.random_range(0..10) {
            0..=3 => Ask::Schedule(First),
            4 => Ask::Schedule(Other),
            5..=7 => Ask::Delete,
            8 => Ask::Get,
            _ => Ask::Patch,
        };
        let answer = scenario.stage.call_within(SHORT, ask.function(), &scenario.request(ask)).await;
        let events = scenario.stage.subjects_at(&scenario.organizer).await;
        assert!(events.len() <= 1, "seed {seed}: {ask:?}: {events:?}");
        let there = events.first();
        let fine = match (ask, code_of(&answer).as_str()) {
            (Ask::Schedule(_) | Ask::Get | Ask::Patch, "NoError") | (Ask::Schedule(_), "MeetingAlreadyExists") => {
                there.is_some()
            }
            (_, "NoError" | "MeetingNotFound") => there.is_none(),
            (_, "RequestInProgress" | "ErrorServerBusy") => answer.header("retry-after").is_some(),
            (_, "ErrorTimeoutExpired") => true,
            _ => false,
        };
        assert!(fine, "seed {seed}: {ask:?}: {answer:?} with {there:?}");
        // Not as long as it says, so that claims are met as well.
        tokio::time::sleep(in_progress(&answer).unwrap_or_default() / 3).await;
    }
}
