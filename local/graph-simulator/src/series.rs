//! Series: one item that stands for many meetings.

use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::Instant;
use crate::error::GraphError;
use crate::model::Event;
use crate::zones;

/// How an event recurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// On which days of the week; `None`: counted in days.
    weekdays: Option<Vec<Weekday>>,
    /// Every how many days or weeks.
    interval: u32,
    end: End,
    /// Where its days are counted; where the event was made if it is not said.
    zone: Option<String>,
}

/// When a series ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Never,
    /// The last day on which it may take place.
    On(NaiveDate),
    After(u32),
}

const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sun),
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
];

impl Series {
    /// Reads a `patternedRecurrence`.
    pub(crate) fn read(value: &Value) -> Result<Self, GraphError> {
        let invalid = |what: &str| GraphError::property(format!("The recurrence {what}."));
        let (pattern, range) = (&value["pattern"], &value["range"]);
        let interval =
            pattern["interval"].as_u64().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
        let interval = interval.ok_or_else(|| invalid("needs an interval"))?;
        let weekdays = match pattern["type"].as_str() {
            Some("daily") => None,
            Some("weekly") => {
                let names = pattern["daysOfWeek"].as_array().filter(|names| !names.is_empty());
                let names = names.ok_or_else(|| invalid("needs daysOfWeek"))?.iter();
                let day = |name: &Value| {
                    DAYS.iter().find(|(known, _)| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(known)))
                };
                let days: Option<Vec<_>> = names.map(|name| day(name).map(|(_, day)| *day)).collect();
                Some(days.ok_or_else(|| invalid("has a day that is none of the week"))?)
            }
            Some(other) => return Err(GraphError::not_simulated(&format!("a recurrence of the type '{other}'"))),
            None => return Err(invalid("needs a pattern")),
        };
        let end = match range["type"].as_str() {
            Some("noEnd") => End::Never,
            Some("endDate") => {
                let day = range["endDate"].as_str().and_then(|text| text.parse().ok());
                End::On(day.ok_or_else(|| invalid("needs an endDate"))?)
            }
            Some("numbered") => {
                let count = range["numberOfOccurrences"].as_u64().and_then(|count| u32::try_from(count).ok());
                End::After(count.filter(|count| *count > 0).ok_or_else(|| invalid("needs numberOfOccurrences"))?)
            }
            _ => return Err(invalid("needs a range")),
        };
        let zone = range["recurrenceTimeZone"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        if let Some(name) = zone.as_deref().filter(|name| zones::find(name).is_none()) {
            return Err(crate::clock::unknown_zone(name));
        }
        Ok(Self { weekdays, interval, end, zone })
    }

    /// The same as Graph writes it.
    pub(crate) fn render(&self, event: &Event) -> Value {
        let mut pattern = json!({
            "type": if self.weekdays.is_some() { "weekly" } else { "daily" },
            "interval": self.interval, "month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first",
        });
        if let (Some(days), Some(fields)) = (&self.weekdays, pattern.as_object_mut()) {
            let names = DAYS.iter().filter(|(_, day)| days.contains(day)).map(|(name, _)| Value::from(*name));
            fields.insert("daysOfWeek".into(), names.collect());
        }
        let first = self.first_day(event);
        let mut range = Map::new();
        let (kind, last, count) = match self.end {
            End::Never => ("noEnd", None, 0),
            End::On(day) => ("endDate", Some(day), 0),
            End::After(count) => ("numbered", None, count),
        };
        range.insert("type".into(), kind.into());
        range.insert("startDate".into(), first.to_string().into());
        // The first day of all stands for none.
        range.insert("endDate".into(), last.map_or_else(|| "0001-01-01".to_owned(), |day| day.to_string()).into());
        range
            .insert("recurrenceTimeZone".into(), self.zone.clone().unwrap_or_else(|| event.zones.start.clone()).into());
        range.insert("numberOfOccurrences".into(), count.into());
        json!({ "pattern": pattern, "range": range })
    }

    fn zone(&self, event: &Event) -> chrono_tz::Tz {
        let name = self.zone.as_deref().unwrap_or(&event.zones.start);
        zones::find(name).unwrap_or(chrono_tz::Tz::UTC)
    }

    fn first_day(&self, event: &Event) -> NaiveDate {
        event.days.map_or_else(|| zones::local(self.zone(event), event.start).date(), |days| days.first)
    }

    /// The days on which it takes place, from its first one on.
    fn days(&self, first: NaiveDate) -> impl Iterator<Item = NaiveDate> + '_ {
        let week = |day: NaiveDate| day - Days::new(day.weekday().num_days_from_sunday().into());
        let takes_place = move |day: &NaiveDate| match &self.weekdays {
            None => (*day - first).num_days() % i64::from(self.interval) == 0,
            Some(days) => {
                let weeks = (week(*day) - week(first)).num_weeks();
                days.contains(&day.weekday()) && weeks % i64::from(self.interval) == 0
            }
        };
        let (last, most) = match self.end {
            End::Never => (NaiveDate::MAX, usize::MAX),
            End::On(day) => (day, usize::MAX),
            End::After(count) => (NaiveDate::MAX, usize::try_from(count).unwrap_or(usize::MAX)),
        };
        first.iter_days().take_while(move |day| *day <= last).filter(takes_place).take(most)
    }

    /// The meeting of one day.
    fn meeting(&self, master: &Event, day: NaiveDate) -> Event {
        let mut meeting = Event { series: None, occurrence: Some(day), ..master.clone() };
        let shift = day - self.first_day(master);
        let moved = |instant: Instant, zone: chrono_tz::Tz| zones::instant(zone, zones::local(zone, instant) + shift);
        let zone = self.zone(master);
        (meeting.start, meeting.end) = (moved(master.start, zone), moved(master.end, zone));
        meeting.days = master.days.map(|days| days.shifted(shift));
        meeting
    }
}

/// The meetings of an event that overlap a window: itself, or those of the series that it stands for.
pub(crate) fn overlapping(event: &Arc<Event>, start: Instant, end: Instant) -> Vec<Arc<Event>> {
    let Some(series) = &event.series else {
        return if event.overlaps(start, end) { vec![event.clone()] } else { Vec::new() };
    };
    let meetings = series.days(series.first_day(event)).map(|day| series.meeting(event, day));
    let meetings = meetings.take_while(|meeting| meeting.start < end);
    meetings.filter(|meeting| meeting.overlaps(start, end)).map(Arc::new).collect()
}

/// The meeting of a series on a day.
pub(crate) fn on(master: &Event, day: NaiveDate) -> Option<Event> {
    let series = master.series.as_ref()?;
    let takes_place = series.days(series.first_day(master)).take_while(|other| *other <= day).last() == Some(day);
    takes_place.then(|| series.meeting(master, day))
}
