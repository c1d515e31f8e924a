//! Instants and spans, in UTC and whole seconds.

use chrono::{DateTime, Datelike, Duration, SecondsFormat, Utc};

/// Outlook's range of years ends in 4500.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=4500;

/// The text is not a valid date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a date and time like 2020-10-16T10:00:00Z between the years 1900 and 4500")]
pub struct InvalidTime;

/// Parses an RFC 3339 date and time with a time zone. Fractions of a second are dropped, because some callers send `.000Z`.
pub fn parse_utc(text: &str) -> Result<DateTime<Utc>, InvalidTime> {
    let parsed = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| InvalidTime)?;
    let time = DateTime::from_timestamp(parsed.timestamp(), 0).ok_or(InvalidTime)?;
    if YEARS.contains(&time.year()) { Ok(time) } else { Err(InvalidTime) }
}

/// Formats an instant as `YYYY-MM-DDThh:mm:ssZ`.
pub fn format_utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A span of time. It includes its start and not its end, which is after the start.
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
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, InvalidTimeSpan> {
        if start < end { Ok(Self { start, end }) } else { Err(InvalidTimeSpan) }
    }

    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    pub fn duration(&self) -> Duration {
        self.end - self.start
    }

    /// The part of this span within `window`. `None`: they do not overlap.
    pub fn clip(&self, window: &Self) -> Option<Self> {
        Self::new(self.start.max(window.start), self.end.min(window.end)).ok()
    }

    /// This span, extended to `end` if that is later than its own end.
    #[must_use]
    pub fn extended_to(&self, end: DateTime<Utc>) -> Self {
        Self { start: self.start, end: self.end.max(end) }
    }

    /// Divides the span into consecutive pieces of at most `max`, which must be positive.
    pub fn split(&self, max: Duration) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let end = self.end.min(start + max);
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
    fn invalid_times_are_refused() {
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
    fn pieces_are_consecutive_and_cover_the_span() {
        let at = |text| parse_utc(text).expect("a time");
        let year = TimeSpan::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:01Z")).expect("a span");
        let pieces = year.split(Duration::days(62));
        assert_eq!(pieces.len(), 6);
        assert_eq!(pieces[0].start(), year.start());
        assert_eq!(pieces[5].end(), year.end());
        assert!(pieces.windows(2).all(|pair| pair[0].end() == pair[1].start()));
    }
}
