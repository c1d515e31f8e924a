//! Fifty callers ask for the same at the same time.

use std::time::Duration;

use convene_tests::{Answer, Caller, PLENTY, Product, samples};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde_json::{Value, json};

use crate::{
    scenario::{Ask, Content, Scenario, Standing, code_of, in_progress},
    stage::{Stage, subjects},
};

const CROWD: usize = 50;
/// How many processes share the events.
const PROCESSES: usize = 8;

/// Whoever answers a call to schedule.
type Schedule<'a> = dyn Fn(Content) -> BoxFuture<'a, Answer> + 'a;

async fn all_alike(schedule: &Schedule<'_>) {
    let answers = join_all((0..CROWD).map(|_| schedule(Content::First))).await;
    for answer in &answers {
        assert!(code_of(answer) == "NoError" || in_progress(answer).is_some(), "{answer:?}");
    }
    assert!(answers.iter().any(|answer| answer.status == 200), "nobody was served");
    for answer in join_all((0..CROWD).map(|_| schedule(Content::First))).await {
        answer.expect(200, "NoError");
    }
}

/// Tells which of two contents was booked.
async fn of_two_minds(schedule: &Schedule<'_>) -> Content {
    let minds = (0..CROWD).map(|n| if n % 2 == 0 { Content::First } else { Content::Other });
    let answers = join_all(minds.clone().map(schedule)).await;
    let winner = |(mind, answer): (Content, &Answer)| (answer.status == 200).then_some(mind);
    let winners: Vec<_> = minds.clone().zip(&answers).filter_map(winner).collect();
    let winner = *winners.first().expect("somebody was served");
    assert!(winners.iter().all(|mind| *mind == winner), "both contents were booked");
    for (mind, answer) in minds.clone().zip(&answers) {
        let refused = mind != winner && code_of(answer) == "MeetingAlreadyExists";
        assert!(answer.status == 200 || refused || in_progress(answer).is_some(), "{answer:?}");
    }
    for (mind, answer) in minds.clone().zip(join_all(minds.map(schedule)).await) {
        if mind == winner {
            answer.expect(200, "NoError");
        } else {
            answer.expect(409, "MeetingAlreadyExists");
        }
    }
    winner
}

#[tokio::test]
async fn fifty_callers_at_once_in_one_process_make_one_meeting() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    all_alike(&|content| one_process(&caller, "alike", content)).await;
    let winner = of_two_minds(&|content| one_process(&caller, "two minds", content)).await;
    for mailbox in [samples::ORGANIZER, "attendee1@contoso.com", "attendee2@contoso.com"] {
        let mut there = subjects(&outlook.events(mailbox).await);
        there.sort();
        let mut expected = ["First alike".to_owned(), format!("{} two minds", winner.subject())];
        expected.sort();
        assert_eq!(there, expected, "{mailbox}");
    }
    product.stop().await;
}

fn one_process<'a>(caller: &'a Caller, id: &'a str, content: Content) -> BoxFuture<'a, Answer> {
    let subject = format!("{} {id}", content.subject());
    async move { caller.schedule(&samples::meeting_with(id, &json!({ "subject": subject }))).await }.boxed()
}

#[tokio::test]
async fn fifty_callers_at_once_in_several_processes_make_one_meeting() {
    let stage = Stage::open(Duration::from_secs(2)).await;
    let processes = stage.deployment.launch("schedule-meeting", PROCESSES).await;
    let call = |request: Value| {
        let (processes, stage) = (&processes, &stage);
        async move { processes.call(&stage.deployment.event("schedule-meeting", &request), PLENTY).await }.boxed()
    };
    let alike = Scenario::begin(&stage, "alike").await;
    all_alike(&|content| call(alike.request(Ask::Schedule(content)))).await;
    alike.calendars_show(Standing::made(Content::First)).await;
    alike.goes_on_as_usual(Standing::made(Content::First)).await;
    let two = Scenario::begin(&stage, "two minds").await;
    let winner = of_two_minds(&|content| call(two.request(Ask::Schedule(content)))).await;
    two.calendars_show(Standing::made(winner)).await;
    two.goes_on_as_usual(Standing::made(winner)).await;
    stage.neighbour_is_untouched().await;
}
