//! The calendar port: what scheduling needs of a calendar service, and nothing of how one speaks.
//!
//! [`graph`] is the first implementation. A second one implements [`Calendar`] and is chosen in
//! [`Services::calendar`](crate::services::Services::calendar); no handler changes.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::{
    call::CallContext,
    domain::{EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
};

pub mod graph;

mod error;

pub use crate::slots::{BusyEntry, BusyStatus};
pub use error::{CalendarError, Credential};

/// The calendar service's own id of an event, valid in the organizer's mailbox. Case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub String);

/// What a person answered to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// Nothing yet.
    None,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// The entry is the organizer's own.
    Organizer,
    /// Something this version does not know.
    Unknown,
}

/// An attendee as the calendar shows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventAttendee {
    /// The address as the calendar writes it.
    pub address: String,
    /// Required rather than optional. A room counts as optional.
    pub required: bool,
    /// The answer.
    pub response: Response,
}

/// An event as the calendar shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, in the form that outlives a move.
    pub id: EventId,
    /// Subject line.
    pub subject: String,
    /// Description as plain text.
    pub body: String,
    /// Name of the place.
    pub location: String,
    /// Start and end, which may be the same. `None`: the service does not tell them in a form that could be read.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Who is invited, with the answers.
    pub attendees: Vec<EventAttendee>,
    /// Whether it has an online meeting.
    pub online: bool,
    /// Whether it had one: it shows a way to join, and is no online meeting any more.
    pub link_lost: bool,
}

/// An event just created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenEvent {
    /// Its id.
    pub id: EventId,
    /// Whether it has an online meeting now.
    pub online: bool,
    /// Whether it had one before, or shows a way to join, and is no online meeting any more.
    pub link_lost: bool,
}

/// A request that is made together with others, to other mailboxes. What each means is told by the method of [`Calendar`]
/// that has its name; `Glance` is `read`, of which nobody needs the body, the place or the attendees.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the methods say it")]
pub enum Request {
    Create { meeting: Meeting, transaction: Uuid, marker: Marker },
    Glance { mailbox: EmailAddress, id: EventId },
    Change { mailbox: EmailAddress, id: EventId, change: MeetingChange },
    Delete { mailbox: EmailAddress, id: EventId },
    Find { mailbox: EmailAddress, marker: Marker },
    LookUp { mailbox: EmailAddress },
}

/// The answer to a [`Request`].
#[derive(Debug, Clone)]
pub enum Reply {
    /// To `Create` and `Change`.
    Written(WrittenEvent),
    /// To `Glance`.
    Event(Box<Event>),
    /// To `Find`.
    Found(Vec<EventId>),
    /// To `Delete` and `LookUp`.
    Done,
}

/// A calendar service, as one tenant sees it. Every call respects the request's deadline and counts itself.
#[async_trait]
pub trait Calendar: Send + Sync {
    /// Creates a meeting in the organizer's calendar, carrying `transaction` (so that the service can recognize a
    /// repeat) and `marker` (so that we can). Retries only after answers that are certain to have done nothing.
    async fn create(
        &self,
        call: &CallContext,
        meeting: &Meeting,
        transaction: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError>;

    /// Reads an event. One that was cancelled counts as not found.
    async fn read(&self, call: &CallContext, organizer: &EmailAddress, id: &EventId) -> Result<Event, CalendarError>;

    /// Changes an event, keeping an online meeting's join block and whatever the change does not name. One that was cancelled
    /// counts as not found. `LinkAwaited` if it is an online meeting whose way to join is not there yet, and the change would
    /// replace its body.
    async fn change(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError>;

    /// Deletes an event; the service tells the attendees.
    async fn delete(&self, call: &CallContext, organizer: &EmailAddress, id: &EventId) -> Result<(), CalendarError>;

    /// The live events of a mailbox that carry a marker, oldest first: those that the service's index shows by now.
    async fn find(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<EventId>, CalendarError>;

    /// What occupies each mailbox during the window, in the order asked for; a mailbox can fail by itself.
    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>>;

    /// Whether the organization has a mailbox: `MailboxNotFound` if it has not. Asked once.
    async fn look_up(&self, call: &CallContext, mailbox: &EmailAddress) -> Result<(), CalendarError>;

    /// Lets time pass before a request is made again.
    async fn pause(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }

    /// How many requests it is worth to make together.
    fn most_together(&self) -> usize {
        1
    }

    /// Makes several requests, each to another mailbox, in as few round trips as the service allows. Each succeeds or fails
    /// as it would if it were made alone, but for one thing: a change that sets a body may replace all of it, whatever a
    /// person has added there. The answers come in the order of the requests.
    async fn together(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        join_all(requests.iter().map(|request| self.alone(call, request))).await
    }

    /// Makes one of such requests.
    async fn alone(&self, call: &CallContext, request: &Request) -> Result<Reply, CalendarError> {
        Ok(match request {
            Request::Create { meeting, transaction, marker } => {
                Reply::Written(self.create(call, meeting, *transaction, marker).await?)
            }
            Request::Glance { mailbox, id } => Reply::Event(Box::new(self.read(call, mailbox, id).await?)),
            Request::Change { mailbox, id, change } => Reply::Written(self.change(call, mailbox, id, change).await?),
            Request::Delete { mailbox, id } => {
                self.delete(call, mailbox, id).await?;
                Reply::Done
            }
            Request::Find { mailbox, marker } => Reply::Found(self.find(call, mailbox, marker).await?),
            Request::LookUp { mailbox } => {
                self.look_up(call, mailbox).await?;
                Reply::Done
            }
        })
    }

    /// Proves to the service who we are, with the tenant's credential as it is now. No use case does: each call above does
    /// so by itself when it must.
    async fn sign_in(&self, _call: &CallContext) -> Result<(), CalendarError> {
        Ok(())
    }
}
