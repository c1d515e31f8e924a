//! Answers of DynamoDB that are lost, so that the real SDK repeats a write that was carried out: it meets itself, knows
//! itself, and nothing happens twice.

use std::time::Duration;

use convene_tests::{
    Step::{self, *},
    Trouble,
    When::{self, *},
};
use futures_util::future::join_all;

use crate::{
    scenario::{
        Ask,
        Content::First,
        Scenario,
        Standing::{self, Absent},
        code_of,
    },
    stage::Stage,
};

/// Longer than the SDK waits for one attempt.
const STALL: Trouble = Trouble::Stall(Duration::from_secs(4));
const THROTTLED: Trouble = Trouble::Refuse(400, "ThrottlingException");
const OVER_CAPACITY: Trouble = Trouble::Refuse(400, "ProvisionedThroughputExceededException");
const CONFLICT: Trouble = Trouble::Refuse(400, "TransactionConflictException");
const BROKEN: Trouble = Trouble::Refuse(500, "InternalServerError");
const UNAVAILABLE: Trouble = Trouble::Refuse(503, "ServiceUnavailable");

/// What is troubled: the writes of a call that starts from this standing.
const WRITES: [(Standing, Ask, Step); 6] = [
    (Absent, Ask::Schedule(First), Claim),
    (Absent, Ask::Schedule(First), Commit),
    (Standing::Meeting(First, "First"), Ask::Delete, ClaimDelete),
    (Standing::Meeting(First, "First"), Ask::Delete, Tombstone),
    (Standing::Meeting(First, "First"), Ask::Get, Read),
    (Standing::Meeting(First, "First"), Ask::Patch, Read),
];

#[tokio::test]
async fn a_write_that_the_sdk_repeats_knows_itself() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let troubles = [
        (After, 1, Trouble::Lose),
        (After, 2, Trouble::Lose),
        (Before, 2, Trouble::Lose),
        (After, 1, STALL),
        (Before, 1, STALL),
        (Before, 2, THROTTLED),
        (Before, 1, OVER_CAPACITY),
        (Before, 2, CONFLICT),
        (Before, 2, BROKEN),
        (After, 2, BROKEN),
        (After, 1, UNAVAILABLE),
    ];
    let all = WRITES.iter().flat_map(|write| troubles.iter().map(move |trouble| (write, trouble)));
    let calls = join_all(all.map(|(write, trouble)| one_repeat(&stage, *write, trouble))).await;
    let struck = stage.deployment.dynamodb.struck();
    let expected: usize = troubles.iter().map(|(_, times, _)| times).sum::<usize>() * WRITES.len();
    assert_eq!(struck, expected, "each trouble has struck as often as it should");
    let journal = stage.deployment.backends.simulator().requests().await;
    for (name, call, expected) in calls {
        let own = journal.iter().filter(|request| request["client_request_id"] == call.as_str());
        let operations: Vec<_> = own.map(|request| request["operation"].clone()).collect();
        assert_eq!(operations, [expected], "{name}");
    }
    stage.neighbour_is_untouched().await;
}

/// Tells the call that was troubled, by name and correlation id, and the one thing it may have asked of Graph.
async fn one_repeat(
    stage: &Stage,
    (before, ask, step): (Standing, Ask, Step),
    (when, times, trouble): &(When, usize, Trouble),
) -> (String, String, &'static str) {
    let scenario = Scenario::begin(stage, &format!("{step:?} {when:?} {times} {}", name(trouble))).await;
    if before != Absent {
        scenario.expect(Absent, Ask::Schedule(First)).await;
    }
    stage.deployment.dynamodb.trouble(&scenario.id, step, *when, *times, trouble.clone());
    // Decided at the first answer: nobody but the call itself holds the record.
    let answer = stage.call(ask.function(), &scenario.disturbed_request(ask)).await;
    let now = scenario.judge(before, ask, &answer).await;
    let expected = match ask {
        Ask::Schedule(_) => "create_event",
        Ask::Get => "get_event",
        Ask::Patch => "update_event",
        Ask::Delete => "delete_event",
    };
    scenario.goes_on_as_usual(now).await;
    (scenario.id, scenario.disturbed.to_string(), expected)
}

fn name(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refuse(status, kind) => format!("{status} {kind}"),
        Trouble::Stall(_) => "stalled".to_owned(),
        _ => "lost".to_owned(),
    }
}

/// The answer to a write is lost as often as the SDK tries: the caller learns nothing, and may ask again.
#[tokio::test]
async fn a_call_whose_writes_are_never_answered_may_be_repeated() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let cases = WRITES[..4].iter().flat_map(|write| [Before, After].map(|when| (*write, when)));
    join_all(cases.map(|(write, when)| never_answered(&stage, write, when))).await;
    stage.neighbour_is_untouched().await;
}

async fn never_answered(stage: &Stage, (before, ask, step): (Standing, Ask, Step), when: When) {
    let scenario = Scenario::begin(stage, &format!("{step:?} {when:?} never answered")).await;
    if before != Absent {
        scenario.expect(Absent, Ask::Schedule(First)).await;
    }
    stage.deployment.dynamodb.trouble(&scenario.id, step, when, 3, Trouble::Lose);
    let short = Duration::from_secs(4);
    let process = stage.deployment.launch(ask.function(), 1).await;
    let answer = process.call(&stage.deployment.event(ask.function(), &scenario.request(ask)), short).await;
    // Where the calendar was changed the outcome is open; else nothing was done.
    let expected = match step {
        Commit | Tombstone => (504, "ErrorTimeoutExpired"),
        _ => (503, "ErrorServerBusy"),
    };
    assert_eq!((answer.status, code_of(&answer).as_str()), expected, "{}: {answer:?}", scenario.id);
    assert!(answer.status == 504 || answer.header("retry-after").is_some(), "{}: {answer:?}", scenario.id);
    // The claim it may have made ends on its own.
    let now = scenario.expect(before, ask).await;
    scenario.goes_on_as_usual(now).await;
}
