//! What a meeting and an appointment have in common: from documented fields to values.

use chrono::{DateTime, Utc};
use convene::{
    domain::{Attendee, AttendeeAddress, EmailAddress, InvalidAddress, PlainText, SingleLine, TimeSpan},
    edge::{Field, FieldErrors, Object},
};

use crate::{
    error::Failure,
    wire::{AttendeeRequest, ErrorCode, Flag, MAX_ATTENDEES, MeetingRequest},
};

/// The entries of a list of attendees as they are sent.
pub type AttendeeEntries = Vec<Field<Object<AttendeeRequest>>>;

/// A meeting's or an appointment's fields, except its id.
pub struct Content<A> {
    pub organizer: EmailAddress,
    /// In the order of the request. An address can be there twice.
    pub attendees: Vec<A>,
    pub body: PlainText,
    pub subject: SingleLine,
    pub location: SingleLine,
    pub start: DateTime<Utc>,
    /// Not checked yet to be after `start`.
    pub end: DateTime<Utc>,
}

impl<A> Content<A> {
    pub fn span(&self) -> Result<TimeSpan, Failure> {
        span(self.start, self.end)
    }
}

/// The time from `startTime` to `endTime`.
pub fn span(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<TimeSpan, Failure> {
    let refused = |_| Failure::new(ErrorCode::ErrorInvalidTimeInterval, "endTime must be after startTime.");
    TimeSpan::new(start, end).map_err(refused)
}

/// Reads all fields but the id. All are required. `within`: the part of the fields' names before their own. `attendees` reads the
/// list of attendees, and gets its name.
pub fn content<A>(
    errors: &mut FieldErrors,
    within: &str,
    wire: MeetingRequest,
    attendees: impl FnOnce(&mut FieldErrors, &str, AttendeeEntries) -> Vec<A>,
) -> Option<Content<A>> {
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
        body: body?.into(),
        subject: subject?.into(),
        location: location?.into(),
        start: start?,
        end: end?,
    })
}

/// Reads the attendees of a new meeting.
pub fn new_attendees(errors: &mut FieldErrors, name: &str, entries: AttendeeEntries) -> Vec<Attendee> {
    attendees(errors, name, entries, |text| text.parse())
}

/// Reads the attendees of a change, which can be those that GET returned.
pub fn changed_attendees(errors: &mut FieldErrors, name: &str, entries: AttendeeEntries) -> Vec<Attendee> {
    attendees(errors, name, entries, |text| AttendeeAddress::from_calendar(&text))
}

fn attendees(
    errors: &mut FieldErrors,
    name: &str,
    entries: AttendeeEntries,
    parse: impl Fn(String) -> Result<AttendeeAddress, InvalidAddress>,
) -> Vec<Attendee> {
    errors.each(name, entries, MAX_ATTENDEES, |errors, name, entry| {
        let (address, required) = attendee(errors, name, entry, &parse)?;
        Some(Attendee { address, required })
    })
}

/// Reads an entry of a list of attendees: the address, and whether the attendee is required.
pub fn attendee<A>(
    errors: &mut FieldErrors,
    name: &str,
    entry: Field<Object<AttendeeRequest>>,
    parse: impl FnOnce(String) -> Result<A, InvalidAddress>,
) -> Option<(A, bool)> {
    let Object(entry) = errors.required(name, entry)?;
    let field = format!("{name}.email");
    let email = errors.required(&field, entry.email);
    let address = errors.parsed(&field, email, parse);
    let field = format!("{name}.isRequired");
    let flag = errors.required(&field, entry.is_required);
    let required = flag.and_then(|flag| is_required(errors, &field, &flag));
    Some((address?, required?))
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
