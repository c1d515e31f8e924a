//! Instants and spans, always in UTC and whole seconds, as the documents print them.

use chrono::{DateTime, Datelike, Duration, SecondsFormat, Utc};

/// Years that a calendar can show: Outlook's own range ends in 4500.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=4500;

/// The text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a date and time like 2020-10-16T10:00:00Z between the years 1900 and 4500")]
pub struct InvalidTime;

/// Reads an RFC 3339 date and time with a zone. Fractions of a second are dropped (Salesforce sends `.000Z`).
pub fn parse_utc(text: &str) -> Result<DateTime<Utc>, InvalidTime> {
    let read = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| InvalidTime)?;
    let time = DateTime::from_timestamp(read.timestamp(), 0).ok_or(InvalidTime)?;
    if YEARS.contains(&time.year()) { Ok(time) } else { Err(InvalidTime) }
}

/// Writes an instant as the documents do: `YYYY-MM-DDThh:mm:ssZ`.
pub fn format_utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A span of time whose end is after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpan {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// The end is not after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the end must be after the start")]
pub struct InvalidTimeSpan;

impl TimeSpan {
    /// The span from `start` to `end`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, InvalidTimeSpan> {
        if start < end { Ok(Self { start, end }) } else { Err(InvalidTimeSpan) }
    }

    /// When it begins.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// When it ends; the end itself is not part of it.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        self.end - self.start
    }

    /// The part of this span within `window`, if any.
    pub fn clip(&self, window: &Self) -> Option<Self> {
        Self::new(self.start.max(window.start), self.end.min(window.end)).ok()
    }

    /// This span, lasting at least until `end`.
    #[must_use]
    pub fn extended_to(&self, end: DateTime<Utc>) -> Self {
        Self { start: self.start, end: self.end.max(end) }
    }

    /// Consecutive pieces, none longer than `longest`, that together are this span.
    pub fn split(&self, longest: Duration) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let end = self.end.min(start + longest);
            pieces.push(Self { start, end });
            start = end;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_any_zone_and_written_in_utc() {
        for (text, utc) in [
            ("2020-10-16T10:00:00Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T10:00:00.000Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T12:00:00+02:00", "2020-10-16T10:00:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(format_utc(parse_utc(text).expect(text)), utc, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2020-10-16",
            "2020-10-16T10:00:00",
            "2020-13-16T10:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "now",
        ] {
            assert_eq!(parse_utc(text), Err(InvalidTime), "{text:?}");
        }
    }

    #[test]
    fn pieces_join_to_the_whole() {
        let at = |text| parse_utc(text).expect("a time");
        let year = TimeSpan::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:01Z")).expect("a span");
        let pieces = year.split(Duration::days(62));
        assert_eq!(pieces.len(), 6);
        assert_eq!(pieces[0].start(), year.start());
        assert_eq!(pieces[5].end(), year.end());
        assert!(pieces.windows(2).all(|pair| pair[0].end() == pair[1].start()));
    }
}
