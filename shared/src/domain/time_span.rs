//! Spans of time, in UTC and whole seconds.

use chrono::{DateTime, Duration, Utc};

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
    use crate::domain::parse_utc;

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
