//! A call is killed, and so is the one that was about to put things right after it.

use std::time::Duration;

use chrono::Utc;
use convene_tests::{Step::*, When::*};
use futures_util::future::join_all;

use super::{
    model::{Ask, CREATE},
    scenario::{FEW, Scenario},
};
use crate::{
    gap::{Fate::Lost, Gap},
    stage::Stage,
};

const DOUBT_WINDOW: Duration = Duration::from_secs(2);
const CALLS: [Ask; 3] = [CREATE, Ask::Update, Ask::Delete];

/// Where the first one dies, and whether what it wanted was carried out.
const FIRST: [(Gap, bool); 2] =
    [(Gap::record("locked", Open, After, Lost), false), (Gap::graph("carried out", "batch", After, Lost), true)];

/// Where the second call dies: after it has acquired the lock, after it has searched for events, and before its commit.
fn second(first: Ask, ask: Ask) -> Vec<Gap> {
    let looked = Gap::graph("looked", "batch", After, Lost);
    if (first, ask) == (Ask::Update, CREATE) {
        // The id is taken: it only looks.
        return vec![looked];
    }
    // A create that finds all its copies on record acquires the lock only after it has searched for them.
    let lock = if ask == CREATE { Keep } else { TakeOver };
    vec![Gap::record("taken over", lock, After, Lost), looked, Gap::record("not committed", Conclude, Before, Lost)]
}

#[tokio::test]
async fn whoever_puts_things_right_may_die_too() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let firsts = CALLS.iter().flat_map(|ask| FIRST.iter().map(|death| (*ask, death)));
    let deaths = firsts.flat_map(|first| {
        CALLS.map(|ask| second(first.0, ask).into_iter().map(|gap| (first, (ask, gap))).collect::<Vec<_>>())
    });
    // Each of what may be asked next after some of them.
    let next = Ask::ALL.into_iter().cycle();
    join_all(deaths.flatten().zip(next).map(|((first, second), next)| two_deaths(stage, first, second, next))).await;
    stage.neighbour_is_untouched().await;
}

async fn two_deaths(
    stage: &Stage,
    (first, (first_gap, carried_out)): (Ask, &(Gap, bool)),
    (second, second_gap): (Ask, Gap),
    next: Ask,
) {
    let name = format!("{}, then {second:?} {}, then {next:?}", first_gap.name, second_gap.name);
    let (mut scenario, before) = Scenario::ready(stage, first, FEW, &name).await;
    let lock_expires = scenario.doomed(first).dies(first_gap).await;
    let now = before.begun(first, |_| *carried_out);
    scenario.calendars_show(&now).await;
    // The second one finds that nobody holds the record any more, and that nothing can land any more.
    tokio::time::sleep((lock_expires + DOUBT_WINDOW - Utc::now()).to_std().unwrap_or_default()).await;
    scenario.disturbed = uuid::Uuid::new_v4();
    scenario.doomed(second).dies(&second_gap).await;
    let now = scenario.as_far_as(&now, second).await;
    let now = scenario.expect(&now, next).await;
    scenario.goes_on_as_usual(now).await;
}
