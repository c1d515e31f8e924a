//! When participants can be booked.

use convene::{
    domain::TimeZone,
    edge::{Field, FieldErrors, Object},
    scheduling::bookings::Participant,
    slots::{Horizon, HoursSettings, Method, OpenHours, Rules, Timing},
};

use super::{hours, participants::Person, read::number};
use crate::wire::{AvailabilityRequest, BufferRequest, WholeNumber};

const DEFAULT_ROUND_TO: u32 = 15;
const MAX_MINUTES: u32 = 24 * 60;

/// The rules of all participants.
pub struct Availability {
    duration: u32,
    interval: Option<u32>,
    round_to: u32,
    buffer_before: u32,
    buffer_after: u32,
    pub method: Method,
    /// Hours of participants who have none of their own.
    pub hours: HoursSettings,
    pub tentative_is_busy: Option<bool>,
}

pub fn read(errors: &mut FieldErrors, wire: AvailabilityRequest) -> Option<Availability> {
    if matches!(wire.duration_minutes, Field::Missing) {
        errors.add("availability.duration_minutes", "is required");
    }
    let duration = number(errors, "availability.duration_minutes", wire.duration_minutes, 1..=MAX_MINUTES);
    let interval = number(errors, "availability.interval_minutes", wire.interval_minutes, 1..=MAX_MINUTES);
    let round_to = in_steps(errors, "availability.round_to", wire.round_to, 5..=60).unwrap_or(DEFAULT_ROUND_TO);
    let rules = errors.optional("availability.availability_rules", wire.availability_rules);
    let rules = rules.map(|Object(rules)| rules).unwrap_or_default();
    let within = "availability.availability_rules";
    let own = method(errors, &format!("{within}.availability_method"), rules.availability_method);
    let beside = method(errors, "availability.availability_method", wire.availability_method);
    let buffers = match rules.buffer {
        Field::Missing => buffers(errors, "availability.buffer", wire.buffer),
        given => buffers(errors, &format!("{within}.buffer"), given),
    };
    let field = format!("{within}.default_specific_time_availability");
    let only = format!("{within}.only_specific_time_availability");
    let hours = HoursSettings {
        weekly: hours::weekly(errors, &format!("{within}.default_open_hours"), rules.default_open_hours),
        specific: hours::specific(errors, &field, rules.default_specific_time_availability),
        only_specific: errors.optional(&only, rules.only_specific_time_availability).unwrap_or(false),
    };
    let tentative_is_busy = errors.optional(&format!("{within}.tentative_as_busy"), rules.tentative_as_busy);
    Some(Availability {
        duration: duration?,
        interval,
        round_to,
        buffer_before: buffers.0,
        buffer_after: buffers.1,
        method: own.or(beside).unwrap_or(Method::Collective),
        hours,
        tentative_is_busy,
    })
}

fn method(errors: &mut FieldErrors, name: &str, field: Field<String>) -> Option<Method> {
    match errors.optional(name, field)?.as_str() {
        "" => None,
        "collective" => Some(Method::Collective),
        "max-fairness" => Some(Method::MaxFairness),
        "max-availability" => Some(Method::MaxAvailability),
        _ => {
            errors.add(name, "must be collective, max-fairness or max-availability");
            None
        }
    }
}

fn buffers(errors: &mut FieldErrors, name: &str, field: Field<Object<BufferRequest>>) -> (u32, u32) {
    let Some(Object(buffer)) = errors.optional(name, field) else { return (0, 0) };
    let mut side = |field, value| in_steps(errors, &format!("{name}.{field}"), value, 0..=120).unwrap_or(0);
    (side("before", buffer.before), side("after", buffer.after))
}

/// A number of minutes in steps of five.
fn in_steps(
    errors: &mut FieldErrors,
    name: &str,
    field: Field<WholeNumber>,
    limits: std::ops::RangeInclusive<u32>,
) -> Option<u32> {
    let minutes = number(errors, name, field, limits)?;
    if !minutes.is_multiple_of(5) {
        errors.add(name, "must be a multiple of 5");
    }
    Some(minutes)
}

/// How far ahead times are offered. The dates are those of the organizer's zone; with a round-robin, of the event's zone.
pub fn horizon(
    availability: &Availability,
    days: u32,
    participants: &[Participant],
    people: &[Person],
    event_zone: &TimeZone,
) -> Horizon {
    let organizer = participants.iter().position(|participant| participant.is_organizer);
    let organizer = organizer.filter(|_| availability.method == Method::Collective);
    let zone = organizer.and_then(|index| people.get(index)).map_or(event_zone, |person| &person.zone);
    Horizon { days, zone: zone.clone() }
}

/// The rules for the slot engine. `notice`: from now to the earliest start, in minutes.
pub fn rules(
    errors: &mut FieldErrors,
    availability: &Availability,
    notice: u32,
    horizon: Horizon,
    hours: Vec<OpenHours>,
) -> Option<Rules> {
    let Availability { duration, interval, round_to, buffer_before, buffer_after, method, .. } = *availability;
    let timing = Timing { duration, interval, round_to, buffer_before, buffer_after, notice };
    match Rules::new(timing, horizon, method, hours) {
        Ok(rules) => Some(rules),
        Err(error) => {
            errors.add("availability", error.to_string());
            None
        }
    }
}
