//! From documented fields to values that cannot be bad, collecting every fault on the way.

use chrono::{DateTime, Utc};
use convene::{
    Problem,
    domain::{Attendee, EmailAddress, ExternalId, TimeSpan, parse_utc},
    edge::Object,
    problem::{Detail, Kind},
};

use crate::wire::{AttendeeRequest, Field, Flag, MeetingRequest};

/// The most attendees a meeting may have, and an appointment just as well. Source: Microsoft Graph.
pub const MOST_ATTENDEES: usize = 500;

/// What a meeting and an appointment say, and for whom.
pub struct Content {
    /// Whose it is.
    pub organizer: EmailAddress,
    /// Who else has to do with it, as they were listed: an address may be there twice.
    pub attendees: Vec<Attendee>,
    /// The description.
    pub body: String,
    /// The subject line.
    pub subject: String,
    /// The place.
    pub location: String,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end, which may not be after the start.
    pub end: DateTime<Utc>,
}

impl Content {
    /// When it is.
    pub fn span(&self) -> Result<TimeSpan, Problem> {
        span(self.start, self.end)
    }
}

/// The time from one instant to another.
pub fn span(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<TimeSpan, Problem> {
    TimeSpan::new(start, end).map_err(|_| Problem::new(Kind::InvalidTimeInterval, "endTime must be after startTime."))
}

/// The faults of one request.
#[derive(Debug, Default)]
pub struct Faults(Vec<Detail>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Detail { field: field.into(), message: message.into() });
    }

    /// The values of a request in which nothing is wrong, or a problem naming every fault. `values` has none where one
    /// could not be read, which is a fault that was noted.
    pub fn finish<T>(self, values: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        if !self.0.is_empty() {
            return Err(Problem::invalid_fields(self.0));
        }
        values().ok_or_else(|| Problem::internal("a missing value was no fault"))
    }

    /// The value of a field that must be there.
    pub fn required<T>(&mut self, name: &str, field: Field<T>) -> Option<T> {
        if matches!(field, Field::Missing) {
            self.add(name, "is required");
        }
        self.optional(name, field)
    }

    /// The value of a field that may be missing.
    pub fn optional<T>(&mut self, name: &str, field: Field<T>) -> Option<T> {
        let fault = match field {
            Field::Given(value) => return Some(value),
            Field::Missing => return None,
            Field::Malformed => "is not of the documented type",
            Field::Repeated => "must not be repeated in the query string",
            Field::Contradictory => "must be the same in the query string and in the body",
        };
        self.add(name, fault);
        None
    }

    /// A value parsed from text.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        text: Option<String>,
        parse: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(name, error.to_string());
                None
            }
        }
    }

    /// The id of a meeting or an appointment.
    pub fn id(&mut self, name: &str, field: Field<String>) -> Option<ExternalId> {
        let text = self.required(name, field);
        self.parsed(name, text, ExternalId::new)
    }

    /// A mail address that must be there.
    pub fn address(&mut self, name: &str, field: Field<String>) -> Option<EmailAddress> {
        let text = self.required(name, field);
        self.parsed(name, text, |text| text.parse())
    }

    /// An instant, if it is there.
    pub fn time(&mut self, name: &str, field: Field<String>) -> Option<DateTime<Utc>> {
        let text = self.optional(name, field);
        self.parsed(name, text, |text| parse_utc(&text))
    }

    /// An instant that must be there.
    pub fn required_time(&mut self, name: &str, field: Field<String>) -> Option<DateTime<Utc>> {
        let text = self.required(name, field);
        self.parsed(name, text, |text| parse_utc(&text))
    }

    /// Everything but the id, all of which must be there. `within` is what stands before the names of the fields.
    pub fn content(&mut self, within: &str, wire: MeetingRequest) -> Option<Content> {
        let name = |field: &str| format!("{within}{field}");
        let organizer = self.address(&name("organizerEmail"), wire.organizer_email);
        let attendees = self.required(&name("attendees"), wire.attendees);
        let attendees = attendees.map(|list| self.attendees(&name("attendees"), list));
        let body = self.required(&name("body"), wire.body);
        let subject = self.required(&name("subject"), wire.subject);
        let location = self.required(&name("location"), wire.location);
        let start = self.required_time(&name("startTime"), wire.start_time);
        let end = self.required_time(&name("endTime"), wire.end_time);
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

    /// The attendees as they are listed.
    pub fn attendees(&mut self, name: &str, entries: Vec<Object<AttendeeRequest>>) -> Vec<Attendee> {
        self.each(name, entries, |faults, place, Object(entry)| {
            let address = faults.address(&format!("{place}.email"), entry.email);
            let name = format!("{place}.isRequired");
            let flag = faults.required(&name, entry.is_required);
            let required = flag.and_then(|flag| faults.flag(&name, &flag));
            Some(Attendee { address: address?, required: required? })
        })
    }

    /// What can be read of a list of attendees; `read` is told the name of each entry.
    pub fn each<T, V>(
        &mut self,
        name: &str,
        entries: Vec<T>,
        mut read: impl FnMut(&mut Self, &str, T) -> Option<V>,
    ) -> Vec<V> {
        if entries.len() > MOST_ATTENDEES {
            self.add(name, format!("are more than {MOST_ATTENDEES}"));
            return Vec::new();
        }
        let entries = entries.into_iter().enumerate();
        entries.filter_map(|(place, entry)| read(self, &format!("{name}[{place}]"), entry)).collect()
    }

    fn flag(&mut self, name: &str, flag: &Flag) -> Option<bool> {
        match flag {
            Flag::Boolean(value) => Some(*value),
            Flag::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Flag::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            Flag::Text(_) => {
                self.add(name, "is neither true nor false");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_given_only_where_nothing_is_wrong() {
        assert_eq!(Faults::default().finish(|| Some(1)).ok(), Some(1));
        let mut faults = Faults::default();
        faults.add("id", "is required");
        let problem = faults.finish(|| Some(1)).expect_err("a fault");
        assert_eq!((problem.kind, problem.details.len()), (Kind::InvalidRequest, 1));
        let missing = Faults::default().finish(|| None::<u8>).expect_err("no value");
        assert_eq!((missing.kind, missing.details.len()), (Kind::Internal, 0));
    }
}
