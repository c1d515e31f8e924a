//! Lists of slots: a month of quarters of an hour, with many participants.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use convene::{
    domain::{TimeSpan, TimeZone},
    slots::{Horizon, HoursSettings, Method, Question, Rules, Timing, WeeklyHours},
};
use divan::Bencher;

const DAYS: i64 = 31;

fn main() {
    divan::main();
}

struct Month {
    rules: Rules,
    start: DateTime<Utc>,
    busy: Vec<Vec<TimeSpan>>,
    order: Vec<usize>,
}

impl Month {
    /// March, when clocks change. Every participant works in one of four zones, and has `a_day` short meetings on each day.
    fn new(method: Method, participants: usize, hours: Option<(&str, &str)>, a_day: i64) -> Self {
        let zones = ["America/New_York", "Europe/Berlin", "Europe/London", "America/Santiago"];
        let zones = zones.map(|zone| zone.parse::<TimeZone>().expect("a zone"));
        let start = NaiveDate::from_ymd_opt(2027, 3, 1).expect("a date").and_time(chrono::NaiveTime::MIN).and_utc();
        let hours = |index: usize| {
            let weekly = hours.map(|(start, end)| {
                let [start, end] = [start, end].map(|time| time.parse().expect("a time of day"));
                WeeklyHours::new(1..=5, start, end, None, &[]).expect("hours")
            });
            let settings = HoursSettings { weekly: weekly.into_iter().collect(), ..Default::default() };
            settings.resolve(&HoursSettings::default(), &zones[index % zones.len()])
        };
        let busy = |index: usize| {
            let meetings = (0..DAYS * a_day).map(|meeting| {
                let start =
                    start + TimeDelta::minutes(meeting * 24 * 60 / a_day + i64::try_from(index).expect("few") * 7);
                TimeSpan::new(start, start + TimeDelta::minutes(5)).expect("a span")
            });
            meetings.collect()
        };
        let timing =
            Timing { duration: 30, interval: Some(15), round_to: 15, buffer_before: 5, buffer_after: 5, notice: 60 };
        let horizon = Horizon { days: 60, zone: zones[0].clone() };
        let rules = Rules::new(timing, horizon, method, (0..participants).map(hours).collect()).expect("rules");
        Self { rules, start, busy: (0..participants).map(busy).collect(), order: (0..participants).collect() }
    }

    fn question(&self) -> Question<'_> {
        Question {
            now: self.start - TimeDelta::days(1),
            query: TimeSpan::new(self.start, self.start + TimeDelta::days(DAYS)).expect("a span"),
            busy: &self.busy,
            order: &self.order,
        }
    }

    fn bench(&self, bencher: Bencher<'_, '_>) {
        let question = self.question();
        assert!(!self.rules.list(&question).is_empty());
        bencher.bench_local(|| self.rules.list(divan::black_box(&question)));
    }
}

#[divan::bench]
fn collective_of_40_with_hours(bencher: Bencher<'_, '_>) {
    Month::new(Method::Collective, 40, Some(("6:00", "22:00")), 1).bench(bencher);
}

#[divan::bench]
fn collective_of_40_at_all_hours(bencher: Bencher<'_, '_>) {
    Month::new(Method::Collective, 40, None, 1).bench(bencher);
}

#[divan::bench]
fn round_robin_of_40_with_hours(bencher: Bencher<'_, '_>) {
    Month::new(Method::MaxAvailability, 40, Some(("9:00", "17:00")), 8).bench(bencher);
}

#[divan::bench]
fn round_robin_of_200_at_all_hours(bencher: Bencher<'_, '_>) {
    Month::new(Method::MaxAvailability, 200, None, 8).bench(bencher);
}

#[divan::bench]
fn check_of_one_slot(bencher: Bencher<'_, '_>) {
    let month = Month::new(Method::Collective, 40, None, 1);
    let question = month.question();
    let slot = month.rules.list(&question).iter().last().expect("a slot").span;
    bencher.bench_local(|| month.rules.check(divan::black_box(&question), slot));
}
