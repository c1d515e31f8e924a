//! An event as a use case wants it in a calendar, and a change to one.

use chrono::{DateTime, Utc};

use super::{Attendee, EmailAddress, PlainText, SingleLine, TimeSpan};

/// An event to be created in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The mailbox in whose calendar the event is created.
    pub organizer: EmailAddress,
    /// Each address once: see [`merge_attendees`](super::merge_attendees).
    pub attendees: Vec<Attendee>,
    pub subject: SingleLine,
    pub body: PlainText,
    pub location: SingleLine,
    /// Whether the event gets an online meeting. The text of the location does not decide it.
    pub online_meeting: bool,
    /// Whether the event shows as tentative. `false`: as busy.
    pub tentative: bool,
    /// Whether the attendees do not see each other.
    pub hides_attendees: bool,
    pub span: TimeSpan,
}

/// A change to an event. What is `None` stays as it is in the calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventChange {
    /// Replaces the whole list.
    pub attendees: Option<Vec<Attendee>>,
    pub subject: Option<SingleLine>,
    pub body: Option<PlainText>,
    pub location: Option<SingleLine>,
    /// Whether the event gets an online meeting. `false`: an online meeting that it has stays.
    pub online_meeting: bool,
    /// Whether the event shows as tentative from now on, or as busy.
    pub tentative: Option<bool>,
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
