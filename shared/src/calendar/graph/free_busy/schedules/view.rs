//! The availability view of a schedule: a digit for each interval of the window. For a calendar whose owner shares no more, it is
//! all that Graph sends, and must not be ignored: the time would count as free.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{BusyEntry, BusyStatus, TimeSpan};

/// Possible intervals, in minutes. The shortest one is used with which the view has at most `MAX_DIGITS` digits.
const INTERVALS: [i64; 5] = [5, 10, 15, 30, 60];
const MAX_DIGITS: i64 = 1500;

/// The intervals of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slots {
    window: TimeSpan,
    minutes: i64,
}

impl Slots {
    /// The window must be at least as long as the shortest interval.
    pub(super) fn of(window: TimeSpan) -> Self {
        let fits = |minutes: &i64| window.duration().num_minutes() <= MAX_DIGITS * minutes;
        let longest = INTERVALS[INTERVALS.len() - 1];
        Self { window, minutes: INTERVALS.into_iter().find(fits).unwrap_or(longest) }
    }

    /// The length of an interval, in minutes.
    pub(super) fn minutes(self) -> i64 {
        self.minutes
    }

    /// Entries of the view that no item lists: intervals that are not free and that no item of any status touches. Where an item
    /// touches an interval, the item is more exact.
    pub(super) fn unlisted(
        self,
        view: &str,
        items: impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
    ) -> Vec<BusyEntry> {
        let statuses: Vec<Option<BusyStatus>> = view.chars().map(status).collect();
        if statuses.iter().all(Option::is_none) {
            return Vec::new();
        }
        let mut listed = vec![false; statuses.len()];
        // Graph may send items that ended before the window.
        for (start, end) in items.filter(|(_, end)| *end >= self.window.start()) {
            let (first, after) = (self.index_of(start), self.index_after(end).max(self.index_of(start) + 1));
            if let Some(covered) = listed.get_mut(first..after.min(statuses.len())) {
                covered.fill(true);
            }
        }
        let mut entries: Vec<BusyEntry> = Vec::new();
        for (index, status) in statuses.into_iter().enumerate() {
            let (Some(status), false) = (status, listed[index]) else { continue };
            let Some(span) = self.span(index) else { break };
            match entries.last_mut() {
                Some(last) if last.status == status && last.span.end() == span.start() => {
                    last.span = last.span.extended_to(span.end());
                }
                _ => entries.push(BusyEntry { span, status }),
            }
        }
        entries
    }

    /// The interval that contains an instant, or the first one if the instant is before the window.
    fn index_of(self, time: DateTime<Utc>) -> usize {
        usize::try_from((time - self.window.start()).num_seconds().max(0) / (self.minutes * 60)).unwrap_or(usize::MAX)
    }

    /// The first interval that starts at or after an instant.
    fn index_after(self, time: DateTime<Utc>) -> usize {
        let length = self.minutes * 60;
        let seconds = ((time - self.window.start()).num_milliseconds().max(0) + 999) / 1000;
        usize::try_from((seconds + length - 1) / length).unwrap_or(usize::MAX)
    }

    /// The time of an interval. `None`: it is after the window.
    fn span(self, index: usize) -> Option<TimeSpan> {
        let length = TimeDelta::minutes(self.minutes);
        let start = self.window.start() + length * i32::try_from(index).ok()?;
        TimeSpan::new(start, start + length).ok()?.clip(&self.window)
    }
}

/// The status of a digit. `None`: the person can be booked.
fn status(digit: char) -> Option<BusyStatus> {
    match digit {
        // Free, or working elsewhere.
        '0' | '4' => None,
        '1' => Some(BusyStatus::Tentative),
        '2' => Some(BusyStatus::Busy),
        '3' => Some(BusyStatus::OutOfOffice),
        _ => Some(BusyStatus::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn time(hour: i64, minute: i64) -> DateTime<Utc> {
        parse_utc("2026-01-01T00:00:00Z").expect("a time") + TimeDelta::minutes(hour * 60 + minute)
    }

    fn span(from: (i64, i64), to: (i64, i64)) -> TimeSpan {
        TimeSpan::new(time(from.0, from.1), time(to.0, to.1)).expect("a span")
    }

    #[test]
    fn the_interval_grows_with_the_window() {
        for (days, minutes) in [(1, 5), (5, 5), (6, 10), (14, 15), (31, 30), (61, 60)] {
            let window = TimeSpan::new(time(0, 0), time(24 * days, 0)).expect("a span");
            assert_eq!(Slots::of(window).minutes(), minutes, "{days} days");
        }
    }

    #[test]
    fn intervals_without_items_come_from_the_view() {
        let slots = Slots::of(span((9, 0), (9, 30)));
        let entry = |from, to, status| BusyEntry { span: span((9, from), (9, to)), status };
        assert_eq!(slots.unlisted("000400", std::iter::empty()), []);
        assert_eq!(slots.unlisted("", std::iter::empty()), []);
        let all = slots.unlisted("0122?3", std::iter::empty());
        assert_eq!(
            all,
            [
                entry(5, 10, BusyStatus::Tentative),
                entry(10, 20, BusyStatus::Busy),
                entry(20, 25, BusyStatus::Unknown),
                entry(25, 30, BusyStatus::OutOfOffice),
            ]
        );
        // An item covers every interval that it touches, even without length.
        let items = [(time(8, 0), time(9, 6)), (time(9, 12), time(9, 12)), (time(9, 25), time(10, 0))];
        assert_eq!(slots.unlisted("222222", items.into_iter()), [entry(15, 25, BusyStatus::Busy)]);
        // The view has more digits than the window has intervals.
        assert_eq!(slots.unlisted("0000022222", std::iter::empty()), [entry(25, 30, BusyStatus::Busy)]);
    }
}
