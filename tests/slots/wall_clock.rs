//! What wall clocks show in each minute, by chrono-tz.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;

pub const DAY: i64 = 24 * 60;

/// What the wall clock of a zone shows in a minute: the days since 1970-01-01, and the minutes since 0:00.
pub type Wall = Vec<(i64, i64)>;

/// The minutes that are looked at.
pub struct Minutes {
    /// Minutes since 1970-01-01 0:00 UTC.
    pub first: i64,
    pub count: usize,
    /// By zone. Few, so a list is quicker than a map.
    walls: Vec<(String, Wall)>,
}

impl Minutes {
    pub fn wall(&self, zone: &str) -> &Wall {
        let (_, wall) = self.walls.iter().find(|(name, _)| name == zone).expect("a zone of the scenario");
        wall
    }

    pub fn new(first: i64, count: usize) -> Self {
        Self { first, count, walls: Vec::new() }
    }

    pub fn add(&mut self, name: &str) {
        if self.walls.iter().any(|(added, _)| added == name) {
            return;
        }
        let zone: Tz = name.parse().expect("a zone");
        let mut wall = Vec::with_capacity(self.count);
        let mut minute = self.first;
        let end = self.first + i64::try_from(self.count).expect("a number");
        while minute < end {
            // No zone changes its offset twice within three hours: if both ends agree, each minute need not be looked up.
            let next = (minute + 180).min(end);
            let (before, after) = (offset(zone, minute), offset(zone, next));
            for minute in minute..next {
                let local = minute + if before == after { before } else { offset(zone, minute) };
                wall.push((local.div_euclid(DAY), local.rem_euclid(DAY)));
            }
            minute = next;
        }
        self.walls.push((name.to_owned(), wall));
    }
}

/// Minutes to be added to UTC.
fn offset(zone: Tz, minute: i64) -> i64 {
    let utc = DateTime::from_timestamp(minute * 60, 0).expect("an instant").naive_utc();
    let seconds = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    assert_eq!(seconds % 60, 0, "the oracle knows whole minutes");
    i64::from(seconds / 60)
}

/// The date at an instant, in Unix seconds.
pub fn date_at(zone: &str, seconds: i64) -> i64 {
    let zone: Tz = zone.parse().expect("a zone");
    number(zone.from_utc_datetime(&DateTime::from_timestamp(seconds, 0).expect("an instant").naive_utc()).date_naive())
}

/// The days since 1970-01-01.
pub fn number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - 719_163
}
