//! A call is killed, and so is the one that was about to put things right after it.

use std::time::Duration;

use chrono::Utc;
use convene_tests::{Step::*, When::*};
use futures_util::future::join_all;

use crate::{
    gap::{
        Fate::{Lands, Lost},
        Gap,
    },
    killed::followed_by,
    scenario::{
        Ask,
        Content::{First, Other},
        Scenario,
        Standing::{self, Absent, Deleted},
    },
    stage::Stage,
};

const DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// Who dies first and where, who dies next and where, what is so then, and whether the second one left a claim.
type Deaths = (Ask, Gap, Ask, Gap, Standing, bool);

const CLAIMED: Gap = Gap::record("claimed", Claim, After, Lost);
const BOOKED: Gap = Gap::graph("booked", "create_event", After, Lost);
const TO_DELETE: Gap = Gap::record("claimed to delete", ClaimDelete, After, Lost);
const TAKEN_OVER_TO_DELETE: Gap = Gap::record("taken over to delete", TakeOverDelete, After, Lost);
const DELETED: Gap = Gap::graph("deleted", "delete_event", After, Lost);
const NOT_BOOKED: Gap = Gap::graph("not booked", "create_event", Before, Lost);
const BOOKED_LATE: Gap = Gap::graph("booked late", "create_event", Before, Lands);
const LOOKED: Gap = Gap::graph("looked", "list_events", After, Lost);
const NOT_COMMITTED: Gap = Gap::record("not committed", Commit, Before, Lost);
const COMMITTED: Gap = Gap::record("committed", Commit, After, Lost);
const NO_TOMBSTONE: Gap = Gap::record("no tombstone", Tombstone, Before, Lost);
const REMOVED: Gap = Gap::record("removed", Remove, After, Lost);
/// The first claim of a schedule meets the deleting record and fails, so dying after it is dying before all else.
const MET_A_DELETE: Gap = Gap::record("met a delete", Claim, After, Lost);

fn deaths() -> Vec<Deaths> {
    let (first, other) = (Ask::Schedule(First), Ask::Schedule(Other));
    let (made, made_other) = (Standing::made(First), Standing::made(Other));
    vec![
        (first, CLAIMED, first, LOOKED, Absent, true),
        (first, CLAIMED, first, NOT_BOOKED, Absent, true),
        (first, CLAIMED, first, BOOKED_LATE, made, true),
        (first, CLAIMED, first, BOOKED, made, true),
        (first, CLAIMED, first, NOT_COMMITTED, made, true),
        (first, CLAIMED, other, NOT_BOOKED, Absent, true),
        (first, CLAIMED, other, BOOKED, made_other, true),
        (first, CLAIMED, Ask::Get, REMOVED, Absent, false),
        (first, CLAIMED, Ask::Delete, REMOVED, Absent, false),
        (first, BOOKED, first, LOOKED, made, true),
        (first, BOOKED, first, NOT_COMMITTED, made, true),
        (first, BOOKED, other, COMMITTED, made, false),
        (first, BOOKED, Ask::Get, LOOKED, made, false),
        (first, BOOKED, Ask::Get, NOT_COMMITTED, made, false),
        (first, BOOKED, Ask::Patch, COMMITTED, made, false),
        (first, BOOKED, Ask::Delete, COMMITTED, made, false),
        (first, BOOKED, Ask::Delete, TAKEN_OVER_TO_DELETE, Deleted, true),
        (first, BOOKED, Ask::Delete, DELETED, Deleted, true),
        (Ask::Delete, TO_DELETE, Ask::Delete, TAKEN_OVER_TO_DELETE, Deleted, true),
        (Ask::Delete, TO_DELETE, Ask::Delete, DELETED, Deleted, true),
        (Ask::Delete, TO_DELETE, Ask::Get, NO_TOMBSTONE, Deleted, true),
        (Ask::Delete, TO_DELETE, first, NO_TOMBSTONE, Deleted, true),
        (Ask::Delete, DELETED, first, MET_A_DELETE, Deleted, false),
        (Ask::Delete, DELETED, other, BOOKED, made_other, true),
    ]
}

#[tokio::test]
async fn whoever_puts_things_right_may_die_too() {
    let stage = Stage::open(DOUBT_WINDOW).await;
    join_all(deaths().iter().map(|deaths| two_deaths(&stage, deaths))).await;
    stage.neighbour_is_untouched().await;
}

async fn two_deaths(stage: &Stage, (first, first_gap, second, second_gap, left, claimed): &Deaths) {
    let name = format!("{}, then {second:?} {}", first_gap.name, second_gap.name);
    let mut scenario = Scenario::begin(stage, &name).await;
    if *first == Ask::Delete {
        scenario.expect(Absent, Ask::Schedule(First)).await;
    }
    let claim_ends = scenario.dies(*first, first_gap).await;
    // The second one finds that nobody holds the record any more, and that nothing can land any more.
    tokio::time::sleep((claim_ends + DOUBT_WINDOW - Utc::now()).to_std().unwrap_or_default()).await;
    scenario.disturbed = uuid::Uuid::new_v4();
    let claim_ends = scenario.dies(*second, second_gap).await;
    let now = followed_by(&scenario, *left, claimed.then_some(claim_ends), Ask::Schedule(First)).await;
    scenario.goes_on_as_usual(now).await;
}
