use std::sync::Arc;

use super::{EmailAddress, EventChange, Location, NewEvent, TimeSpan};

/// The content of an appointment. Each mailbox that takes part has a copy of its own, an event with this content and without
/// attendees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub subject: Arc<str>,
    /// Plain text.
    pub body: Arc<str>,
    /// Never an online meeting: each copy would have a different one.
    pub location: Arc<str>,
    pub span: TimeSpan,
}

impl Appointment {
    /// The event that is this appointment's copy in a mailbox.
    pub fn copy_for(&self, mailbox: &EmailAddress) -> NewEvent {
        NewEvent {
            organizer: mailbox.clone(),
            attendees: Vec::new(),
            subject: Arc::clone(&self.subject),
            body: Arc::clone(&self.body),
            location: Location::of_text(Arc::clone(&self.location)),
            span: self.span,
        }
    }

    /// The change that gives an existing copy this content. `without_body`: the copy has this body already.
    pub fn as_change(&self, without_body: bool) -> EventChange {
        EventChange {
            attendees: None,
            subject: Some(Arc::clone(&self.subject)),
            body: (!without_body).then(|| Arc::clone(&self.body)),
            location: Some(Location::of_text(Arc::clone(&self.location))),
            start: Some(self.span.start()),
            end: Some(self.span.end()),
        }
    }
}
