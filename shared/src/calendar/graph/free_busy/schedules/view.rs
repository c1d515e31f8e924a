//! The view of a schedule: a digit for each interval of the window. It is all that Graph tells of a calendar whose owner
//! shares no more than that, and it must not be taken for free time.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    calendar::{BusyEntry, BusyStatus},
    domain::TimeSpan,
};

/// The intervals that are asked for, in minutes: the shortest by which the view is not longer than this many digits.
const INTERVALS: [i64; 5] = [5, 10, 15, 30, 60];
const MAX_DIGITS: i64 = 1500;

/// How a window is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slots {
    window: TimeSpan,
    minutes: i64,
}

impl Slots {
    /// How a window is divided. It lasts as long as the shortest interval, at least.
    pub(super) fn of(window: TimeSpan) -> Self {
        let fits = |minutes: &i64| window.duration().num_minutes() <= MAX_DIGITS * minutes;
        let longest = INTERVALS[INTERVALS.len() - 1];
        Self { window, minutes: INTERVALS.into_iter().find(fits).unwrap_or(longest) }
    }

    /// The length of an interval.
    pub(super) fn minutes(self) -> i64 {
        self.minutes
    }

    /// What the view tells and no item does: intervals that are not free and that no item touches, whatever its status. An
    /// interval is longer than most items, so that one which an item touches is told by that item, more exactly.
    pub(super) fn untold(
        self,
        view: &str,
        items: impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
    ) -> Vec<BusyEntry> {
        let statuses: Vec<Option<BusyStatus>> = view.chars().map(status).collect();
        if statuses.iter().all(Option::is_none) {
            return Vec::new();
        }
        let mut told = vec![false; statuses.len()];
        // What ended before the window is none of it, whatever Graph tells besides.
        for (start, end) in items.filter(|(_, end)| *end >= self.window.start()) {
            let (first, after) = (self.place(start), self.place_after(end).max(self.place(start) + 1));
            for told in told.iter_mut().take(after).skip(first) {
                *told = true;
            }
        }
        let mut entries: Vec<BusyEntry> = Vec::new();
        for (place, status) in statuses.into_iter().enumerate() {
            let (Some(status), false) = (status, told[place]) else { continue };
            let Some(span) = self.span(place) else { break };
            match entries.last_mut() {
                Some(last) if last.status == status && last.span.end() == span.start() => {
                    last.span = last.span.extended_to(span.end());
                }
                _ => entries.push(BusyEntry { span, status }),
            }
        }
        entries
    }

    /// The interval in which an instant is; the first for one before the window.
    fn place(self, time: DateTime<Utc>) -> usize {
        usize::try_from((time - self.window.start()).num_seconds().max(0) / (self.minutes * 60)).unwrap_or(usize::MAX)
    }

    /// The first interval that begins at an instant or after it.
    fn place_after(self, time: DateTime<Utc>) -> usize {
        let length = self.minutes * 60;
        let seconds = ((time - self.window.start()).num_milliseconds().max(0) + 999) / 1000;
        usize::try_from((seconds + length - 1) / length).unwrap_or(usize::MAX)
    }

    /// When an interval is. `None`: the view is longer than the window.
    fn span(self, place: usize) -> Option<TimeSpan> {
        let length = TimeDelta::minutes(self.minutes);
        let start = self.window.start() + length * i32::try_from(place).ok()?;
        TimeSpan::new(start, start + length).ok()?.clip(&self.window)
    }
}

/// What a digit means. `None`: the person can be booked.
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
    fn a_view_is_as_fine_as_it_may_be_long() {
        for (days, minutes) in [(1, 5), (5, 5), (6, 10), (14, 15), (31, 30), (61, 60)] {
            let window = TimeSpan::new(time(0, 0), time(24 * days, 0)).expect("a span");
            assert_eq!(Slots::of(window).minutes(), minutes, "{days} days");
        }
    }

    #[test]
    fn what_no_item_tells_is_told_by_the_view() {
        let slots = Slots::of(span((9, 0), (9, 30)));
        let entry = |from, to, status| BusyEntry { span: span((9, from), (9, to)), status };
        assert_eq!(slots.untold("000400", std::iter::empty()), []);
        assert_eq!(slots.untold("", std::iter::empty()), []);
        let all = slots.untold("0122?3", std::iter::empty());
        assert_eq!(
            all,
            [
                entry(5, 10, BusyStatus::Tentative),
                entry(10, 20, BusyStatus::Busy),
                entry(20, 25, BusyStatus::Unknown),
                entry(25, 30, BusyStatus::OutOfOffice),
            ]
        );
        // An item tells its own intervals, be it shorter than they are or without length.
        let items = [(time(8, 0), time(9, 6)), (time(9, 12), time(9, 12)), (time(9, 25), time(10, 0))];
        assert_eq!(slots.untold("222222", items.into_iter()), [entry(15, 25, BusyStatus::Busy)]);
        // More digits than the window has intervals.
        assert_eq!(slots.untold("0000022222", std::iter::empty()), [entry(25, 30, BusyStatus::Busy)]);
    }
}
