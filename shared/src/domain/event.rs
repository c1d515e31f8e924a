//! An event as a use case wants it in a calendar, and a change to one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Attendee, EmailAddress, TimeSpan};

/// Where a meeting takes place: any text; "MS Teams", in any case, asks for an online meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    text: Arc<str>,
    teams: bool,
}

impl Location {
    /// A location from the caller's text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let teams = text.trim().eq_ignore_ascii_case("MS Teams");
        Self { text, teams }
    }

    /// A location that is no more than its text, whatever that is.
    pub fn of_text(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), teams: false }
    }

    /// The text as the caller wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this asks for an online meeting in Microsoft Teams.
    pub fn is_teams(&self) -> bool {
        self.teams
    }
}

/// An event to be created in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The mailbox in whose calendar the event is created.
    pub organizer: EmailAddress,
    /// Each address once: see [`merge_attendees`](super::merge_attendees).
    pub attendees: Vec<Attendee>,
    pub subject: Arc<str>,
    /// Plain text.
    pub body: Arc<str>,
    pub location: Location,
    pub span: TimeSpan,
}

/// A change to an event. What is `None` stays as it is in the calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventChange {
    /// Replaces the whole list.
    pub attendees: Option<Vec<Attendee>>,
    pub subject: Option<Arc<str>>,
    /// Plain text.
    pub body: Option<Arc<str>>,
    pub location: Option<Location>,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
}

impl EventChange {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the change sets only one of start and end. The event must be read then, to check that the end stays after the start.
    pub fn needs_current_span(&self) -> bool {
        self.start.is_some() != self.end.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teams_is_asked_for_in_any_case() {
        assert!(Location::new(" ms teams ").is_teams());
        assert!(!Location::new("MS Teams room").is_teams());
        assert!(!Location::of_text("MS Teams").is_teams());
    }
}
