//! An event, and how calendars show it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use convene::{
    calendar::{Event, EventAttendee, Response, WrittenEvent},
    domain::{BusyStatus, EmailAddress, EventId, EventUid, Marker, TimeSpan},
};
use uuid::Uuid;

/// An event.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EventId,
    pub organizer: EmailAddress,
    pub attendees: Vec<(EmailAddress, Response)>,
    pub span: TimeSpan,
    pub tentative: bool,
    pub subject: String,
    pub live: bool,
    /// Whether a person gave it its time. What people do is not held against Convene.
    pub moved_by_person: bool,
    /// What the attendees were told when it was deleted.
    pub comment: Option<String>,
    pub(super) marker: Marker,
    pub(super) transaction: Uuid,
    pub(super) created: DateTime<Utc>,
    /// From when on it is found by its marker.
    pub(super) visible: DateTime<Utc>,
}

impl Entry {
    /// Whose time it takes: the organizer's, and that of all who are invited and have not declined.
    pub fn takes_time_of(&self) -> BTreeSet<EmailAddress> {
        let invited = self.attendees.iter().filter(|(_, response)| *response != Response::Declined);
        invited.map(|(address, _)| address.clone()).chain([self.organizer.clone()]).collect()
    }

    pub(super) fn status_for(&self, mailbox: &EmailAddress, adds_invitations: bool) -> Option<BusyStatus> {
        if *mailbox == self.organizer {
            return Some(if self.tentative { BusyStatus::Tentative } else { BusyStatus::Busy });
        }
        let (_, response) = self.attendees.iter().find(|(address, _)| address == mailbox)?;
        match response {
            Response::Accepted => Some(BusyStatus::Busy),
            Response::Declined => None,
            _ => adds_invitations.then_some(BusyStatus::Tentative),
        }
    }
}

pub(super) fn uid(entry: &Entry) -> EventUid {
    EventUid(format!("uid-{}", entry.id.0))
}

pub(super) fn written(entry: &Entry) -> WrittenEvent {
    let times = Some((entry.span.start(), entry.span.end()));
    WrittenEvent { id: entry.id.clone(), uid: Some(uid(entry)), times, online: false, link_lost: false }
}

pub(super) fn shown(entry: &Entry) -> Event {
    let attendee = |(address, response): &(EmailAddress, Response)| EventAttendee {
        address: address.as_written().to_owned(),
        required: true,
        response: *response,
    };
    Event {
        id: entry.id.clone(),
        uid: Some(uid(entry)),
        subject: entry.subject.clone(),
        body: String::new(),
        location: String::new(),
        times: Some((entry.span.start(), entry.span.end())),
        attendees: entry.attendees.iter().map(attendee).collect(),
        tentative: entry.tentative,
        online: false,
        link_lost: false,
    }
}
