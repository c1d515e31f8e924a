//! A request to book, and the event that it makes.

use chrono::TimeDelta;

use crate::{
    calendar::Event,
    domain::{
        Attendee, BookingContent, BookingId, EmailAddress, Fingerprint, NewEvent, PlainText, SingleLine, TimeSpan,
        merge_attendees,
    },
    scheduling::records::booking::{Actor, BookingRecord, HoldCheck, ReplayKey},
};

/// A request to book.
pub struct BookingRequest<'a> {
    pub span: TimeSpan,
    /// Round-robin: who is to host. `None`: the first of the order who is free.
    pub host: Option<&'a EmailAddress>,
    pub content: &'a BookingContent,
    /// What was asked for, whatever the configuration makes of it: repeats have the same.
    pub payload: Fingerprint,
    /// The guest and those whom the guest brings along.
    pub guests: &'a [EmailAddress],
    /// Whether the organizer has to confirm: a tentative event in the organizer's calendar alone.
    pub pending: bool,
    pub online_meeting: bool,
    /// Whether the attendees do not see each other.
    pub hides_attendees: bool,
    /// How long before the start the guest may change or cancel the booking at the latest.
    pub notice: Option<TimeDelta>,
    pub replay_keys: &'a [ReplayKey],
    /// What must still be true when the time is claimed.
    pub checks: &'a [HoldCheck],
    pub by: Actor,
    /// The secrets of a booking's links. For one id always the same, so that a repeat writes the same links.
    pub secrets: &'a (dyn Fn(BookingId) -> Secrets + Send + Sync),
    pub texts: &'a (dyn Fn(&Invitation<'_>) -> Texts + Send + Sync),
}

/// The secrets of a booking's links.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub guest_salt: String,
    /// Hex SHA-256.
    pub organizer_salt_hash: String,
}

/// What the texts of an event may say.
pub struct Invitation<'a> {
    pub id: BookingId,
    pub record: &'a BookingRecord,
}

/// The texts of a booking's event.
pub struct Texts {
    pub subject: SingleLine,
    pub body: PlainText,
    pub location: SingleLine,
}

/// A booking, and whether an earlier request made it.
#[derive(Debug, Clone)]
pub struct Booked {
    pub id: BookingId,
    pub record: BookingRecord,
    pub is_replay: bool,
    /// Whether an online meeting was requested, and the event has none.
    pub teams_unavailable: bool,
}

/// A booking whose event has changed.
#[derive(Debug, Clone)]
pub struct Changed {
    pub record: BookingRecord,
    /// Whether an online meeting was requested, and the event has none.
    pub teams_unavailable: bool,
}

/// Whether an online meeting was requested for a booking, and its event has none.
pub fn lacks_online_meeting(record: &BookingRecord, event: Option<&Event>) -> bool {
    record.online_meeting && event.is_some_and(|event| !event.online)
}

/// The event of a booking.
pub(super) fn event(id: BookingId, record: &BookingRecord, request: &BookingRequest<'_>) -> NewEvent {
    let texts = (request.texts)(&Invitation { id, record });
    let attendees = if record.pending { Vec::new() } else { attendees(record, request.guests) };
    NewEvent {
        organizer: record.event.organizer.clone(),
        attendees,
        subject: texts.subject,
        body: texts.body,
        location: texts.location,
        online_meeting: record.online_meeting,
        tentative: record.pending,
        hides_attendees: request.hides_attendees,
        span: record.time.span,
    }
}

/// Who is invited: the members other than the organizer, and the guests.
pub fn attendees(record: &BookingRecord, guests: &[EmailAddress]) -> Vec<Attendee> {
    let members = record.members.iter().filter(|member| **member != record.event.organizer);
    let invited = members.chain(guests.iter().filter(|guest| **guest != record.event.organizer));
    merge_attendees(invited.map(|address| Attendee { address: address.clone().into(), required: true }))
}
