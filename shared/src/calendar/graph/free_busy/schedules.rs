//! The JSON of `getSchedule`.

mod view;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{
        CalendarError,
        graph::{
            busy,
            events::time::{TimeIn, TimeOut},
            transport::errors::classify_schedule,
        },
    },
    domain::{BusyEntry, BusyStatus, EmailAddress, TimeSpan},
};
use view::Slots;

/// The shortest window that is sent: the shortest interval that Graph allows for the availability view.
const MIN_WINDOW: TimeDelta = TimeDelta::minutes(5);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduleOut<'a> {
    schedules: Vec<&'a str>,
    start_time: TimeOut,
    end_time: TimeOut,
    availability_view_interval: i64,
}

impl<'a> ScheduleOut<'a> {
    /// A window shorter than one interval is extended to one.
    pub(super) fn new(mailboxes: &[&'a EmailAddress], window: TimeSpan) -> Self {
        let window = at_least_an_interval(window);
        Self {
            schedules: mailboxes.iter().map(|mailbox| mailbox.as_written()).collect(),
            start_time: window.start().into(),
            end_time: window.end().into(),
            availability_view_interval: Slots::of(window).minutes(),
        }
    }
}

fn at_least_an_interval(window: TimeSpan) -> TimeSpan {
    window.extended_to(window.start() + MIN_WINDOW)
}

/// The result for one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// Its entries, of any status, not clipped to the window.
    Entries(Vec<BusyEntry>),
    /// It has more entries than one response may have.
    TooMany,
    Failed(CalendarError),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SchedulesIn {
    value: Vec<ScheduleIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScheduleIn {
    schedule_id: Option<String>,
    availability_view: Option<String>,
    schedule_items: Option<Vec<ItemIn>>,
    error: Option<ErrorIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ItemIn {
    status: Option<String>,
    start: Option<TimeIn>,
    end: Option<TimeIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorIn {
    response_code: Option<String>,
}

impl SchedulesIn {
    /// The results in the order of the question: by name if Graph repeats the name, else by index.
    pub(super) fn rows(&self, mailboxes: &[&EmailAddress], window: TimeSpan) -> Vec<Row> {
        let slots = Slots::of(at_least_an_interval(window));
        let by_name: HashMap<String, &ScheduleIn> = self
            .value
            .iter()
            .filter_map(|schedule| Some((schedule.schedule_id.as_ref()?.to_lowercase(), schedule)))
            .collect();
        // A row that names another mailbox of the question belongs to that one.
        let named = |row: &ScheduleIn| {
            let name = row.schedule_id.as_deref().unwrap_or_default().to_lowercase();
            mailboxes.iter().any(|mailbox| mailbox.folded() == name)
        };
        let by_index = |index: usize| {
            let row = self.value.get(index).filter(|_| self.value.len() == mailboxes.len());
            row.filter(|row| !named(row))
        };
        let row = |(index, mailbox): (usize, &&EmailAddress)| {
            let schedule = by_name.get(mailbox.folded()).copied().or_else(|| by_index(index));
            schedule.map_or_else(|| Row::Failed(classify_schedule("unanswered")), |schedule| schedule.row(slots))
        };
        mailboxes.iter().enumerate().map(row).collect()
    }
}

impl ScheduleIn {
    fn row(&self, slots: Slots) -> Row {
        if let Some(error) = &self.error {
            return match error.response_code.as_deref().unwrap_or_default() {
                "5006" => Row::TooMany,
                code => Row::Failed(classify_schedule(code)),
            };
        }
        if self.availability_view.is_none() && self.schedule_items.is_none() {
            return Row::Failed(classify_schedule("untold"));
        }
        let spans: Result<Vec<_>, _> = self.schedule_items.iter().flatten().map(ItemIn::span).collect();
        // An item that is skipped would count as free time.
        let Ok(spans) = spans else { return Row::Failed(classify_schedule("unreadable-time")) };
        let statuses = self.schedule_items.iter().flatten().map(ItemIn::status);
        let entries =
            spans.iter().zip(statuses).filter_map(|(span, status)| busy::entry((span.start, span.end), status));
        let mut entries: Vec<_> = entries.collect();
        let view = self.availability_view.as_deref().unwrap_or_default();
        entries.extend(slots.unlisted(view, spans.iter().map(|span| (span.start, span.end))));
        Row::Entries(entries)
    }
}

#[derive(Debug)]
struct UnreadableTime;

/// The exact time of an item. It may have no length.
struct ItemSpan {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl ItemIn {
    fn span(&self) -> Result<ItemSpan, UnreadableTime> {
        let instant = |time: Option<&TimeIn>| time.and_then(TimeIn::exact).ok_or(UnreadableTime);
        let (start, end) = (instant(self.start.as_ref())?, instant(self.end.as_ref())?);
        if end < start { Err(UnreadableTime) } else { Ok(ItemSpan { start, end }) }
    }

    fn status(&self) -> BusyStatus {
        busy::status(self.status.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
