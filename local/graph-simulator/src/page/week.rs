//! A week and where its events stand in it.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};

use crate::clock::Instant;
use crate::model::Event;

/// A week from Monday to Sunday, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Week {
    monday: NaiveDate,
}

/// A timed event's place in one day.
pub(super) struct Block {
    pub(super) event: Arc<Event>,
    /// Minutes of the day.
    pub(super) from: i64,
    pub(super) to: i64,
    /// Which of how many columns, where events overlap.
    pub(super) lane: usize,
    pub(super) lanes: usize,
}

/// An all-day event's place in the week: days from 0, the last one exclusive.
pub(super) struct Bar {
    pub(super) event: Arc<Event>,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// A block is drawn at least this long, so that its subject can be read.
const SHORTEST: i64 = 28;
const DAY: i64 = 24 * 60;

impl Week {
    /// The week of a date, if it is a date that calendars hold.
    pub(super) fn containing(date: NaiveDate) -> Option<Self> {
        if !(1900..=2200).contains(&date.year()) {
            return None;
        }
        let back = u64::from(date.weekday().num_days_from_monday());
        Some(Self { monday: date.checked_sub_days(Days::new(back))? })
    }

    pub(super) fn of(instant: Instant) -> Self {
        Self::containing(instant.date_naive()).unwrap_or_else(Self::current)
    }

    pub(super) fn current() -> Self {
        let today = Utc::now().date_naive();
        Self::containing(today).unwrap_or(Self { monday: today })
    }

    pub(super) fn monday(self) -> NaiveDate {
        self.monday
    }

    pub(super) fn shifted(self, weeks: i64) -> Self {
        Self { monday: self.monday + TimeDelta::weeks(weeks) }
    }

    pub(super) fn start(self) -> Instant {
        midnight(self.monday)
    }

    pub(super) fn end(self) -> Instant {
        self.start() + TimeDelta::days(7)
    }

    pub(super) fn day(self, index: i64) -> NaiveDate {
        self.monday + TimeDelta::days(index)
    }

    /// Whether an event has a place in it. Days are the same days wherever the mailbox is: by UTC they may be over already,
    /// or not have begun.
    pub(super) fn shows(self, event: &Event) -> bool {
        match event.days {
            Some(days) => days.first < self.day(7) && days.end > self.monday,
            None => event.overlaps(self.start(), self.end()),
        }
    }

    /// Like `16 – 22 March 2026`.
    pub(super) fn title(self) -> String {
        let (first, last) = (self.monday, self.day(6));
        if first.month() == last.month() {
            format!("{} – {}", first.format("%-d"), last.format("%-d %B %Y"))
        } else if first.year() == last.year() {
            format!("{} – {}", first.format("%-d %B"), last.format("%-d %B %Y"))
        } else {
            format!("{} – {}", first.format("%-d %B %Y"), last.format("%-d %B %Y"))
        }
    }

    /// The timed events of one day, side by side where they overlap.
    pub(super) fn blocks(self, index: i64, events: &[Arc<Event>]) -> Vec<Block> {
        let start = midnight(self.day(index));
        let minutes = |at: DateTime<Utc>| (at - start).num_minutes().clamp(0, DAY);
        let mut blocks: Vec<Block> = events
            .iter()
            .filter(|event| !fills_days(event) && event.overlaps(start, start + TimeDelta::days(1)))
            .map(|event| {
                let from = minutes(event.start).min(DAY - SHORTEST);
                let to = minutes(event.end).max(from + SHORTEST);
                Block { event: event.clone(), from, to, lane: 0, lanes: 1 }
            })
            .collect();
        blocks.sort_by_key(|block| (block.from, -block.to));
        spread(&mut blocks);
        blocks
    }

    /// The events that fill whole days.
    pub(super) fn bars(self, events: &[Arc<Event>]) -> Vec<Bar> {
        let day = |at: Instant| (at - self.start()).num_days();
        let date = |date: NaiveDate| (date - self.monday).num_days();
        events
            .iter()
            .filter(|event| fills_days(event))
            .map(|event| {
                let (from, to) = match event.days {
                    Some(days) => (date(days.first), date(days.end)),
                    // An end at midnight does not reach into that day.
                    None => (day(event.start), day(event.end - TimeDelta::seconds(1)) + 1),
                };
                let from = from.clamp(0, 6);
                let to = to.clamp(from + 1, 7);
                Bar { event: event.clone(), from, to }
            })
            .collect()
    }
}

fn midnight(date: NaiveDate) -> Instant {
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn fills_days(event: &Event) -> bool {
    event.all_day || event.end - event.start >= TimeDelta::days(1)
}

/// Gives each block a lane; a run of blocks that overlap shares the width.
fn spread(blocks: &mut [Block]) {
    let mut first = 0;
    while first < blocks.len() {
        let mut lanes: Vec<i64> = Vec::new();
        let mut reach = blocks[first].to;
        let mut next = first;
        while next < blocks.len() && (next == first || blocks[next].from < reach) {
            let block = &mut blocks[next];
            reach = reach.max(block.to);
            let free = lanes.iter().position(|until| *until <= block.from);
            block.lane = free.unwrap_or(lanes.len());
            match free {
                Some(lane) => lanes[lane] = block.to,
                None => lanes.push(block.to),
            }
            next += 1;
        }
        for block in &mut blocks[first..next] {
            block.lanes = lanes.len();
        }
        first = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::blank;

    fn event(key: i64, start: &str, end: &str) -> Arc<Event> {
        let mut event = blank(key, Utc::now());
        let parse = |text: &str| crate::clock::parse(text).unwrap_or_default();
        (event.start, event.end) = (parse(start), parse(end));
        Arc::new(event)
    }

    #[test]
    fn overlapping_events_share_the_width() {
        let week = Week::of(crate::clock::parse("2026-03-18").unwrap_or_default());
        assert_eq!(week.title(), "16 – 22 March 2026");
        let events = [
            event(1, "2026-03-16T09:00:00", "2026-03-16T11:00:00"),
            event(2, "2026-03-16T09:30:00", "2026-03-16T10:00:00"),
            event(3, "2026-03-16T10:00:00", "2026-03-16T11:00:00"),
            event(4, "2026-03-16T12:00:00", "2026-03-16T13:00:00"),
        ];
        let lanes: Vec<_> = week.blocks(0, &events).iter().map(|b| (b.event.key, b.lane, b.lanes)).collect();
        assert_eq!(lanes, [(1, 0, 2), (2, 1, 2), (3, 1, 2), (4, 0, 1)]);
    }

    #[test]
    fn a_night_is_drawn_on_both_days_and_a_long_stay_as_a_bar() {
        let week = Week::of(crate::clock::parse("2026-03-18").unwrap_or_default());
        let night = [event(1, "2026-03-16T22:00:00", "2026-03-17T02:00:00")];
        assert_eq!(week.blocks(0, &night).first().map(|b| (b.from, b.to)), Some((1320, 1440)));
        assert_eq!(week.blocks(1, &night).first().map(|b| (b.from, b.to)), Some((0, 120)));
        let stay = [event(1, "2026-03-14T00:00:00", "2026-03-18T00:00:00")];
        assert_eq!(week.bars(&stay).first().map(|b| (b.from, b.to)), Some((0, 2)));
    }
}
