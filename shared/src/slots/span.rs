//! Sorted lists of spans that neither overlap nor touch.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::TimeSpan;

/// A span in Unix seconds: its start, and its end, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub start: i64,
    pub end: i64,
}

impl Span {
    /// The whole seconds within a span.
    pub fn within(span: &TimeSpan) -> Self {
        Self { start: ceil(span.start()), end: span.end().timestamp() }
    }

    /// The whole seconds that a span touches.
    pub fn around(span: &TimeSpan) -> Self {
        Self { start: span.start().timestamp(), end: ceil(span.end()) }
    }

    /// The part within `limits`. It can be empty, with an end that is not after its start.
    pub fn clip(self, limits: Self) -> Self {
        Self { start: self.start.max(limits.start), end: self.end.min(limits.end) }
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// `None`: the span is empty, or not within the years that a calendar has.
    pub fn to_time_span(self) -> Option<TimeSpan> {
        TimeSpan::new(DateTime::from_timestamp(self.start, 0)?, DateTime::from_timestamp(self.end, 0)?).ok()
    }
}

/// The first whole second that is not before an instant.
pub(super) fn ceil(instant: DateTime<Utc>) -> i64 {
    instant.timestamp() + i64::from(instant - TimeDelta::seconds(instant.timestamp()) > DateTime::UNIX_EPOCH)
}

/// Sorts spans; overlapping and touching ones become one.
pub(super) fn join(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let joins = next.start <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
}

/// A sorted list, asked about spans in order of their starts, all of one length. A question costs amortized constant time.
pub(super) struct Cursor<'a, S> {
    rest: &'a [S],
}

impl<'a, S: AsRef<Span>> Cursor<'a, S> {
    pub fn new(sorted: &'a [S]) -> Self {
        Self { rest: sorted }
    }

    /// Whether a span of the list contains `asked`.
    pub fn contains(&mut self, asked: Span) -> bool {
        self.skip(|span| span.end < asked.end).is_some_and(|span| span.start <= asked.start)
    }

    /// Whether a span of the list overlaps `asked`.
    pub fn overlaps(&mut self, asked: Span) -> bool {
        self.skip(|span| span.end <= asked.start).is_some_and(|span| span.start < asked.end)
    }

    fn skip(&mut self, is_over: impl Fn(&Span) -> bool) -> Option<&'a Span> {
        while let Some((first, rest)) = self.rest.split_first() {
            let first = first.as_ref();
            if !is_over(first) {
                return Some(first);
            }
            self.rest = rest;
        }
        None
    }
}

impl AsRef<Span> for Span {
    fn as_ref(&self) -> &Span {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(spans: &[(i64, i64)]) -> Vec<Span> {
        spans.iter().map(|&(start, end)| Span { start, end }).collect()
    }

    #[test]
    fn overlapping_and_touching_spans_become_one() {
        let mut list = spans(&[(5, 7), (0, 2), (2, 3), (10, 20), (12, 13), (18, 21)]);
        join(&mut list);
        assert_eq!(list, spans(&[(0, 3), (5, 7), (10, 21)]));
    }

    #[test]
    fn a_span_that_only_touches_does_not_overlap() {
        let list = spans(&[(0, 3), (5, 7)]);
        let of_two = |start| Span { start, end: start + 2 };
        let mut cursor = Cursor::new(&list);
        let overlaps = [1, 2, 3, 4, 5, 6, 7].map(|start| cursor.overlaps(of_two(start)));
        assert_eq!(overlaps, [true, true, false, true, true, true, false]);
        let mut cursor = Cursor::new(&list);
        let contains = [0, 1, 2, 3, 5, 6, 7].map(|start| cursor.contains(of_two(start)));
        assert_eq!(contains, [true, true, false, false, true, false, false]);
    }

    #[test]
    fn parts_of_a_second_make_a_window_narrower_and_busy_time_wider() {
        let at = |millis| DateTime::from_timestamp_millis(millis).expect("an instant");
        let span = TimeSpan::new(at(1_500), at(4_500)).expect("a span");
        assert_eq!((Span::within(&span), Span::around(&span)), (Span { start: 2, end: 4 }, Span { start: 1, end: 5 }));
        assert_eq!((ceil(at(-1_500)), ceil(at(-1_000)), ceil(at(1_000))), (-1, -1, 1));
    }
}
