//! Deletes that race creates that race re-creates of one id, for many rounds. After each round the last call is
//! repeated, and everything is as if it had been the only one.

use std::time::Duration;

use convene_tests::{Answer, Bootstraps, Caller, PLENTY, Product, samples};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    scenario::{
        Ask,
        Content::{First, Other},
        Scenario, Standing, code_of, in_progress,
    },
    stage::{Stage, subjects},
};

/// The first seed; each round of each test counts on from here.
const SEED: u64 = 20_260_504;
/// The most that calls of one round begin apart.
const SPREAD: u64 = 40;

/// Whoever answers calls about one id.
type Call<'a> = dyn Fn(Ask) -> BoxFuture<'a, Answer> + 'a;

/// One round: seven calls begin within moments of each other. Tells what was repeated at the end, and its answer.
async fn round(seed: u64, call: &Call<'_>) -> (Ask, Answer) {
    let mut chance = StdRng::seed_from_u64(seed);
    let asked: Vec<_> = (0..7)
        .map(|_| {
            let ask = match chance.random_range(0..10) {
                0..=2 => Ask::Schedule(First),
                3 => Ask::Schedule(Other),
                4..=7 => Ask::Delete,
                8 => Ask::Get,
                _ => Ask::Patch,
            };
            (ask, Duration::from_millis(chance.random_range(0..SPREAD)))
        })
        .collect();
    let answers = join_all(asked.iter().map(|(ask, begin)| async {
        tokio::time::sleep(*begin).await;
        call(*ask).await
    }))
    .await;
    for ((ask, _), answer) in asked.iter().zip(&answers) {
        let code = code_of(answer);
        let allowed: &[&str] = match ask {
            Ask::Schedule(_) => &["NoError", "MeetingAlreadyExists"],
            _ => &["NoError", "MeetingNotFound"],
        };
        let fine = in_progress(answer).is_some() || allowed.contains(&code.as_str());
        assert!(fine, "seed {seed}: {ask:?}: {answer:?}");
    }
    let last = if chance.random_ratio(1, 2) { Ask::Schedule(First) } else { Ask::Delete };
    // Nothing else is under way any more, so it is decided at once.
    (last, call(last).await)
}

/// What the calendars must show after the last call of a round, repeated on its own.
fn after(seed: u64, last: Ask, answer: &Answer) -> Standing {
    match (last, code_of(answer).as_str()) {
        (Ask::Schedule(_), "NoError") => Standing::made(First),
        (Ask::Schedule(_), "MeetingAlreadyExists") => Standing::made(Other),
        (Ask::Delete, "NoError" | "MeetingNotFound") => Standing::Deleted,
        _ => panic!("seed {seed}: {last:?}: {answer:?}"),
    }
}

#[tokio::test]
async fn races_in_one_process_end_in_one_state() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    for seed in (SEED..).take(60) {
        let id = format!("raced {}", seed % 5);
        let call = |ask| in_one_process(&caller, &id, ask);
        let (last, answer) = round(seed, &call).await;
        let expected = usize::from(after(seed, last, &answer) != Standing::Deleted);
        for mailbox in [samples::ORGANIZER, "attendee1@contoso.com", "attendee2@contoso.com"] {
            let all = outlook.events(mailbox).await;
            let own: Vec<Value> = all.into_iter().filter(|event| event["location"]["displayName"] == id).collect();
            assert_eq!(own.len(), expected, "seed {seed}: {mailbox}: {:?}", subjects(&own));
        }
    }
    product.stop().await;
}

/// The id is the meeting's place as well, which no call changes: that tells the events apart.
fn in_one_process<'a>(caller: &'a Caller, id: &'a str, ask: Ask) -> BoxFuture<'a, Answer> {
    async move {
        match ask {
            Ask::Schedule(content) => {
                let changes = json!({"subject": content.subject(), "location": id});
                caller.schedule(&samples::meeting_with(id, &changes)).await
            }
            Ask::Get => caller.get(id, samples::ORGANIZER).await,
            Ask::Patch => {
                let change = json!({"id": id, "organizerEmail": samples::ORGANIZER, "subject": "Changed"});
                caller.update(&change).await
            }
            Ask::Delete => caller.delete(id, samples::ORGANIZER).await,
        }
    }
    .boxed()
}

#[tokio::test]
async fn races_between_processes_end_in_one_state() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let schedule = stage.deployment.launch("schedule-meeting", 3).await;
    let delete = stage.deployment.launch("delete-meeting", 3).await;
    let scenarios = join_all((0..4).map(|_| Scenario::begin(&stage, "raced"))).await;
    let racing = scenarios.iter().zip([0, 1000, 2000, 3000]);
    join_all(racing.map(|(scenario, offset)| rounds_between(scenario, SEED + offset, &schedule, &delete))).await;
    stage.neighbour_is_untouched().await;
}

async fn rounds_between(scenario: &Scenario<'_>, first: u64, schedule: &Bootstraps, delete: &Bootstraps) {
    let call = |ask: Ask| {
        async move {
            let event = scenario.stage.deployment.event(ask.function(), &scenario.request(ask));
            match ask {
                Ask::Schedule(_) => schedule.call(&event, PLENTY).await,
                Ask::Delete => delete.call(&event, PLENTY).await,
                Ask::Get | Ask::Patch => scenario.call(ask).await,
            }
        }
        .boxed()
    };
    for seed in (first..).take(20) {
        let (last, answer) = round(seed, &call).await;
        // A change may have been made to it in the race: only the number of events counts here.
        let expected = usize::from(after(seed, last, &answer) != Standing::Deleted);
        let there = events_of_each(scenario).await;
        assert!(there.iter().all(|count| *count == expected), "seed {seed}: {there:?} instead of {expected}");
    }
    scenario.until_decided(Ask::Delete).await;
    scenario.goes_on_as_usual(Standing::Deleted).await;
}

async fn events_of_each(scenario: &Scenario<'_>) -> Vec<usize> {
    let events = scenario.mailboxes().map(|mailbox| scenario.stage.subjects_at(mailbox));
    join_all(events).await.iter().map(Vec::len).collect()
}
