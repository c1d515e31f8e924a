//! An appointment that several people have, each a copy of their own: nobody is invited.

use std::sync::Arc;

use super::{EmailAddress, Location, Meeting, MeetingChange, TimeSpan};

/// What an appointment says; the same in every mailbox that has a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// The subject line.
    pub subject: Arc<str>,
    /// The description, plain text.
    pub body: Arc<str>,
    /// Where. Never an online meeting: each copy would have another one.
    pub location: Arc<str>,
    /// When.
    pub span: TimeSpan,
}

impl Appointment {
    /// The copy for a mailbox.
    pub fn copy_for(&self, mailbox: &EmailAddress) -> Meeting {
        Meeting {
            organizer: mailbox.clone(),
            attendees: Vec::new(),
            subject: Arc::clone(&self.subject),
            body: Arc::clone(&self.body),
            location: Location::of_text(Arc::clone(&self.location)),
            span: self.span,
        }
    }

    /// What makes a copy of something else say this. `but_for_the_body`: its body is what it should be already.
    pub fn as_change(&self, but_for_the_body: bool) -> MeetingChange {
        MeetingChange {
            attendees: None,
            subject: Some(Arc::clone(&self.subject)),
            body: (!but_for_the_body).then(|| Arc::clone(&self.body)),
            location: Some(Location::of_text(Arc::clone(&self.location))),
            start: Some(self.span.start()),
            end: Some(self.span.end()),
        }
    }
}
