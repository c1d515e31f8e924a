//! A call is killed in each of its gaps; then whatever is asked next ends as if it had been made once, or never.

use std::time::Duration;

use chrono::{DateTime, Utc};
use convene_tests::{Step::*, When::*};
use futures_util::future::join_all;

use crate::{
    gap::{
        Fate::{Lands, Lost},
        Gap,
    },
    scenario::{
        Ask, CHANGED,
        Content::First,
        Scenario,
        Standing::{self, Absent, Deleted, Meeting},
        in_progress,
    },
    stage::Stage,
};

const DOUBT_WINDOW: Duration = Duration::from_secs(2);
const MADE: Standing = Meeting(First, "First");
/// Whether the dead call still holds a claim, so that others are asked to come back.
const CLAIMED: bool = true;
const FREE: bool = false;

/// A gap, what is so after dying in it, and whether a claim is left.
pub type Death = (Gap, Standing, bool);

/// The gaps of a call to schedule.
pub const SCHEDULE: [Death; 9] = [
    (Gap::record("before the claim", Claim, Before, Lost), Absent, FREE),
    (Gap::record("the claim lands late", Claim, Before, Lands), Absent, CLAIMED),
    (Gap::record("after the claim", Claim, After, Lost), Absent, CLAIMED),
    (Gap::graph("the event is never made", "create_event", Before, Lost), Absent, CLAIMED),
    (Gap::graph("the event lands late", "create_event", Before, Lands), MADE, CLAIMED),
    (Gap::graph("the event is made", "create_event", After, Lost), MADE, CLAIMED),
    (Gap::record("before the commit", Commit, Before, Lost), MADE, CLAIMED),
    (Gap::record("the commit lands late", Commit, Before, Lands), MADE, FREE),
    (Gap::record("after the commit", Commit, After, Lost), MADE, FREE),
];

/// The gaps of a call to delete.
pub const DELETE: [Death; 9] = [
    (Gap::record("before the claim to delete", ClaimDelete, Before, Lost), MADE, FREE),
    (Gap::record("the claim to delete lands late", ClaimDelete, Before, Lands), Deleted, CLAIMED),
    (Gap::record("after the claim to delete", ClaimDelete, After, Lost), Deleted, CLAIMED),
    (Gap::graph("the event is not deleted", "delete_event", Before, Lost), Deleted, CLAIMED),
    (Gap::graph("the event is deleted late", "delete_event", Before, Lands), Deleted, CLAIMED),
    (Gap::graph("the event is deleted", "delete_event", After, Lost), Deleted, CLAIMED),
    (Gap::record("before the tombstone", Tombstone, Before, Lost), Deleted, CLAIMED),
    (Gap::record("the tombstone lands late", Tombstone, Before, Lands), Deleted, FREE),
    (Gap::record("after the tombstone", Tombstone, After, Lost), Deleted, FREE),
];

/// The gaps of a call to update. It claims nothing.
const UPDATE: [Death; 4] = [
    (Gap::record("after the record is read", Read, After, Lost), MADE, FREE),
    (Gap::graph("the change is never made", "update_event", Before, Lost), MADE, FREE),
    (Gap::graph("the change lands late", "update_event", Before, Lands), Meeting(First, CHANGED), FREE),
    (Gap::graph("the change is made", "update_event", After, Lost), Meeting(First, CHANGED), FREE),
];

#[tokio::test]
async fn a_schedule_may_die_anywhere() {
    let stage = Stage::open(DOUBT_WINDOW).await;
    every_death(&stage, Absent, Ask::Schedule(First), &SCHEDULE, &Ask::ALL).await;
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn a_delete_may_die_anywhere() {
    let stage = Stage::open(DOUBT_WINDOW).await;
    every_death(&stage, MADE, Ask::Delete, &DELETE, &Ask::ALL).await;
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn an_update_may_die_anywhere() {
    let stage = Stage::open(DOUBT_WINDOW).await;
    every_death(&stage, MADE, Ask::Patch, &UPDATE, &Ask::ALL).await;
    stage.neighbour_is_untouched().await;
}

/// Every way to die, followed by everything that may be asked next, all at the same time.
pub async fn every_death(stage: &Stage, before: Standing, dying: Ask, deaths: &[Death], next: &[Ask]) {
    let scenarios = deaths.iter().flat_map(|death| next.iter().map(move |ask| (death, *ask)));
    join_all(scenarios.map(|(death, ask)| one_death(stage, before, dying, death, ask))).await;
}

async fn one_death(stage: &Stage, before: Standing, dying: Ask, (gap, left, claimed): &Death, next: Ask) {
    let scenario = Scenario::begin(stage, &format!("{}, then {next:?}", gap.name)).await;
    if before == MADE {
        scenario.expect(Absent, Ask::Schedule(First)).await;
    }
    let claim_ends = scenario.dies(dying, gap).await;
    let claim_ends = claimed.then_some(claim_ends);
    if claim_ends.is_none() || *left != Deleted {
        scenario.calendars_show(*left).await;
    }
    let now = followed_by(&scenario, *left, claim_ends, next).await;
    scenario.goes_on_as_usual(now).await;
}

/// What is asked next: told to come back while the dead call's claim lasts, and decided after that.
pub async fn followed_by(
    scenario: &Scenario<'_>,
    left: Standing,
    claim_ends: Option<DateTime<Utc>>,
    next: Ask,
) -> Standing {
    let answer = scenario.stage.call_freshly(next.function(), &scenario.request(next)).await;
    if let Some(claim_ends) = claim_ends {
        let told_to_wait = in_progress(&answer).is_some();
        assert!(told_to_wait || Utc::now() >= claim_ends, "{}: {answer:?} in spite of a claim", scenario.id);
    }
    let answer = scenario.decided_after(answer, next).await;
    scenario.judge(left, next, &answer).await
}
