//! A call is killed in each of its gaps; then whatever is asked next ends as if it had been made once, or never.

use std::time::Duration;

use convene_tests::{Step::*, When::*};

use super::{
    dying::{Copies, Death, Left, every_death},
    model::{Ask, CREATE},
    scenario::{FEW, MANY},
};
use crate::{
    gap::{
        Fate::{Lands, Lost},
        Gap, Place,
    },
    stage::Stage,
};

const DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// The gaps of any call whose requests to Graph are one batch.
pub const DEATHS: [Death; 9] = [
    (Gap::record("before the lock", Open, Before, Lost), Left::Nothing),
    (Gap::record("the lock is acquired late", Open, Before, Lands), Left::Intent(Copies::None)),
    (Gap::record("after the lock", Open, After, Lost), Left::Intent(Copies::None)),
    (Gap::graph("the batch is never carried out", "batch", Before, Lost), Left::Intent(Copies::None)),
    (Gap::graph("the batch is carried out late", "batch", Before, Lands), Left::Intent(Copies::All)),
    (Gap::graph("the batch is carried out", "batch", After, Lost), Left::Intent(Copies::All)),
    (Gap::record("before the commit", Conclude, Before, Lost), Left::Intent(Copies::All)),
    (Gap::record("the commit lands late", Conclude, Before, Lands), Left::Everything),
    (Gap::record("after the commit", Conclude, After, Lost), Left::Everything),
];

/// The gap of a call that takes two batches, one of which was carried out.
const ONE_OF_TWO: Place = Place::Amid("batch");
const HALFWAY: [Death; 2] = [
    (Gap { name: "one of two batches is lost", place: ONE_OF_TWO, fate: Lost }, Left::Intent(Copies::Some)),
    (Gap { name: "one of two batches is late", place: ONE_OF_TWO, fate: Lands }, Left::Intent(Copies::All)),
];

async fn dies_anywhere(dying: Ask) {
    let stage = Stage::open_for_appointments(DOUBT_WINDOW).await;
    let told_to_wait = every_death(&stage, FEW, dying, &DEATHS, &Ask::ALL).await;
    assert!(told_to_wait > 0, "no call arrived before a lock expired");
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn a_create_may_die_anywhere() {
    dies_anywhere(CREATE).await;
}

#[tokio::test]
async fn an_update_may_die_anywhere() {
    dies_anywhere(Ask::Update).await;
}

#[tokio::test]
async fn a_delete_may_die_anywhere() {
    dies_anywhere(Ask::Delete).await;
}

#[tokio::test]
async fn a_call_may_die_between_two_batches() {
    let stage = Stage::open_for_appointments(DOUBT_WINDOW).await;
    for dying in [CREATE, Ask::Update, Ask::Delete] {
        let told_to_wait = every_death(&stage, MANY, dying, &HALFWAY[..1], &Ask::ALL).await;
        assert!(told_to_wait > 0, "no call arrived before a lock expired");
        every_death(&stage, MANY, dying, &HALFWAY[1..], &[dying]).await;
    }
    stage.neighbour_is_untouched().await;
}
