//! A meeting as a caller asks for it, and a change to one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{EmailAddress, TimeSpan};

/// The caller's own identifier of a meeting: 1 to 512 bytes, not all blank. Compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingId(String);

/// The text cannot be a meeting's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 512 bytes, and not only blanks")]
pub struct InvalidMeetingId;

impl MeetingId {
    /// The longest id, in bytes.
    pub const LONGEST: usize = 512;

    /// An id from the caller's text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidMeetingId> {
        let text = text.into();
        if text.len() > Self::LONGEST || text.trim().is_empty() { Err(InvalidMeetingId) } else { Ok(Self(text)) }
    }

    /// The id as the caller wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Where the invitation goes.
    pub address: EmailAddress,
    /// Required rather than optional.
    pub required: bool,
}

/// One entry an address: Outlook keeps a person once. The first spelling stays; required wins over optional.
pub fn merge_attendees(attendees: impl IntoIterator<Item = Attendee>) -> Vec<Attendee> {
    let mut merged: Vec<Attendee> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for attendee in attendees {
        match places.entry(attendee.address.clone()) {
            std::collections::hash_map::Entry::Occupied(place) => {
                let kept: &mut Attendee = &mut merged[*place.get()];
                kept.required |= attendee.required;
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(merged.len());
                merged.push(attendee);
            }
        }
    }
    merged
}

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

/// A meeting to be scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Whose calendar it is made in.
    pub organizer: EmailAddress,
    /// Who is invited, each address once.
    pub attendees: Vec<Attendee>,
    /// The subject line.
    pub subject: Arc<str>,
    /// The description, plain text.
    pub body: Arc<str>,
    /// Where.
    pub location: Location,
    /// When.
    pub span: TimeSpan,
}

/// A change to a meeting: what is `None` stays as it is in the calendar now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeetingChange {
    /// Replaces the whole list.
    pub attendees: Option<Vec<Attendee>>,
    /// A new subject line.
    pub subject: Option<Arc<str>>,
    /// A new description, plain text.
    pub body: Option<Arc<str>>,
    /// A new place.
    pub location: Option<Location>,
    /// A new start.
    pub start: Option<DateTime<Utc>>,
    /// A new end.
    pub end: Option<DateTime<Utc>>,
}

impl MeetingChange {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the change gives only one end of the time, so that the other must be read to check it.
    pub fn needs_current_span(&self) -> bool {
        self.start.is_some() != self.end.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_to_512_bytes_and_not_blank() {
        assert!(MeetingId::new("x".repeat(512)).is_ok());
        assert!(MeetingId::new(" x ").is_ok());
        assert!(MeetingId::new("é".repeat(257)).is_err());
        for text in ["", "   ", "\t\n"] {
            assert!(MeetingId::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn teams_is_asked_for_in_any_case() {
        assert!(Location::new(" ms teams ").is_teams());
        assert!(!Location::new("MS Teams room").is_teams());
        assert!(!Location::of_text("MS Teams").is_teams());
    }

    #[test]
    fn an_address_is_invited_once_and_required_wins() {
        let attendee = |text: &str, required| Attendee { address: text.parse().expect("valid"), required };
        let merged =
            merge_attendees([attendee("A@x.com", false), attendee("b@x.com", false), attendee("a@X.com", true)]);
        assert_eq!(merged, [attendee("a@x.com", true), attendee("b@x.com", false)]);
        assert_eq!(merged[0].address.as_written(), "A@x.com");
    }
}
