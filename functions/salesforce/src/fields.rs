//! From documented fields to values that cannot be bad, collecting every fault on the way.

use chrono::{DateTime, Utc};
use convene::{
    Problem,
    domain::{Attendee, EmailAddress, MeetingId, merge_attendees, parse_utc},
    edge::Object,
    problem::Detail,
};

use crate::wire::{AttendeeRequest, Field, Flag};

/// The most attendees a meeting may have. Source: Microsoft Graph.
pub const MOST_ATTENDEES: usize = 500;

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
        match field {
            Field::Given(value) => Some(value),
            Field::Missing => None,
            Field::Malformed => {
                self.add(name, "is not of the documented type");
                None
            }
        }
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

    /// A meeting's id.
    pub fn id(&mut self, field: Field<String>) -> Option<MeetingId> {
        let text = self.required("id", field);
        self.parsed("id", text, MeetingId::new)
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

    /// The attendees, each address once.
    pub fn attendees(&mut self, entries: Vec<Object<AttendeeRequest>>) -> Vec<Attendee> {
        if entries.len() > MOST_ATTENDEES {
            self.add("attendees", format!("are more than {MOST_ATTENDEES}"));
            return Vec::new();
        }
        let mut attendees = Vec::with_capacity(entries.len());
        for (place, Object(entry)) in entries.into_iter().enumerate() {
            let address = self.address(&format!("attendees[{place}].email"), entry.email);
            let name = format!("attendees[{place}].isRequired");
            let flag = self.required(&name, entry.is_required);
            let required = flag.and_then(|flag| self.flag(&name, &flag));
            if let (Some(address), Some(required)) = (address, required) {
                attendees.push(Attendee { address, required });
            }
        }
        merge_attendees(attendees)
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
    use convene::problem::Kind;

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
