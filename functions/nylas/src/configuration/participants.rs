//! Who takes part.

use convene::{
    domain::{CalendarId, EmailAddress, TimeZone},
    edge::{Field, FieldErrors, Object},
    scheduling::bookings::{MAX_ROUND_ROBIN, Participant},
    slots::{HoursSettings, Method, OpenHours},
};

use super::{
    hours,
    read::{MAX_NAME, entries, text},
};
use crate::wire::{CalendarsRequest, List, ParticipantRequest};

/// The most calendars of one participant.
const MAX_CALENDARS: usize = 10;

/// A participant's name and zone.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address, if the configuration has no name.
    pub name: String,
    /// Of hours and texts.
    pub zone: TimeZone,
}

/// The participants who can be booked or must be free.
pub struct Participants {
    pub bookable: Vec<Participant>,
    pub people: Vec<Person>,
    pub hours: Vec<OpenHours>,
    /// Those of whom the configuration has an address alone.
    pub others: Vec<EmailAddress>,
}

enum Entry {
    TakesPart(Participant, Person, OpenHours),
    AddressAlone(EmailAddress),
}

/// `defaults`: the hours of participants who have none of their own. `zone`: of participants without one.
pub fn read(
    errors: &mut FieldErrors,
    list: Vec<Field<Object<ParticipantRequest>>>,
    (method, defaults): (Method, &HoursSettings),
    zone: &TimeZone,
) -> Option<Participants> {
    let is_round_robin = method != Method::Collective;
    if list.is_empty() {
        errors.add("participants", "must have an entry");
    }
    let before = errors.details().len();
    let read = entries(errors, "participants", Field::Given(list), MAX_ROUND_ROBIN, |errors, name, Object(wire)| {
        participant(errors, name, wire, defaults, (is_round_robin, zone))
    });
    if errors.details().len() > before {
        return None;
    }
    let mut all = Participants { bookable: Vec::new(), people: Vec::new(), hours: Vec::new(), others: Vec::new() };
    for entry in read {
        match entry {
            Entry::TakesPart(participant, person, hours) => {
                all.bookable.push(participant);
                all.people.push(person);
                all.hours.push(hours);
            }
            Entry::AddressAlone(address) => all.others.push(address),
        }
    }
    let has_calendars = |one: &Participant| one.default_calendar || !one.calendars.is_empty();
    if !all.bookable.iter().any(has_calendars) {
        errors.add("participants", "must have an entry with availability");
        return None;
    }
    Some(all)
}

fn participant(
    errors: &mut FieldErrors,
    name: &str,
    wire: ParticipantRequest,
    defaults: &HoursSettings,
    (is_round_robin, default_zone): (bool, &TimeZone),
) -> Option<Entry> {
    let address = errors.address(&format!("{name}.email"), wire.email);
    let display = text(errors, &format!("{name}.name"), wire.name, MAX_NAME);
    let is_organizer = errors.optional(&format!("{name}.is_organizer"), wire.is_organizer).unwrap_or(false);
    let zone = hours::zone(errors, &format!("{name}.timezone"), wire.timezone);
    let specific =
        hours::specific(errors, &format!("{name}.specific_time_availability"), wire.specific_time_availability);
    let field = format!("{name}.only_specific_time_availability");
    let only_specific = errors.optional(&field, wire.only_specific_time_availability).unwrap_or(false);
    let calendars = errors.optional(&format!("{name}.availability"), wire.availability);
    let booking = errors.optional(&format!("{name}.booking"), wire.booking);
    let address = address?;
    let takes_part = booking.is_some();
    if let Some(Object(booking)) = booking {
        let field = format!("{name}.booking.calendar_id");
        let calendar = errors.optional(&field, booking.calendar_id).filter(|id| !id.is_empty());
        if calendar.is_some_and(|calendar| !is_default(&calendar, &address)) {
            errors.add(field, "must be primary or the mailbox's address: events are in the default calendar");
        }
    }
    let is_open_always = calendars.is_none();
    let (default_calendar, calendars, weekly) = match calendars {
        Some(Object(calendars)) => calendars_of(errors, name, calendars, &address),
        None => (false, Vec::new(), Vec::new()),
    };
    if is_open_always && !takes_part {
        return Some(Entry::AddressAlone(address));
    }
    let person = Person {
        name: display.unwrap_or_else(|| address.as_written().to_owned()),
        zone: zone.unwrap_or_else(|| default_zone.clone()),
    };
    let own = HoursSettings { weekly, specific, only_specific };
    let hours = if is_open_always && own == HoursSettings::default() {
        OpenHours::always(person.zone.clone())
    } else {
        own.resolve(defaults, &person.zone)
    };
    let is_organizer = is_organizer && !is_round_robin;
    let participant = Participant { address, takes_part, is_organizer, default_calendar, calendars };
    Some(Entry::TakesPart(participant, person, hours))
}

/// Whether the default calendar counts, the other calendars that do, and the open hours.
fn calendars_of(
    errors: &mut FieldErrors,
    name: &str,
    wire: CalendarsRequest,
    address: &EmailAddress,
) -> (bool, Vec<CalendarId>, Vec<convene::slots::WeeklyHours>) {
    let open_hours: List<_> = wire.open_hours;
    let weekly = hours::weekly(errors, &format!("{name}.availability.open_hours"), open_hours);
    let field = format!("{name}.availability.calendar_ids");
    let ids = entries(errors, &field, wire.calendar_ids, MAX_CALENDARS, |errors, name, id: String| {
        if is_default(&id, address) {
            return Some(None);
        }
        errors.parsed(name, Some(id), CalendarId::new).map(Some)
    });
    // Without any, the default calendar counts: availability is what makes a participant's busy time count.
    let default = ids.is_empty() || ids.contains(&None);
    let others: std::collections::BTreeSet<_> = ids.into_iter().flatten().collect();
    (default, others.into_iter().collect(), weekly)
}

fn is_default(calendar: &str, address: &EmailAddress) -> bool {
    calendar.eq_ignore_ascii_case("primary") || calendar.to_lowercase() == address.folded()
}
