//! The calendar port: what scheduling needs of a calendar service, independent of the service's protocol.
//!
//! [`graph`] is the first implementation. A second one implements [`Calendar`] and is chosen in `Services::calendar`; no
//! handler changes. [`RecentCalendar`] stands before either of them, where busy time may be a little old.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    call::CallContext,
    domain::{
        BusyEntry, CalendarId, EmailAddress, EventChange, EventId, EventUid, Marker, NewEvent, PlainText, TimeSpan,
    },
};

pub mod graph;

mod error;
mod recent;

pub use error::{CalendarError, Credential};
pub use recent::{BusyCache, RecentCalendar};

/// An attendee's response to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    None,
    Accepted,
    Declined,
    Tentative,
    /// The attendee is the organizer.
    Organizer,
    /// A response that this version does not know.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventAttendee {
    /// The address as the calendar writes it.
    pub address: String,
    /// Required rather than optional. A room counts as optional.
    pub required: bool,
    pub response: Response,
}

/// An event as the calendar has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// An id that stays the same if the event moves to another folder.
    pub id: EventId,
    /// `None`: the service did not name it.
    pub uid: Option<EventUid>,
    pub subject: String,
    /// Plain text.
    pub body: String,
    pub location: String,
    /// Start and end, which may be equal. `None`: the service's times cannot be read.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub attendees: Vec<EventAttendee>,
    /// Whether it shows as tentative.
    pub tentative: bool,
    /// Whether it has an online meeting.
    pub online: bool,
    /// Whether it had an online meeting: its body still shows a join block.
    pub link_lost: bool,
}

/// An event that was just created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenEvent {
    pub id: EventId,
    /// `None`: the service did not name it, or the event was found by its marker.
    pub uid: Option<EventUid>,
    /// Start and end. `None`: the service did not name them, or the event was found by its marker.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether it has an online meeting now.
    pub online: bool,
    /// Whether it has lost its online meeting: it had one before, or its body still shows a join block.
    pub link_lost: bool,
}

/// A calendar that [`Calendar::calendar_views`] reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarView {
    pub mailbox: EmailAddress,
    /// `None`: the default calendar of the mailbox.
    pub calendar: Option<CalendarId>,
    /// An event that is left out, whichever copy of it the calendar has.
    pub except: Option<EventUid>,
}

/// How much of an event a read returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Ids, subject, times and online meeting. Body, location and attendees are empty.
    Summary,
    /// Everything that [`Event`] holds.
    Full,
}

/// A request to a calendar service about one event or one mailbox.
#[derive(Debug, Clone)]
pub enum Request {
    /// Creates an event in the organizer's calendar. It is retried only after answers that are certain to have done nothing.
    Create {
        /// It is created in its organizer's mailbox.
        event: NewEvent,
        /// By which the service recognizes a repeat of the request.
        transaction_id: Uuid,
        /// By which Convene finds the event.
        marker: Marker,
    },
    /// Reads an event. A cancelled event counts as not found.
    Read { mailbox: EmailAddress, event: EventId, detail: Detail },
    /// Changes an event: only what the change names. A cancelled event counts as not found.
    Change {
        mailbox: EmailAddress,
        event: EventId,
        change: EventChange,
        /// Whether a new body keeps the join block of an online meeting. The event is read first then, and the request fails
        /// with `LinkAwaited` if the service has not added the join link to an online meeting yet. Otherwise the new body
        /// replaces all of the old one, which ends an online meeting.
        keep_join_block: bool,
    },
    /// Deletes an event. The service informs the attendees, and passes a comment of the organizer on.
    Delete {
        mailbox: EmailAddress,
        event: EventId,
        /// Not blank.
        comment: Option<PlainText>,
    },
    /// Finds the live events of a mailbox that carry a marker, oldest first. The service's index may be behind: an event that
    /// was just created may be missing.
    Find { mailbox: EmailAddress, marker: Marker },
    /// Checks that the organization has a mailbox: `MailboxNotFound` if it has not. It is sent once, without retries.
    CheckMailbox { mailbox: EmailAddress },
}

/// The reply to a [`Request`] that succeeded.
#[derive(Debug, Clone)]
pub enum Reply {
    /// To `Create` and `Change`.
    Written(WrittenEvent),
    /// To `Read`.
    Event(Box<Event>),
    /// To `Find`.
    Found(Vec<EventId>),
    /// To `Delete` and `CheckMailbox`.
    Done,
}

/// A calendar service, as one tenant sees it.
///
/// Every method respects the deadline of its call and counts its requests there.
#[async_trait]
pub trait Calendar: Send + Sync {
    /// Executes requests, each of which succeeds or fails by itself. The replies are in the order of the requests. Several
    /// requests travel in as few round trips as the service allows.
    async fn execute(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>>;

    /// What occupies each mailbox during the window, in the order of the mailboxes. Each succeeds or fails by itself.
    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>>;

    /// What occupies each calendar during the window, in the order of the views. Each succeeds or fails by itself. Entries are of
    /// any status, ordered by time, and may reach beyond the window; cancelled events and events of no length have none. An
    /// all-day event occupies whole days in the mailbox's time zone. Unlike free/busy, the result is never behind the calendar.
    async fn calendar_views(
        &self,
        call: &CallContext,
        views: &[CalendarView],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>>;

    /// How many requests one `execute` should have at most.
    fn max_batch_size(&self) -> usize {
        1
    }
}
