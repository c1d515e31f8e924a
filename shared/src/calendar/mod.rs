//! The calendar port: what scheduling needs of a calendar service, and nothing of how one speaks.
//!
//! [`graph`] is the first implementation. A second one implements [`Calendar`] and is chosen in
//! [`Services::calendar`](crate::services::Services::calendar); no handler changes.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    call::CallContext,
    domain::{EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
    problem::{Kind, Problem},
};

pub mod graph;

pub use crate::slots::{BusyEntry, BusyStatus};

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
    /// Subject line.
    pub subject: String,
    /// Description as plain text.
    pub body: String,
    /// Name of the place.
    pub location: String,
    /// When; `None` if the calendar holds an event without length.
    pub span: Option<TimeSpan>,
    /// Start, also of an event without length.
    pub start: DateTime<Utc>,
    /// End, also of an event without length.
    pub end: DateTime<Utc>,
    /// Who is invited, with the answers.
    pub attendees: Vec<EventAttendee>,
    /// Whether it has an online meeting.
    pub online: bool,
}

/// An event found by its marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvent {
    /// Its id.
    pub id: EventId,
    /// When it was created, to tell which of several is the oldest.
    pub created: DateTime<Utc>,
}

/// An event just created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenEvent {
    /// Its id.
    pub id: EventId,
    /// Whether it has an online meeting now.
    pub online: bool,
}

/// Why a call to the calendar service failed, told by what it means for the booking protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// The event does not exist (any more). Nothing happened.
    EventNotFound,
    /// The address is no mailbox of the organization. Nothing happened.
    MailboxNotFound,
    /// The service refuses the application. Nothing happened.
    AccessDenied {
        /// The service's error code, for the log.
        code: String,
    },
    /// The service refuses the request itself. Nothing happened.
    Rejected {
        /// The service's error code, for the log.
        code: String,
    },
    /// The end would not be after the start. Nothing happened.
    InvalidTimeSpan,
    /// Throttled until the time budget was spent. Nothing happened.
    Throttled {
        /// What the service asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The transaction id was used before, by this event where the service says so.
    DuplicateTransaction {
        /// The event that has it.
        existing: Option<EventId>,
    },
    /// Nothing was sent: the budget had ended, or no access token could be had.
    NotSent {
        /// For the log.
        cause: String,
        /// Whether it was time that ran out.
        timed_out: bool,
    },
    /// The service answered with a failure of its own (5xx) or a clash of writes (409, 412): it is done with the request,
    /// but may have carried it out.
    Failed {
        /// Status and code, for the log.
        cause: String,
        /// What the service asked us to wait.
        retry_after: Option<Duration>,
    },
    /// No answer came, or one that says the service itself did not wait for it (408, 504): the request may be carried
    /// out yet.
    Unanswered {
        /// For the log.
        cause: String,
    },
}

impl CalendarError {
    /// Whether it is certain that nothing happened and nothing will.
    pub fn is_definite(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::Unanswered { .. })
    }
}

/// For the log: kinds, statuses and codes, never an id.
impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventNotFound => f.write_str("event not found"),
            Self::MailboxNotFound => f.write_str("mailbox not found"),
            Self::AccessDenied { code } => write!(f, "access denied: {code}"),
            Self::Rejected { code } => write!(f, "rejected: {code}"),
            Self::InvalidTimeSpan => f.write_str("the end would not be after the start"),
            Self::Throttled { .. } => f.write_str("throttled"),
            Self::DuplicateTransaction { .. } => f.write_str("duplicate transaction"),
            Self::NotSent { cause, .. } => write!(f, "not sent: {cause}"),
            Self::Failed { cause, .. } => write!(f, "failed: {cause}"),
            Self::Unanswered { cause } => write!(f, "unanswered: {cause}"),
        }
    }
}

impl From<CalendarError> for Problem {
    fn from(error: CalendarError) -> Self {
        let cause = error.to_string();
        let problem = match error {
            CalendarError::EventNotFound => Self::meeting_not_found(),
            CalendarError::MailboxNotFound => {
                Self::new(Kind::MailboxNotFound, "The address is no mailbox of this organization.")
            }
            CalendarError::AccessDenied { .. } => {
                Self::new(Kind::AccessDenied, "Microsoft 365 refuses access to this mailbox.")
            }
            CalendarError::Rejected { .. } => Self::new(Kind::InvalidRequest, "Microsoft 365 refuses this meeting."),
            CalendarError::InvalidTimeSpan => {
                Self::new(Kind::InvalidTimeInterval, "The meeting would not end after its start.")
            }
            CalendarError::Throttled { retry_after } | CalendarError::Failed { retry_after, .. } => {
                Self::new(Kind::ServerBusy, "Microsoft 365 is busy. The same call may be repeated safely.")
                    .retry_after(Some(retry_after.unwrap_or(Duration::from_secs(5))))
            }
            CalendarError::NotSent { timed_out: false, .. } => {
                Self::new(Kind::ServerBusy, "Microsoft 365 cannot be reached. The same call may be repeated safely.")
                    .retry_after(Some(Duration::from_secs(5)))
            }
            CalendarError::DuplicateTransaction { .. } => {
                Self::new(Kind::Internal, "The request could not be completed.")
            }
            CalendarError::NotSent { .. } | CalendarError::Unanswered { .. } => Self::timed_out(),
        };
        problem.caused_by(cause)
    }
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

    /// Changes an event, keeping an online meeting's join block and whatever the change does not name.
    async fn change(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError>;

    /// Deletes an event; the service tells the attendees.
    async fn delete(&self, call: &CallContext, organizer: &EmailAddress, id: &EventId) -> Result<(), CalendarError>;

    /// The live events of a mailbox that carry a marker, oldest first.
    async fn find(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<FoundEvent>, CalendarError>;

    /// What occupies each mailbox during the window, in the order asked for; a mailbox can fail by itself.
    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>>;
}
