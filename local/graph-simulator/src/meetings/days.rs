//! When an event takes place: between two instants, or on days that are taken whole wherever its mailbox is.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::clock::{Instant, Sent};
use crate::draft::Draft;
use crate::error::GraphError;
use crate::model::{Dates, Event};
use crate::zones;

/// The times of an event that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    start: Instant,
    end: Instant,
    days: Option<Dates>,
}

impl Times {
    /// Of a new event in a mailbox of this zone.
    pub(crate) fn of_new(start: &Sent, end: &Sent, all_day: bool, zone: Tz) -> Result<Self, GraphError> {
        if all_day {
            return Self::of_days(day("Start", start)?, day("End", end)?, zone);
        }
        Self::between(start.instant, end.instant)
    }

    /// Of a changed one.
    pub(crate) fn of_changed(old: &Event, draft: &Draft, zone: Tz) -> Result<Self, GraphError> {
        if !draft.all_day.unwrap_or(old.all_day) {
            let instant = |sent: &Option<Sent>, was: Instant| sent.as_ref().map_or(was, |sent| sent.instant);
            return Self::between(instant(&draft.start, old.start), instant(&draft.end, old.end));
        }
        let kept = |name: &str, was: Instant, day_was: Option<NaiveDate>, zone_name: &str| {
            let zone = zones::find(zone_name).unwrap_or(Tz::UTC);
            let sent = || Sent { instant: was, local: zones::local(zone, was), zone: zone_name.to_owned() };
            day_was.map_or_else(|| day(name, &sent()), Ok)
        };
        let start = match &draft.start {
            Some(start) => day("Start", start)?,
            None => kept("Start", old.start, old.days.map(|days| days.first), &old.zones.start)?,
        };
        let end = match &draft.end {
            Some(end) => day("End", end)?,
            None => kept("End", old.end, old.days.map(|days| days.end), &old.zones.end)?,
        };
        Self::of_days(start, end, zone)
    }

    fn between(start: Instant, end: Instant) -> Result<Self, GraphError> {
        if end < start {
            return Err(GraphError::property(
                "At least one property failed validation: the end of an event is not before its start.",
            ));
        }
        Ok(Self { start, end, days: None })
    }

    pub(crate) fn of_days(first: NaiveDate, end: NaiveDate, zone: Tz) -> Result<Self, GraphError> {
        if end <= first {
            return Err(GraphError::property("The duration of an all-day event is at least 24 hours."));
        }
        let days = Dates { first, end };
        Ok(Self { start: zones::beginning(zone, first), end: zones::beginning(zone, end), days: Some(days) })
    }

    pub(crate) fn set(self, event: &mut Event) {
        (event.start, event.end, event.days) = (self.start, self.end, self.days);
        event.all_day = self.days.is_some();
    }
}

/// The day of a time, which has to be midnight where it was sent from.
fn day(name: &str, sent: &Sent) -> Result<NaiveDate, GraphError> {
    if sent.local.time() == NaiveTime::MIN {
        return Ok(sent.local.date());
    }
    Err(GraphError::property(format!("The Event.{name} property for an all-day event needs to be set to midnight.")))
}

/// Puts an event into a mailbox of another zone. Days stay the same days.
pub(crate) fn in_zone(event: &mut Event, zone: Tz) {
    if let Some(days) = event.days {
        (event.start, event.end) = (zones::beginning(zone, days.first), zones::beginning(zone, days.end));
    }
}
