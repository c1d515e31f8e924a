//! Time zones of the IANA database.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use jiff::{
    Timestamp,
    tz::{self, TimeZoneDatabase},
};

/// A time zone of the IANA database, links (`US/Samoa`, `Zulu`) included. Names are read without regard to case, and kept as the
/// database spells them: a link keeps its own name.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeZone(tz::TimeZone);

/// The IANA database does not have this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time zone of the IANA database, such as Europe/Berlin")]
pub struct UnknownTimeZone;

/// A span of time, in Unix seconds, in which the zone's distance from UTC does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetPeriod {
    pub start: i64,
    /// Exclusive.
    pub end: i64,
    /// Seconds to be added to UTC. The sum is the wall-clock time: seconds since 1970-01-01 0:00 on the wall clock.
    pub offset: i64,
}

impl TimeZone {
    /// The name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone's distance from UTC at an instant, to be added to UTC.
    pub fn offset_at(&self, at: DateTime<Utc>) -> TimeDelta {
        TimeDelta::seconds(self.0.to_offset(timestamp(at.timestamp())).seconds().into())
    }

    /// The span from `start` to `end` (Unix seconds), divided where the distance from UTC may change. In order and without gaps.
    pub fn offsets(&self, start: i64, end: i64) -> impl Iterator<Item = OffsetPeriod> {
        let first = timestamp(start);
        let mut transitions = self.0.following(first);
        let mut next = Some((start, self.0.to_offset(first)));
        std::iter::from_fn(move || {
            let (start, offset) = next.take().filter(|(start, _)| *start < end)?;
            let transition = transitions.next();
            next = transition.as_ref().map(|transition| (transition.timestamp().as_second(), transition.offset()));
            let end = next.map_or(end, |(next, _)| next.min(end));
            Some(OffsetPeriod { start, end, offset: offset.seconds().into() })
        })
    }
}

/// The years of the database's arithmetic are limited: before and after these the distance from UTC stays the same.
fn timestamp(seconds: i64) -> Timestamp {
    let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(limit)
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, UnknownTimeZone> {
        // Only the database in the binary: a machine's own could be of another version.
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownTimeZone)?;
        // `Etc/Unknown` is a name of CLDR, and not in the database.
        if zone.is_unknown() { Err(UnknownTimeZone) } else { Ok(Self(zone)) }
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn offsets(zone: &str, start: &str, end: &str) -> Vec<(i64, i64)> {
        let at = |text| parse_utc(text).expect("a time").timestamp();
        let zone: TimeZone = zone.parse().expect("a zone");
        let periods: Vec<_> = zone.offsets(at(start), at(end)).collect();
        assert_eq!(periods[0].start, at(start));
        assert!(periods.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(periods.last().map(|period| period.end), Some(at(end)));
        periods.iter().map(|period| ((period.end - period.start) / 60, period.offset / 60)).collect()
    }

    #[test]
    fn names_and_links_are_zones() {
        for name in [
            "Europe/Berlin",
            "UTC",
            "Zulu",
            "Universal",
            "W-SU",
            "US/Samoa",
            "Asia/Katmandu",
            "Asia/Kathmandu",
            "GMT+0",
            "Etc/GMT-14",
            "America/Argentina/ComodRivadavia",
            "America/Port-au-Prince",
            "EST5EDT",
            "Antarctica/Troll",
        ] {
            let zone: TimeZone = name.parse().expect(name);
            assert_eq!(zone.name(), name);
            assert_eq!(name.to_lowercase().parse(), Ok(zone));
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in
            ["", " ", "Berlin", "Europe/Berlin ", "Etc/Unknown", "+02:00", "EST5EDT4,M3.2.0", "W. Europe Standard Time"]
        {
            assert_eq!(name.parse::<TimeZone>(), Err(UnknownTimeZone), "{name:?}");
        }
    }

    #[test]
    fn links_have_the_offsets_of_their_zone() {
        let (start, end) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        for (link, zone) in [("US/Samoa", "Pacific/Pago_Pago"), ("W-SU", "Europe/Moscow"), ("Zulu", "UTC")] {
            assert_eq!(offsets(link, start, end), offsets(zone, start, end));
        }
    }

    #[test]
    fn the_offset_changes_in_the_second_of_a_transition() {
        let winter_to_summer = offsets("America/New_York", "2027-03-14T06:00:00Z", "2027-03-14T08:00:00Z");
        assert_eq!(winter_to_summer, [(60, -300), (60, -240)]);
        assert_eq!(offsets("America/New_York", "2027-03-14T07:00:00Z", "2027-03-14T08:00:00Z"), [(60, -240)]);
        let lord_howe = offsets("Australia/Lord_Howe", "2027-10-02T15:00:00Z", "2027-10-02T16:00:00Z");
        assert_eq!(lord_howe, [(30, 630), (30, 660)]);
        assert_eq!(offsets("Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z"), [(60, -600), (60, 840)]);
        // Beyond the transitions that the database lists.
        assert_eq!(offsets("Europe/Berlin", "2400-01-01T00:00:00Z", "2401-01-01T00:00:00Z").len(), 3);
    }

    #[test]
    fn a_span_beyond_the_years_of_the_database_has_one_offset() {
        let zone: TimeZone = "Europe/Berlin".parse().expect("a zone");
        for (start, end) in [(i64::MAX - 10, i64::MAX), (i64::MIN, i64::MIN + 10)] {
            let periods: Vec<_> = zone.offsets(start, end).collect();
            assert!(matches!(periods[..], [only] if (only.start, only.end) == (start, end)), "{periods:?}");
        }
    }
}
