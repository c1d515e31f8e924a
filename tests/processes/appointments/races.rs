//! Calls about one id that race each other. Afterwards the last one is repeated alone, and everything is as if it had been the
//! only one.

use std::time::Duration;

use convene_tests::{Answer, PLENTY};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    model::{
        Ask, CREATE,
        Content::{self, First},
        Known, Standing,
    },
    scenario::{Scenario, in_progress},
};
use crate::stage::Stage;

/// The first seed; each round counts on from here.
const SEED: u64 = 20_261_121;
const DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// How many create at once.
const CROWD: usize = 30;
/// How many processes share the events.
const PROCESSES: usize = 6;
/// Whom they create for, each for some of them.
const PEOPLE: usize = 9;

#[tokio::test]
async fn many_at_once_give_nobody_two_copies() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let processes = stage.deployment.launch(CREATE.function(), PROCESSES).await;
    let scenario = Scenario::begin(stage, "a crowd", PEOPLE).await;
    let all = scenario.listed(CREATE);
    let mut chance = StdRng::seed_from_u64(SEED);
    let some: Vec<Vec<usize>> = (0..CROWD)
        .map(|_| {
            let first = all[chance.random_range(0..all.len())];
            let rest = all.iter().copied().filter(|person| *person != first && chance.random_ratio(1, 2));
            std::iter::once(first).chain(rest).collect()
        })
        .collect();
    let answers = join_all(some.iter().map(|listed| {
        let event = stage.deployment.event(CREATE.function(), &scenario.request_for(CREATE, listed));
        let processes = &processes;
        async move { processes.call(&event, PLENTY).await }
    }))
    .await;
    let there = scenario.there().await;
    let mut served = 0;
    for (listed, answer) in some.iter().zip(&answers) {
        let rows = convene_tests::lightning::rows(answer);
        assert_eq!(rows.len(), listed.len(), "{answer:?}");
        for (person, (_, code)) in listed.iter().zip(&rows) {
            match code.as_str() {
                "NoError" => assert_eq!(there[*person], Some(First), "person {person}: {answer:?}"),
                code => assert_eq!(code, "RequestInProgress", "person {person}: {answer:?}"),
            }
        }
        served += usize::from(rows.iter().all(|(_, code)| code == "NoError"));
    }
    assert!(served > 0, "nobody was served");
    // Nothing is under way any more, so it is decided at once.
    let answer = scenario.call(CREATE).await;
    let begun = Standing { known: Known::Begun(CREATE), ..scenario.absent() };
    let now = scenario.judge(&begun, CREATE, &answer).await;
    scenario.goes_on_as_usual(now).await;
    let calls = stage.deployment.backends.simulator().requests().await;
    let created = calls.iter().filter(|call| call["operation"] == "create_event" && call["status"] == 201);
    let own = created.filter(|call| call["mailbox"] == scenario.people[0].as_str()).count();
    // In the crowd, by the last create of what is to go on as usual, and by none of the others.
    assert_eq!(own, 2, "creates for one person");
    stage.neighbour_is_untouched().await;
}

const ROUNDS: usize = 20;
/// The most that calls of one round begin apart.
const SPREAD: u64 = 60;

#[tokio::test]
async fn races_end_in_one_state() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let scenarios = join_all((0..2).map(|_| Scenario::begin(stage, "raced", 5))).await;
    let racing = scenarios.iter().zip([0, 1000]);
    join_all(racing.map(|(scenario, offset)| rounds(scenario, SEED + offset))).await;
    stage.neighbour_is_untouched().await;
}

async fn rounds(scenario: &Scenario<'_>, first: u64) {
    for seed in (first..).take(ROUNDS) {
        let mut chance = StdRng::seed_from_u64(seed);
        let asked: Vec<_> = (0..7)
            .map(|_| {
                let ask = match chance.random_range(0..10) {
                    0..=3 => CREATE,
                    4..=6 => Ask::Update,
                    _ => Ask::Delete,
                };
                (ask, Duration::from_millis(chance.random_range(0..SPREAD)))
            })
            .collect();
        let answers = join_all(asked.iter().map(|(ask, begin)| async {
            tokio::time::sleep(*begin).await;
            scenario.call(*ask).await
        }))
        .await;
        for ((ask, _), answer) in asked.iter().zip(&answers) {
            let refusal = if *ask == CREATE { "MeetingAlreadyExists" } else { "MeetingNotFound" };
            let fine = |code: &str| ["NoError", "RequestInProgress", refusal].contains(&code);
            let rows = scenario.rows(*ask, answer);
            assert!(rows.iter().all(|(_, code)| fine(code)), "seed {seed}: {ask:?}: {answer:?}");
        }
        // Nobody has two copies, whatever they say.
        scenario.there().await;
        let last = [CREATE, Ask::Update, Ask::Delete][chance.random_range(0..3)];
        // Nothing is under way any more, so it is decided at once.
        let answer = scenario.call(last).await;
        let told: Vec<_> = asked
            .iter()
            .zip(&answers)
            .map(|((ask, begin), answer)| format!("{begin:?} {ask:?}: {}", answer.text))
            .collect();
        ends_as_asked(scenario, seed, last, &answer, &told).await;
    }
    scenario.until_decided(Ask::Delete).await;
    let deleted = Standing { known: Known::Deleted, ..scenario.absent() };
    scenario.calendars_show(&deleted).await;
    scenario.goes_on_as_usual(deleted).await;
}

/// The last call of a round has reached its state, for everybody alike; or it was refused to everybody.
async fn ends_as_asked(scenario: &Scenario<'_>, seed: u64, last: Ask, answer: &Answer, told: &[String]) {
    assert!(in_progress(answer).is_none(), "seed {seed}: {last:?}: {answer:?}");
    let (rows, there) = (scenario.rows(last, answer), scenario.there().await);
    let is_all = |code: &str| rows.iter().all(|(_, told)| told == code);
    let is = |wanted: &dyn Fn(usize) -> Option<Content>| (0..there.len()).all(|person| there[person] == wanted(person));
    let as_asked = |ask: Ask| is(&|person| ask.leaves(person, there.len()));
    let fine = match last {
        // Nobody else makes copies but by an update.
        Ask::Create(_) => {
            is_all("NoError") && as_asked(last) || is_all("MeetingAlreadyExists") && as_asked(Ask::Update)
        }
        Ask::Update => is_all("NoError") && as_asked(last) || is_all("MeetingNotFound") && as_asked(Ask::Delete),
        Ask::Delete => (is_all("NoError") || is_all("MeetingNotFound")) && as_asked(last),
    };
    assert!(fine, "seed {seed}: {last:?}: {answer:?}, {there:?}, after {told:#?}");
}
