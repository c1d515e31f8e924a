//! Scenarios from a seed: around dates on which something is unusual in a zone.

use chrono::{Days, NaiveDate};
use convene::slots::{Method, Timing};

use crate::scenario::{Hours, Participant, Scenario, Specific, Weekly};

/// A zone, and dates around which its clocks or its calendar are unusual. Both databases agree about these years.
const PLACES: [(&str, &[&str]); 21] = [
    ("Australia/Lord_Howe", &["2024-04-07", "2024-10-06"]),
    ("Pacific/Apia", &["2011-12-30", "2011-09-24", "2011-04-02"]),
    ("Africa/Cairo", &["2024-04-26", "2024-11-01"]),
    ("Asia/Beirut", &["2024-03-31", "2024-10-27"]),
    ("Asia/Kolkata", &["2024-02-29"]),
    ("Asia/Katmandu", &["2024-03-01"]),
    ("Pacific/Chatham", &["2024-04-07", "2024-09-29"]),
    ("America/New_York", &["2024-03-10", "2024-11-03"]),
    ("Europe/Berlin", &["2024-03-31", "2024-10-27"]),
    ("America/Santiago", &["2024-04-07", "2024-09-08"]),
    ("Atlantic/Azores", &["2024-03-31", "2024-10-27"]),
    ("US/Samoa", &["2024-02-28"]),
    ("Zulu", &["2023-12-31", "2024-02-29"]),
    ("America/St_Johns", &["2010-03-14", "2010-11-07"]),
    ("Antarctica/Troll", &["2024-03-31", "2024-10-27"]),
    ("Africa/Casablanca", &["2024-03-10", "2024-04-14"]),
    ("Pacific/Kiritimati", &["2024-01-01", "1994-12-31"]),
    ("America/Caracas", &["2016-05-01"]),
    ("Asia/Pyongyang", &["2015-08-15", "2018-05-05"]),
    ("W-SU", &["2014-10-26", "2011-03-27"]),
    ("Europe/Lisbon", &["1992-09-27", "1996-03-31"]),
];

/// A small generator of random numbers (`SplitMix64`), which gives the same numbers in each version of each crate.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let numbers = u64::try_from(most - least + 1).expect("a range");
        least + i64::try_from(self.next() % numbers).expect("a number")
    }

    fn minutes(&mut self, least: u32, most: u32) -> u32 {
        u32::try_from(self.between(least.into(), most.into())).expect("minutes")
    }

    /// True once in so many times.
    fn once_in(&mut self, times: i64) -> bool {
        self.between(1, times) == 1
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.between(0, i64::try_from(choices.len()).expect("few") - 1)).expect("an index")]
            .clone()
    }

    fn list<T>(&mut self, least: i64, most: i64, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.between(least, most)).map(|_| item(self)).collect()
    }
}

/// The longest query, in minutes.
pub fn scenario(seed: u64, longest: i64) -> Scenario {
    let random = &mut Random::new(seed);
    let (place, dates) = random.pick(&PLACES);
    let date: NaiveDate = random.pick(dates).parse().expect("a date");
    // The zones of a scenario: mostly that of the date.
    let other = random.pick(&PLACES).0;
    let zones = &[place, place, other];
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let start = midnight + random.between(-36 * 60, 30 * 60) * 60 + random.pick(&[0, 0, 0, 1, 59]);
    let length = random.between(30, longest) * 60 + random.pick(&[0, 0, 0, 1, 59]);
    let participants = random.list(1, 3, |random| participant(random, date, zones, start));
    let mut order: Vec<_> = (0..participants.len()).collect();
    let swapped = random.pick(&order);
    order.swap(0, swapped);
    if random.once_in(10) {
        order.truncate(1);
    }
    Scenario {
        timing: timing(random),
        days: random.minutes(0, 4),
        zone: random.pick(zones).to_owned(),
        method: random.pick(&[Method::Collective, Method::MaxFairness, Method::MaxAvailability]),
        defaults: hours(random, date, zones),
        participants,
        order,
        now: if random.once_in(3) {
            start + random.between(-3600, 86_400)
        } else {
            start - random.between(0, 2 * 86_400)
        },
        query: (start, start + length),
    }
}

fn timing(random: &mut Random) -> Timing {
    let buffer = |random: &mut Random| if random.once_in(2) { 0 } else { random.minutes(1, 120) };
    Timing {
        duration: if random.once_in(30) { random.pick(&[1, 600, 1440]) } else { random.minutes(1, 18) * 5 },
        interval: if random.once_in(4) {
            None
        } else {
            Some(random.pick(&[1, 5, 10, 15, 20, 25, 30, 45, 50, 60, 90, 420]))
        },
        round_to: random.pick(&[1, 5, 10, 15, 15, 15, 20, 25, 30, 45, 60, 60, 7]),
        buffer_before: buffer(random),
        buffer_after: buffer(random),
        notice: if random.once_in(2) { 0 } else { random.minutes(0, 900) },
    }
}

fn participant(random: &mut Random, date: NaiveDate, zones: &[&str], start: i64) -> Participant {
    Participant {
        zone: zone(random, zones),
        hours: if random.once_in(3) { Hours::default() } else { hours(random, date, zones) },
        busy: random.list(0, 4, |random| {
            let start = start.div_euclid(60) + random.between(-600, 2880);
            (start * 60, (start + random.pick(&[1, 5, 10, 25, 30, 55, 60, 240])) * 60)
        }),
    }
}

fn zone(random: &mut Random, zones: &[&str]) -> Option<String> {
    (!random.once_in(3)).then(|| random.pick(zones).to_owned())
}

fn hours(random: &mut Random, date: NaiveDate, zones: &[&str]) -> Hours {
    let near =
        |random: &mut Random| (date - Days::new(3)) + Days::new(u64::try_from(random.between(0, 6)).expect("days"));
    let weekly = random.list(0, 3, |random| {
        let (start, end) = block(random);
        Weekly {
            days: if random.once_in(3) {
                random.list(1, 4, |random| random.pick(&[0, 1, 2, 3, 4, 5, 6]))
            } else {
                (0..7).collect()
            },
            start,
            end,
            zone: zone(random, zones),
            exdates: if random.once_in(4) { random.list(1, 2, near) } else { Vec::new() },
        }
    });
    let specific = if random.once_in(3) {
        random.list(1, 3, |random| {
            let (start, end) = if random.once_in(4) { (0, 0) } else { block(random) };
            Specific { date: near(random), start, end, zone: zone(random, zones) }
        })
    } else {
        Vec::new()
    };
    Hours { weekly, specific, only_specific: random.once_in(12) }
}

/// A start and an end, which is after the start or means midnight.
fn block(random: &mut Random) -> (u32, u32) {
    let start = match random.between(0, 5) {
        0 | 1 => 0,
        2 => random.minutes(0, 3) * 60,
        3 => random.minutes(0, 240),
        4 => random.minutes(0, 1438),
        _ => random.minutes(0, 23) * 60,
    };
    let end = match random.between(0, 3) {
        0 => random.pick(&[1440, 1439]),
        1 if start > 0 => 0,
        2 => (start + random.minutes(1, 240)).min(1440),
        _ => random.minutes(start + 1, 1440),
    };
    (start, end)
}
