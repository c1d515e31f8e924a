//! Open hours.

use chrono::NaiveDate;
use convene::{
    domain::TimeZone,
    edge::{Field, FieldErrors, Object},
    slots::{InvalidRule, SpecificHours, TimeOfDay, WeeklyHours},
};

use super::read::entries;
use crate::wire::{List, OpenHoursRequest, SpecificTimeRequest, WholeNumber};

/// The most blocks of open hours of one list, and the most dates of one.
const MAX_BLOCKS: usize = 100;
const MAX_DATES: usize = 400;

/// Weekly open hours. An empty list is not set.
pub fn weekly(errors: &mut FieldErrors, name: &str, list: List<OpenHoursRequest>) -> Vec<WeeklyHours> {
    entries(errors, name, list, MAX_BLOCKS, |errors, name, Object(wire)| {
        let days = errors.required(&format!("{name}.days"), wire.days)?;
        let days = errors.each(&format!("{name}.days"), days, 7, |errors, name, day| {
            let WholeNumber(day) = errors.required(name, day)?;
            // What is no day of the week is refused below.
            Some(u8::try_from(day).unwrap_or(u8::MAX))
        });
        let (start, end) = times(errors, name, wire.start, wire.end)?;
        let zone = zone(errors, &format!("{name}.timezone"), wire.timezone);
        let mut exdates = Vec::new();
        for (field, list) in [("exdates", wire.exdates), ("ex_dates", wire.ex_dates)] {
            exdates.extend(entries(
                errors,
                &format!("{name}.{field}"),
                list,
                MAX_DATES,
                |errors, name, text: String| date(errors, name, &text),
            ));
        }
        valid(errors, name, WeeklyHours::new(days, start, end, zone, &exdates))
    })
}

/// Hours of single dates. An empty list is not set.
pub fn specific(errors: &mut FieldErrors, name: &str, list: List<SpecificTimeRequest>) -> Vec<SpecificHours> {
    entries(errors, name, list, MAX_DATES, |errors, name, Object(wire)| {
        let field = format!("{name}.date");
        let day = errors.required(&field, wire.date).and_then(|text| date(errors, &field, &text));
        let (start, end) = times(errors, name, wire.start, wire.end)?;
        let zone = zone(errors, &format!("{name}.timezone"), wire.timezone);
        valid(errors, name, SpecificHours::new(day?, start, end, zone))
    })
}

/// An IANA time zone that is set. An empty text is not.
pub fn zone(errors: &mut FieldErrors, name: &str, field: Field<String>) -> Option<TimeZone> {
    let text = errors.optional(name, field).filter(|text| !text.trim().is_empty());
    errors.parsed(name, text, |text| text.trim().parse())
}

fn times(
    errors: &mut FieldErrors,
    name: &str,
    start: Field<String>,
    end: Field<String>,
) -> Option<(TimeOfDay, TimeOfDay)> {
    let mut time = |field, value| {
        let name = format!("{name}.{field}");
        let text = errors.required(&name, value);
        errors.parsed(&name, text, |text| text.trim().parse())
    };
    let (start, end) = (time("start", start), time("end", end));
    start.zip(end)
}

fn date(errors: &mut FieldErrors, name: &str, text: &str) -> Option<NaiveDate> {
    let date = text.trim().parse().ok();
    if date.is_none() {
        errors.add(name, "must be a date such as 2027-01-31");
    }
    date
}

fn valid<T>(errors: &mut FieldErrors, name: &str, hours: Result<T, InvalidRule>) -> Option<T> {
    match hours {
        Ok(hours) => Some(hours),
        Err(error) => {
            errors.add(format!("{name}.{}", error.field), error.problem);
            None
        }
    }
}
