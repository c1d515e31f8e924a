//! Validation: from fields to values, collecting every error on the way.

use std::fmt::{self, Display};

use chrono::{DateTime, Utc};

use super::field::{Field, JsonType};
use crate::{
    domain::{EmailAddress, parse_utc},
    problem::{Detail, Problem},
};

/// The errors of one request's fields. Messages say what must be.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<Detail>);

impl FieldErrors {
    /// Adds an error.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Detail { field: field.into(), message: message.into() });
    }

    /// Whether there is no error so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The errors so far.
    pub fn details(&self) -> &[Detail] {
        &self.0
    }

    /// The values of a request without errors, or a problem that names every error. `values` returns `None` only if a value could
    /// not be read, and then an error was added.
    pub fn finish<T>(self, values: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        if !self.0.is_empty() {
            return Err(Problem::invalid_fields(self.0));
        }
        values().ok_or_else(|| Problem::internal("a missing value without an error"))
    }

    /// The value of a required field.
    pub fn required<T: JsonType>(&mut self, name: &str, field: Field<T>) -> Option<T> {
        if matches!(field, Field::Missing) {
            self.add(name, "is required");
        }
        self.optional(name, field)
    }

    /// The value of an optional field.
    pub fn optional<T: JsonType>(&mut self, name: &str, field: Field<T>) -> Option<T> {
        let message = match field {
            Field::Given(value) => return Some(value),
            Field::Missing => return None,
            Field::WrongType => T::MUST_BE,
            Field::LoneSurrogate => "must be Unicode: it has one half of a surrogate pair",
            Field::Repeated => "must not be repeated in the query string",
            Field::Contradictory => "must be the same in the query string and in the body",
        };
        self.add(name, message);
        None
    }

    /// A value parsed from text.
    pub fn parsed<T, E: Display>(
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

    /// A required mail address.
    pub fn address(&mut self, name: &str, field: Field<String>) -> Option<EmailAddress> {
        let text = self.required(name, field);
        self.parsed(name, text, |text| text.parse())
    }

    /// An optional instant.
    pub fn time(&mut self, name: &str, field: Field<String>) -> Option<DateTime<Utc>> {
        let text = self.optional(name, field);
        self.parsed(name, text, |text| parse_utc(&text))
    }

    /// A required instant.
    pub fn required_time(&mut self, name: &str, field: Field<String>) -> Option<DateTime<Utc>> {
        let text = self.required(name, field);
        self.parsed(name, text, |text| parse_utc(&text))
    }

    /// The values of a list of at most `max` entries. `read` gets the name of each entry, such as `attendees[2]`.
    pub fn each<T, V>(
        &mut self,
        name: &str,
        entries: Vec<T>,
        max: usize,
        mut read: impl FnMut(&mut Self, &str, T) -> Option<V>,
    ) -> Vec<V> {
        if entries.len() > max {
            self.add(name, format!("must have at most {max} entries"));
            return Vec::new();
        }
        let entries = entries.into_iter().enumerate();
        entries.filter_map(|(place, entry)| read(self, &format!("{name}[{place}]"), entry)).collect()
    }

    /// The values of a list of at most `max` entries whose response is a list as well: an entry that cannot be understood fails by
    /// itself. `read` gets the errors of its entry, and the name of the list.
    pub fn each_by_itself<T, V>(
        &mut self,
        name: &str,
        entries: Vec<T>,
        max: usize,
        mut read: impl FnMut(&mut Self, &str, T) -> Option<V>,
    ) -> Vec<Result<V, Problem>> {
        if entries.len() > max {
            self.add(name, format!("must have at most {max} entries"));
            return Vec::new();
        }
        let entry = |entry| {
            let mut errors = Self::default();
            let value = read(&mut errors, name, entry);
            // The response to an entry has only an error code, so the log says what is wrong. Without the entry's position, the log
            // line is short even if all entries have the same error.
            let cause = errors.0.first().map(|error| format!("an entry: {} {}", error.field, error.message));
            errors.finish(|| value).map_err(|problem| match cause {
                Some(cause) => problem.caused_by(cause),
                None => problem,
            })
        };
        entries.into_iter().map(entry).collect()
    }
}

/// For people who read no JSON: each error as the field and what must be.
impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Detail { field, message }) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{field} {message}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn values_are_returned_only_without_errors() {
        assert_eq!(FieldErrors::default().finish(|| Some(1)).ok(), Some(1));
        let mut errors = FieldErrors::default();
        errors.add("id", "is required");
        let problem = errors.finish(|| Some(1)).expect_err("an error");
        assert_eq!((problem.kind, problem.details.len()), (Kind::InvalidRequest, 1));
        let missing = FieldErrors::default().finish(|| None::<u8>).expect_err("no value");
        assert_eq!((missing.kind, missing.details.len()), (Kind::Internal, 0));
    }

    #[test]
    fn an_entry_fails_by_itself() {
        let texts = vec!["ann@contoso.com", "ann@", "bob@contoso.com"];
        let read =
            |errors: &mut FieldErrors, name: &str, text: &str| errors.address(name, Field::Given(text.to_owned()));
        let mut errors = FieldErrors::default();
        let results = errors.each_by_itself("list", texts.clone(), 3, read);
        let addresses: Vec<_> =
            results.iter().map(|result| result.as_ref().ok().map(EmailAddress::as_written)).collect();
        assert_eq!(addresses, [Some("ann@contoso.com"), None, Some("bob@contoso.com")]);
        let problem = results[1].as_ref().expect_err("not an address");
        assert_eq!(problem.kind, Kind::InvalidRequest);
        assert_eq!(problem.cause.as_deref(), Some("an entry: list must be a mail address"));
        assert!(errors.is_empty());
        assert!(errors.each_by_itself("list", texts, 2, read).is_empty() && !errors.is_empty());
    }
}
