//! What a meeting and an appointment have in common: from documented fields to values.

use chrono::{DateTime, Utc};
use convene::{
    domain::{Attendee, EmailAddress, TimeSpan},
    edge::{FieldErrors, Object},
};

use crate::{
    error::Failure,
    wire::{AttendeeRequest, ErrorCode, Flag, MAX_ATTENDEES, MeetingRequest},
};

/// A meeting's or an appointment's fields, except its id.
pub struct Content {
    pub organizer: EmailAddress,
    /// In the order of the request. An address can be there twice.
    pub attendees: Vec<Attendee>,
    pub body: String,
    pub subject: String,
    pub location: String,
    pub start: DateTime<Utc>,
    /// Not checked yet to be after `start`.
    pub end: DateTime<Utc>,
}

impl Content {
    pub fn span(&self) -> Result<TimeSpan, Failure> {
        span(self.start, self.end)
    }
}

/// The time from `startTime` to `endTime`.
pub fn span(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<TimeSpan, Failure> {
    let refused = |_| Failure::new(ErrorCode::ErrorInvalidTimeInterval, "endTime must be after startTime.");
    TimeSpan::new(start, end).map_err(refused)
}

/// Reads all fields but the id. All are required. `within`: the part of the fields' names before their own.
pub fn content(errors: &mut FieldErrors, within: &str, wire: MeetingRequest) -> Option<Content> {
    let name = |field: &str| format!("{within}{field}");
    let organizer = errors.address(&name("organizerEmail"), wire.organizer_email);
    let listed = errors.required(&name("attendees"), wire.attendees);
    let attendees = listed.map(|list| attendees(errors, &name("attendees"), list));
    let body = errors.required(&name("body"), wire.body);
    let subject = errors.required(&name("subject"), wire.subject);
    let location = errors.required(&name("location"), wire.location);
    let start = errors.required_time(&name("startTime"), wire.start_time);
    let end = errors.required_time(&name("endTime"), wire.end_time);
    Some(Content {
        organizer: organizer?,
        attendees: attendees?,
        body: body?,
        subject: subject?,
        location: location?,
        start: start?,
        end: end?,
    })
}

/// Reads a list of attendees.
pub fn attendees(errors: &mut FieldErrors, name: &str, entries: Vec<Object<AttendeeRequest>>) -> Vec<Attendee> {
    errors.each(name, entries, MAX_ATTENDEES, |errors, name, Object(entry)| {
        let address = errors.address(&format!("{name}.email"), entry.email);
        let name = format!("{name}.isRequired");
        let flag = errors.required(&name, entry.is_required);
        let required = flag.and_then(|flag| is_required(errors, &name, &flag));
        Some(Attendee { address: address?, required: required? })
    })
}

fn is_required(errors: &mut FieldErrors, name: &str, flag: &Flag) -> Option<bool> {
    match flag {
        Flag::Boolean(value) => Some(*value),
        Flag::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Flag::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        Flag::Text(_) => {
            errors.add(name, "must be true or false");
            None
        }
    }
}
