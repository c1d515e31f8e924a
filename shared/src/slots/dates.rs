//! Dates on the wall clock of a zone.

use chrono::NaiveDate;

use crate::domain::TimeZone;

/// A day on the wall clock, in seconds.
pub(super) const DAY: i64 = 24 * 60 * 60;

/// A date as the number of its days since 1970-01-01.
pub(super) fn number(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

/// The weekday of a date: 0 is Sunday.
pub(super) fn weekday(date: i64) -> u8 {
    // 1970-01-01 was a Thursday.
    u8::try_from((date + 4).rem_euclid(7)).unwrap_or_default()
}

/// The date on which an instant is.
pub(super) fn date_at(zone: &TimeZone, instant: i64) -> i64 {
    let offset = zone.offsets(instant, instant.saturating_add(1)).next().map_or(0, |period| period.offset);
    (instant + offset).div_euclid(DAY)
}

/// The first instant that is on a date, or after it if the zone skipped the date.
pub(super) fn start_of(zone: &TimeZone, date: i64) -> i64 {
    let midnight = date * DAY;
    // No zone is further from UTC.
    let (start, end) = (midnight - 2 * DAY, midnight + 2 * DAY);
    let mut starts = zone.offsets(start, end).map(|period| (period.start.max(midnight - period.offset), period.end));
    starts.find(|(start, end)| start < end).map_or(midnight, |(start, _)| start)
}

/// The last start of a date that is not after an instant.
pub(super) struct Day<'a> {
    zone: &'a TimeZone,
    date: i64,
    pub start: i64,
}

impl<'a> Day<'a> {
    pub fn at(zone: &'a TimeZone, instant: i64) -> Self {
        let date = date_at(zone, instant);
        let mut day = Self { zone, date, start: start_of(zone, date) };
        // Where clocks are set back across midnight, a date begins and the date before it comes once more.
        loop {
            let next = day.next();
            if next.start > instant {
                return day;
            }
            day = next;
        }
    }

    pub fn next(&self) -> Self {
        self.neighbour(1)
    }

    pub fn previous(&self) -> Self {
        self.neighbour(-1)
    }

    /// The next date, forward or backward, that the zone did not skip.
    fn neighbour(&self, step: i64) -> Self {
        let mut date = self.date;
        loop {
            date += step;
            let start = start_of(self.zone, date);
            if start != self.start {
                return Self { zone: self.zone, date, start };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn at(text: &str) -> i64 {
        parse_utc(text).expect("a time").timestamp()
    }

    fn start(zone: &str, date: &str) -> i64 {
        start_of(&zone.parse().expect("a zone"), number(date.parse().expect("a date")))
    }

    #[test]
    fn a_date_begins_at_its_first_instant() {
        for (zone, date, first) in [
            ("Europe/Berlin", "2027-02-01", "2027-01-31T23:00:00Z"),
            ("Pacific/Kiritimati", "2027-02-01", "2027-01-31T10:00:00Z"),
            ("Pacific/Pago_Pago", "2027-02-01", "2027-02-01T11:00:00Z"),
            // No midnight.
            ("Africa/Cairo", "2027-04-30", "2027-04-29T22:00:00Z"),
            // Two midnights.
            ("Atlantic/Azores", "2027-10-31", "2027-10-31T00:00:00Z"),
            // Clocks were set back from 0:01 to 23:01.
            ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"),
            // Not there.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(start(zone, date), at(first), "{zone} {date}");
        }
    }

    #[test]
    fn days_follow_each_other_without_the_skipped_one() {
        let zone: TimeZone = "Pacific/Apia".parse().expect("a zone");
        let day = Day::at(&zone, at("2011-12-30T10:00:00Z"));
        assert_eq!(day.start, at("2011-12-30T10:00:00Z"));
        assert_eq!(day.previous().start, at("2011-12-29T10:00:00Z"));
        assert_eq!(Day::at(&zone, at("2011-12-30T09:59:59Z")).next().start, at("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn a_date_that_has_begun_does_not_begin_again() {
        let zone: TimeZone = "America/St_Johns".parse().expect("a zone");
        for time in ["2010-11-07T02:30:00Z", "2010-11-07T02:31:00Z", "2010-11-07T03:31:00Z"] {
            assert_eq!(Day::at(&zone, at(time)).start, at("2010-11-07T02:30:00Z"), "{time}");
        }
    }

    #[test]
    fn weekdays_begin_with_sunday() {
        let of = |text: &str| weekday(number(text.parse().expect("a date")));
        assert_eq!(["1969-12-31", "1970-01-01", "2027-01-31", "2028-02-29"].map(of), [3, 4, 0, 2]);
    }
}
