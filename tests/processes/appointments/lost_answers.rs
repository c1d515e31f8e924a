//! Answers of DynamoDB that are lost: a write that the SDK repeats meets itself and nothing happens twice; one that is never
//! answered leaves what a repeat of the call finds.

use std::time::Duration;

use convene_tests::{
    Step::{self, *},
    Trouble,
    When::{self, *},
};
use futures_util::future::join_all;

use super::{
    model::{Ask, CREATE},
    scenario::{FEW, Scenario},
};
use crate::stage::Stage;

const DOUBT_WINDOW: Duration = Duration::from_secs(2);
/// Longer than the SDK waits for one attempt.
const STALL: Trouble = Trouble::Stall(Duration::from_secs(4));
const THROTTLED: Trouble = Trouble::Refuse(400, "ThrottlingException");
const BROKEN: Trouble = Trouble::Refuse(500, "InternalServerError");

/// Each call, and what it asks of Graph, in the order of the alphabet.
const CALLS: [(Ask, &[&str]); 3] = [
    (CREATE, &["batch", "create_event", "create_event", "create_event"]),
    (Ask::Update, &["batch", "create_event", "delete_event", "update_event", "update_event"]),
    (Ask::Delete, &["batch", "delete_event", "delete_event", "delete_event", "get_calendar"]),
];

/// What happens to a write, and how often.
type Bad<'a> = (When, usize, &'a Trouble);

#[tokio::test]
async fn a_write_that_the_sdk_repeats_knows_itself() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let troubles: [Bad<'_>; 6] = [
        (After, 1, &Trouble::Lose),
        (After, 2, &Trouble::Lose),
        (Before, 2, &Trouble::Lose),
        (After, 1, &STALL),
        (Before, 1, &THROTTLED),
        (After, 2, &BROKEN),
    ];
    let calls = CALLS.iter().flat_map(|call| [Open, Conclude].map(|step| (call, step)));
    let all = calls.flat_map(|call| troubles.iter().map(move |trouble| (call, *trouble)));
    let made = join_all(all.map(|((call, step), trouble)| one_repeat(stage, *call, step, trouble))).await;
    let expected: usize = troubles.iter().map(|(_, times, _)| times).sum::<usize>() * CALLS.len() * 2;
    assert_eq!(stage.deployment.dynamodb.struck(), expected, "each trouble has struck as often as it should");
    let journal = stage.deployment.backends.simulator().requests().await;
    for (name, call, expected) in made {
        let own = journal.iter().filter(|request| request["client_request_id"] == call.as_str());
        let mut operations: Vec<_> = own.map(|request| request["operation"].as_str().expect("text")).collect();
        operations.sort_unstable();
        assert_eq!(operations, expected, "{name}");
    }
    stage.neighbour_is_untouched().await;
}

/// Tells the call that was troubled, by name and correlation id, and what it may have asked of Graph.
async fn one_repeat(
    stage: &Stage,
    (ask, operations): (Ask, &'static [&'static str]),
    step: Step,
    (when, times, trouble): Bad<'_>,
) -> (String, String, &'static [&'static str]) {
    let (scenario, before) = Scenario::ready(stage, ask, FEW, &format!("{step:?} {when:?} {times} {trouble:?}")).await;
    stage.deployment.dynamodb.trouble(&scenario.id, step, when, times, trouble.clone());
    // Decided at the first answer: nobody but the call itself holds the record.
    let answer = stage.call(ask.function(), &scenario.disturbed_request(ask)).await;
    let now = scenario.judge(&before, ask, &answer).await;
    scenario.goes_on_as_usual(now).await;
    (scenario.id, scenario.disturbed.to_string(), operations)
}

/// The commit is refused or not answered as often as the SDK tries it, or beyond the call's deadline. What was done is done,
/// but not on record, so that nobody may be promised it.
#[tokio::test]
async fn a_commit_that_never_succeeds_is_made_up_for_by_a_repeat() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let troubles: [Bad<'_>; 7] = [
        (Before, 3, &Trouble::Lose),
        (After, 3, &Trouble::Lose),
        (Before, 6, &BROKEN),
        (After, 6, &BROKEN),
        (Before, 6, &THROTTLED),
        (Before, 6, &STALL),
        (After, 6, &STALL),
    ];
    let all = CALLS.iter().flat_map(|(ask, _)| troubles.iter().map(move |trouble| (*ask, *trouble)));
    join_all(all.map(|(ask, trouble)| never(stage, ask, Conclude, trouble))).await;
    stage.neighbour_is_untouched().await;
}

/// The same for the write that acquires the lock: no calendar was changed.
#[tokio::test]
async fn a_lock_whose_response_is_lost_may_be_repeated() {
    let stage = &Stage::open_for_appointments(DOUBT_WINDOW).await;
    let troubles: [Bad<'_>; 4] =
        [(Before, 3, &Trouble::Lose), (After, 3, &Trouble::Lose), (After, 3, &BROKEN), (After, 3, &STALL)];
    let all = CALLS.iter().flat_map(|(ask, _)| troubles.iter().map(move |trouble| (*ask, *trouble)));
    join_all(all.map(|(ask, trouble)| never(stage, ask, Open, trouble))).await;
    stage.neighbour_is_untouched().await;
}

async fn never(stage: &Stage, ask: Ask, step: Step, (when, times, trouble): Bad<'_>) {
    let (scenario, before) =
        Scenario::ready(stage, ask, FEW, &format!("{step:?} {when:?} {times} {trouble:?}, never")).await;
    stage.deployment.dynamodb.trouble(&scenario.id, step, when, times, trouble.clone());
    let short = Duration::from_secs(4);
    let answer = stage.call_within(short, ask.function(), &scenario.request(ask)).await;
    for (person, code) in scenario.rows(ask, &answer) {
        // Of whoever has no copy there is nothing to put on record.
        let nothing_to_do = ask == Ask::Delete && step == Conclude && before.copies[person].is_none();
        let fine = match code.as_str() {
            // Calendars were changed, or the time of the call was over.
            "ErrorTimeoutExpired" => true,
            // Nothing was done.
            "ErrorServerBusy" => step == Open,
            code => nothing_to_do && code == "NoError",
        };
        assert!(fine, "{}: person {person}: {answer:?}", scenario.id);
    }
    stage.deployment.dynamodb.relent(&scenario.id);
    let carried_out = step == Conclude;
    let now = if carried_out { before.begun(ask, |_| true) } else { before };
    scenario.calendars_show(&now).await;
    // A lock that it may have left expires.
    let now = scenario.expect(&now, ask).await;
    scenario.goes_on_as_usual(now).await;
}
