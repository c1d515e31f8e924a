//! Ids of calendars.

/// The calendar service's id of a calendar. It is valid only in the mailbox that holds the calendar. Case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarId(String);

/// The text cannot be the id of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a calendar")]
pub struct InvalidCalendarId;

/// Far more than any id of a calendar has, in bytes.
const MAX_BYTES: usize = 512;

impl CalendarId {
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidCalendarId> {
        let id = id.into();
        // In a URL, a segment of dots is not a name.
        if id.chars().all(|c| c == '.') || id.len() > MAX_BYTES { Err(InvalidCalendarId) } else { Ok(Self(id)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_name_another_resource_are_refused() {
        assert_eq!(CalendarId::new("AQMk-a_b==").as_ref().map(CalendarId::as_str), Ok("AQMk-a_b=="));
        for id in ["", ".", "..", &"a".repeat(MAX_BYTES + 1)] {
            assert_eq!(CalendarId::new(id), Err(InvalidCalendarId), "{id}");
        }
    }
}
