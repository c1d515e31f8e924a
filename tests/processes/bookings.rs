//! Hundreds of guests of several processes book the same few times.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use convene::domain::{TimeSpan, parse_utc};
use convene_tests::{Deployment, Operation, Outlook, Trouble, When};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

const PROCESSES: usize = 4;
const REQUESTS: usize = 500;
/// The starts of times, half an hour apart.
const STARTS: usize = 12;
/// How many in a hundred writes meet a conflict.
const CONFLICT_PERCENT: u32 = 20;
const CONFLICTING: [Operation; 4] =
    [("TransactWriteItems", "booking"), ("PutItem", "booking"), ("UpdateItem", "booking"), ("UpdateItem", "ledger")];
const MEMBERS: [&str; 3] = ["organizer@contoso.com", "attendee1@contoso.com", "attendee2@contoso.com"];
const COLLECTIVE: [&str; 2] = [MEMBERS[0], MEMBERS[1]];
const ROUND_ROBIN: [&str; 2] = [MEMBERS[1], MEMBERS[2]];

fn configurations() -> Value {
    json!({
        "collective": {"id": 1, "method": "collective", "minutes": 60, "members": COLLECTIVE},
        "round-robin": {"id": 2, "method": "round-robin", "minutes": 30, "members": ROUND_ROBIN},
    })
}

/// The first start: before a midnight, so that some bookings touch two days.
fn first_start() -> DateTime<Utc> {
    let day = Utc::now().date_naive().checked_add_days(Days::new(14)).expect("a day");
    day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(2)
}

fn request(number: usize) -> Value {
    let configuration = if number.is_multiple_of(2) { "collective" } else { "round-robin" };
    let place = number / 2 % STARTS;
    let start = first_start() + TimeDelta::minutes(30) * i32::try_from(place).expect("few starts");
    let start = start.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({"configuration": configuration, "start": start, "guest": format!("guest{number}")})
}

fn span(request: &Value) -> TimeSpan {
    let minutes = configurations()[request["configuration"].as_str().expect("a name")]["minutes"].as_i64();
    let start = parse_utc(request["start"].as_str().expect("a time")).expect("a time");
    TimeSpan::new(start, start + TimeDelta::minutes(minutes.expect("a number"))).expect("a span")
}

/// Starts a process for every fourth request.
fn start(deployment: &Deployment, process: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book-slots"));
    command.env_clear().envs(deployment.environment()).env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let requests: Vec<_> = (process..REQUESTS).step_by(PROCESSES).map(request).collect();
    let input = json!({"configurations": configurations(), "requests": requests}).to_string();
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    child
}

async fn outcomes(child: Child) -> Vec<Value> {
    let output = spawn_blocking(|| child.wait_with_output()).await.expect("a thread").expect("its output");
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).expect("outcomes")
}

/// The events in a member's calendar: when, and by which subject.
async fn calendar(outlook: &Outlook, member: &str) -> Vec<(TimeSpan, String)> {
    let events = outlook.events(member).await.into_iter().map(|event| {
        // Without fractions of a second.
        let at = |name: &str| {
            let time = event[name]["dateTime"].as_str().and_then(|time| time.get(..19)).expect("a time");
            parse_utc(&format!("{time}Z")).expect("a time")
        };
        let subject = event["subject"].as_str().expect("a subject").to_owned();
        (TimeSpan::new(at("start"), at("end")).expect("a span"), subject)
    });
    events.collect()
}

fn overlap(one: TimeSpan, other: TimeSpan) -> bool {
    one.clip(&other).is_some()
}

#[tokio::test]
async fn hundreds_of_guests_book_overlapping_times_once() {
    let deployment = Deployment::start(Duration::from_secs(5)).await;
    deployment.dynamodb.weather_for(&CONFLICTING, 7, CONFLICT_PERCENT, vec![(When::Before, Trouble::Conflict)]);
    let children: Vec<_> = (0..PROCESSES).map(|process| start(&deployment, process)).collect();
    let outcomes = futures_util::future::join_all(children.into_iter().map(outcomes)).await.concat();
    assert_eq!(outcomes.len(), REQUESTS);
    let conflicts = deployment.dynamodb.struck_percent();
    assert!(
        (CONFLICT_PERCENT / 2..2 * CONFLICT_PERCENT).contains(&conflicts),
        "{conflicts} % of the writes conflicted"
    );

    let outlook = deployment.backends.outlook("contoso").await;
    let mut calendars = BTreeMap::new();
    for member in MEMBERS {
        calendars.insert(member, calendar(&outlook, member).await);
    }
    for (member, events) in &calendars {
        for (index, (one, subject)) in events.iter().enumerate() {
            let other = events[..index].iter().find(|(other, _)| overlap(*one, *other));
            assert!(other.is_none(), "{member}: {subject} overlaps {other:?}");
        }
    }
    let is_taken = |member: &str, span: TimeSpan| calendars[member].iter().any(|(busy, _)| overlap(*busy, span));
    let (mut booked, mut unavailable) = (BTreeSet::new(), 0);
    for Outcome { request, outcome } in outcomes.iter().map(Outcome::of) {
        let (span, guest) = (span(request), request["guest"].as_str().expect("a guest"));
        let is_collective = request["configuration"] == "collective";
        if let Some(id) = outcome["booked"].as_str() {
            let organizer = outcome["organizer"].as_str().expect("an address");
            let members = if is_collective { COLLECTIVE.to_vec() } else { vec![organizer] };
            for member in members {
                let event = (span, format!("{id} {guest}"));
                assert!(calendars[member].contains(&event), "{member} has no {event:?}");
            }
            assert!(booked.insert(format!("{id} {guest}")), "{id} is booked twice");
        } else {
            assert!(outcome["unavailable"].is_number(), "{request}: {outcome}");
            let is_taken = if is_collective {
                COLLECTIVE.iter().any(|member| is_taken(member, span))
            } else {
                ROUND_ROBIN.iter().all(|member| is_taken(member, span))
            };
            assert!(is_taken, "{request} was refused, and the time is free");
            unavailable += 1;
        }
    }
    let events: BTreeSet<_> = calendars.into_values().flatten().map(|(_, subject)| subject).collect();
    assert_eq!(events, booked, "each event is of a request that succeeded");
    assert!(booked.len() >= STARTS && unavailable > 300, "{} booked, {unavailable} refused", booked.len());
}

/// What became of a request.
struct Outcome<'a> {
    request: &'a Value,
    outcome: &'a Value,
}

impl<'a> Outcome<'a> {
    fn of(value: &'a Value) -> Self {
        Self { request: &value["request"], outcome: &value["outcome"] }
    }
}
