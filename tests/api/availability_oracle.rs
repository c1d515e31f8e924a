//! Availability of many people over long times, against an oracle that knows every entry and counts minute by minute.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use convene_tests::{Caller, Product};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

const PEOPLE: usize = 60;
const DAYS: i64 = 200;

/// One entry of somebody's calendar.
struct Entry {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    show_as: &'static str,
    private: bool,
    all_day: bool,
}

fn first_day() -> DateTime<Utc> {
    "2026-01-05T00:00:00Z".parse().expect("a time")
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn person(n: usize) -> String {
    format!("person{n}@contoso.com")
}

impl Entry {
    /// Anything that may stand in a calendar, in whole `step`s. One in `rarity` lasts for days.
    fn random(chance: &mut StdRng, days: i64, step: TimeDelta, rarity: u32) -> Self {
        let statuses = ["free", "tentative", "busy", "busy", "busy", "oof", "workingElsewhere", "unknown"];
        let show_as = statuses[chance.random_range(0..statuses.len())];
        let private = chance.random_ratio(1, 8);
        if chance.random_ratio(1, rarity) {
            let start = first_day() + TimeDelta::days(chance.random_range(-3..days + 3));
            let end = start + TimeDelta::days(chance.random_range(1..4));
            return Self { start, end, show_as, private, all_day: true };
        }
        let steps = days * 86_400 / step.num_seconds().max(1);
        let start =
            first_day() + step * i32::try_from(chance.random_range(-60..steps + 60)).expect("a number of steps");
        // From nothing at all to a few hours, and now and then for weeks.
        let longest = if chance.random_ratio(1, rarity * 4) { 60 * 24 * 80 } else { 60 * 5 };
        let end = start + step * chance.random_range(0..longest);
        Self { start, end, show_as, private, all_day: false }
    }

    fn blocks(&self) -> bool {
        matches!(self.show_as, "tentative" | "busy" | "oof" | "unknown")
    }

    fn json(&self, mailbox: &str) -> Value {
        json!({
            "mailbox": mailbox, "start": text(self.start), "end": text(self.end), "showAs": self.show_as,
            "sensitivity": if self.private { "private" } else { "normal" }, "isAllDay": self.all_day,
        })
    }
}

/// When somebody with these entries is not available: each step of the window by itself, then joined.
fn oracle(entries: &[Entry], from: DateTime<Utc>, to: DateTime<Utc>, step: TimeDelta) -> Value {
    let place = |time: DateTime<Utc>| (time.clamp(from, to) - from).num_seconds() / step.num_seconds();
    let count = usize::try_from(place(to)).expect("a number of steps");
    let mut taken = vec![false; count + 1];
    for entry in entries.iter().filter(|entry| entry.blocks()) {
        let range =
            usize::try_from(place(entry.start)).expect("a step")..usize::try_from(place(entry.end)).expect("a step");
        taken[range].fill(true);
    }
    let mut slots = Vec::new();
    let mut since = None;
    for (n, taken) in taken.into_iter().enumerate() {
        let now = from + step * i32::try_from(n).expect("a step");
        match since {
            None if taken => since = Some(now),
            Some(start) if !taken => {
                slots.push(json!({"timeMin": text(start), "timeMax": text(now)}));
                since = None;
            }
            _ => {}
        }
    }
    Value::Array(slots)
}

/// Puts everybody's entries into their calendars.
async fn fill(product: &Product, calendars: &[Vec<Entry>]) {
    let simulator = product.simulator();
    for (n, calendar) in calendars.iter().enumerate() {
        simulator.add_mailbox("contoso.com", &person(n)).await;
        for entries in calendar.chunks(1000) {
            simulator.add_events(entries.iter().map(|entry| entry.json(&person(n))).collect()).await;
        }
    }
}

/// Compares the answer for everybody with the oracle's.
async fn check(caller: &Caller, calendars: &[Vec<Entry>], from: DateTime<Utc>, to: DateTime<Utc>, step: TimeDelta) {
    let asked = (0..calendars.len()).map(|n| json!({"email": person(n)})).collect();
    let rows = caller.availability(&text(from), &text(to), &asked).await.expect_ok();
    assert_eq!(rows.as_array().map(Vec::len), Some(calendars.len()));
    for (n, calendar) in calendars.iter().enumerate() {
        let slots = oracle(calendar, from, to, step);
        let expected = json!({"email": person(n), "errorCode": "NoError", "unavailableTimeslots": slots});
        assert_eq!(rows[n], expected, "{} from {from} to {to}", person(n));
    }
}

#[tokio::test]
async fn sixty_people_over_two_hundred_days() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let mut chance = StdRng::seed_from_u64(0x60_0200);
    let minute = TimeDelta::minutes(1);
    let calendars: Vec<Vec<Entry>> = (0..PEOPLE)
        .map(|_| (0..chance.random_range(0..90)).map(|_| Entry::random(&mut chance, DAYS, minute, 12)).collect())
        .collect();
    fill(&product, &calendars).await;
    check(&caller, &calendars, first_day(), first_day() + TimeDelta::days(DAYS), minute).await;
    for _ in 0..20 {
        let from = first_day() + minute * chance.random_range(0..i32::try_from(DAYS * 1440).expect("minutes"));
        let length = minute * chance.random_range(1..60 * 24 * 10);
        check(&caller, &calendars, from, from + length, minute).await;
    }
}

#[tokio::test]
async fn to_the_second() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let mut chance = StdRng::seed_from_u64(0x05ec_04d5);
    let second = TimeDelta::seconds(1);
    let calendars: Vec<Vec<Entry>> =
        (0..25).map(|_| (0..60).map(|_| Entry::random(&mut chance, 1, second, 12)).collect()).collect();
    fill(&product, &calendars).await;
    for _ in 0..10 {
        let from = first_day() + second * chance.random_range(0..86_000);
        check(&caller, &calendars, from, from + second * chance.random_range(1..4000), second).await;
    }
}

#[tokio::test]
async fn more_entries_than_one_answer_may_have() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let mut chance = StdRng::seed_from_u64(5006);
    let step = TimeDelta::seconds(10);
    // Among others, people with far more than a thousand entries in each piece of the window.
    let mut calendar =
        |count: usize| (0..count).map(|_| Entry::random(&mut chance, DAYS, step, 1000)).collect::<Vec<_>>();
    let calendars = [calendar(30), calendar(9000), calendar(30), calendar(4500)];
    fill(&product, &calendars).await;
    product.simulator().clear_journal().await;
    check(&caller, &calendars, first_day(), first_day() + TimeDelta::days(DAYS), step).await;
    let requests = product.simulator().requests().await;
    assert!(requests.len() > 4, "nothing was split: {}", requests.len());
    assert!(requests.iter().all(|request| request["status"] == 200));
}
