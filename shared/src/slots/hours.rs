//! When a participant can be booked, as wall-clock times of a zone.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{InvalidRule, TimeOfDay, dates, span::Span};
use crate::domain::TimeZone;

/// Hours that are open each week. They are wall-clock times of their zone: an hour that clocks skip is not open, and one that
/// comes twice is open twice. Days and dates are the zone's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyHours<Z = Option<TimeZone>> {
    /// A bit for each weekday; the lowest is Sunday.
    days: u8,
    time: TimeRange,
    /// Dates on which these hours are not open. Sorted.
    exdates: Vec<i64>,
    /// In configurations `None`: the participant's zone.
    zone: Z,
}

/// Hours that are open on one date. They replace all weekly hours of that date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecificHours<Z = Option<TimeZone>> {
    date: i64,
    /// `None`: the date is closed.
    time: Option<TimeRange>,
    zone: Z,
}

/// Seconds since 0:00 on the wall clock. The end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TimeRange {
    start: i64,
    end: i64,
}

impl TimeRange {
    /// An end of 23:59, 24:00, or 0:00 after a later start means midnight.
    fn new(start: TimeOfDay, end: TimeOfDay) -> Result<Self, InvalidRule> {
        let is_midnight = end == TimeOfDay::LAST_MINUTE || (end == TimeOfDay::MIDNIGHT && start != end);
        let end = if is_midnight { TimeOfDay::END_OF_DAY } else { end };
        if start < end {
            Ok(Self { start: start.seconds(), end: end.seconds() })
        } else {
            Err(InvalidRule { field: "end", problem: "must be after the start" })
        }
    }

    /// The part of a period with one offset in which the wall clock shows this range of a date. It can be empty.
    fn on(self, date: i64, offset: i64, period: Span) -> Span {
        let midnight = date * dates::DAY - offset;
        Span { start: midnight + self.start, end: midnight + self.end }.clip(period)
    }
}

impl WeeklyHours {
    /// `days`: 0 is Sunday, 6 is Saturday. `exdates`: dates on which these hours are not open.
    pub fn new(
        days: impl IntoIterator<Item = u8>,
        start: TimeOfDay,
        end: TimeOfDay,
        zone: Option<TimeZone>,
        exdates: &[NaiveDate],
    ) -> Result<Self, InvalidRule> {
        let bits = days.into_iter().try_fold(0, |bits, day| if day > 6 { None } else { Some(bits | 1 << day) });
        let days = bits.filter(|bits| *bits != 0);
        let days =
            days.ok_or(InvalidRule { field: "days", problem: "must have one to seven numbers from 0 (Sunday) to 6" })?;
        let exdates: BTreeSet<_> = exdates.iter().copied().map(dates::number).collect();
        Ok(Self { days, time: TimeRange::new(start, end)?, exdates: exdates.into_iter().collect(), zone })
    }

    pub(super) fn in_zone(&self, zone: &TimeZone) -> WeeklyHours<TimeZone> {
        let zone = self.zone.as_ref().unwrap_or(zone).clone();
        WeeklyHours { days: self.days, time: self.time, exdates: self.exdates.clone(), zone }
    }
}

impl WeeklyHours<TimeZone> {
    /// Every hour of every day.
    pub(super) fn always(zone: TimeZone) -> Self {
        let time = TimeRange { start: 0, end: dates::DAY };
        Self { days: 0b111_1111, time, exdates: Vec::new(), zone }
    }
}

impl SpecificHours {
    /// `start` and `end` both 0:00: the date is closed.
    pub fn new(date: NaiveDate, start: TimeOfDay, end: TimeOfDay, zone: Option<TimeZone>) -> Result<Self, InvalidRule> {
        let is_closed = (start, end) == (TimeOfDay::MIDNIGHT, TimeOfDay::MIDNIGHT);
        let time = if is_closed { None } else { Some(TimeRange::new(start, end)?) };
        Ok(Self { date: dates::number(date), time, zone })
    }

    pub(super) fn in_zone(&self, zone: &TimeZone) -> SpecificHours<TimeZone> {
        SpecificHours { date: self.date, time: self.time, zone: self.zone.as_ref().unwrap_or(zone).clone() }
    }

    pub(super) fn date(&self) -> i64 {
        self.date
    }
}

/// All hours of a participant, each with its zone. [`HoursSettings::resolve`](super::HoursSettings::resolve) makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHours {
    weekly: Vec<WeeklyHours<TimeZone>>,
    specific: Vec<SpecificHours<TimeZone>>,
    /// The dates of `specific`, sorted: no weekly hours are open on these.
    overridden: Vec<i64>,
}

impl OpenHours {
    /// A participant without limits: at every time.
    pub fn always(zone: TimeZone) -> Self {
        Self::new(vec![WeeklyHours::always(zone)], Vec::new())
    }

    pub(super) fn new(weekly: Vec<WeeklyHours<TimeZone>>, specific: Vec<SpecificHours<TimeZone>>) -> Self {
        let overridden: BTreeSet<_> = specific.iter().map(|hours| hours.date).collect();
        Self { weekly, specific, overridden: overridden.into_iter().collect() }
    }

    /// Calls `open` with each part of `range` in which some hours are open, and the zone of these hours. The parts of one block are
    /// in order; those of several blocks can overlap.
    pub(super) fn for_each<'a>(&'a self, range: Span, mut open: impl FnMut(Span, &'a TimeZone)) {
        for hours in &self.weekly {
            for period in hours.zone.offsets(range.start, range.end) {
                let span = Span { start: period.start, end: period.end };
                let first = (span.start + period.offset).div_euclid(dates::DAY);
                let last = (span.end - 1 + period.offset).div_euclid(dates::DAY);
                for date in (first..=last).filter(|date| self.is_open(hours, *date)) {
                    open(hours.time.on(date, period.offset, span), &hours.zone);
                }
            }
        }
        for hours in &self.specific {
            let Some(time) = hours.time else { continue };
            for period in hours.zone.offsets(range.start, range.end) {
                let span = Span { start: period.start, end: period.end };
                open(time.on(hours.date, period.offset, span), &hours.zone);
            }
        }
    }

    fn is_open(&self, hours: &WeeklyHours<TimeZone>, date: i64) -> bool {
        hours.days & (1 << dates::weekday(date)) != 0
            && hours.exdates.binary_search(&date).is_err()
            && self.overridden.binary_search(&date).is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn time(text: &str) -> TimeOfDay {
        text.parse().expect("a time of day")
    }

    /// The minutes that daily hours of a zone are open from noon to noon, UTC.
    fn open(zone: &str, start: &str, end: &str, noon: &str) -> Vec<i64> {
        let zone = zone.parse().expect("a zone");
        let hours = WeeklyHours::new(0..7, time(start), time(end), None, &[]).expect("hours").in_zone(&zone);
        let start = parse_utc(&format!("{noon}T12:00:00Z")).expect("a time").timestamp();
        let mut minutes = Vec::new();
        OpenHours::new(vec![hours], Vec::new()).for_each(Span { start, end: start + dates::DAY }, |span, _| {
            minutes.extend(Some((span.end - span.start) / 60).filter(|minutes| *minutes > 0));
        });
        minutes
    }

    #[test]
    fn a_skipped_hour_is_not_open() {
        assert_eq!(open("America/New_York", "1:00", "5:00", "2027-03-13"), [60, 120]);
        assert_eq!(open("America/New_York", "2:00", "3:00", "2027-03-13"), [0; 0]);
        assert_eq!(open("America/New_York", "2:15", "2:45", "2027-03-13"), [0; 0]);
        assert_eq!(open("Australia/Lord_Howe", "2:00", "3:00", "2027-10-02"), [30]);
        assert_eq!(open("Africa/Cairo", "0:00", "3:00", "2027-04-29"), [120]);
    }

    #[test]
    fn an_hour_that_comes_twice_is_open_twice() {
        assert_eq!(open("America/New_York", "1:00", "3:00", "2026-10-31"), [60, 120]);
        assert_eq!(open("America/New_York", "1:00", "1:30", "2026-10-31"), [30, 30]);
        assert_eq!(open("America/New_York", "0:30", "1:30", "2026-10-31"), [60, 30]);
    }

    #[test]
    fn a_date_that_does_not_exist_has_no_hours() {
        let zone: TimeZone = "Pacific/Apia".parse().expect("a zone");
        let date = NaiveDate::from_ymd_opt(2011, 12, 30).expect("a date");
        let hours = SpecificHours::new(date, TimeOfDay::MIDNIGHT, TimeOfDay::END_OF_DAY, None).expect("hours");
        let midnight = dates::number(date) * dates::DAY;
        let range = Span { start: midnight - 3 * dates::DAY, end: midnight + 3 * dates::DAY };
        OpenHours::new(Vec::new(), vec![hours.in_zone(&zone)]).for_each(range, |span, _| assert!(span.is_empty()));
    }

    #[test]
    fn midnight_has_three_notations_as_an_end() {
        let end = |start, end| TimeRange::new(time(start), time(end)).map(|range| range.end / 60);
        for notation in ["23:59", "24:00", "0:00"] {
            assert_eq!(end("22:30", notation), Ok(1440), "{notation}");
        }
        assert_eq!(end("0:00", "23:58"), Ok(1438));
        for (start, same_or_earlier) in [("9:00", "9:00"), ("9:00", "8:59"), ("0:00", "0:00"), ("24:00", "0:00")] {
            assert_eq!(
                end(start, same_or_earlier).map_err(|error| error.field),
                Err("end"),
                "{start} {same_or_earlier}"
            );
        }
    }

    #[test]
    fn hours_without_a_valid_day_are_refused() {
        let hours = |days: &[u8]| WeeklyHours::new(days.iter().copied(), time("9:00"), time("10:00"), None, &[]);
        assert!(hours(&[0, 6, 6]).is_ok());
        for days in [&[][..], &[7], &[1, 8], &[255]] {
            assert_eq!(hours(days).map_err(|error| error.field), Err("days"), "{days:?}");
        }
    }
}
