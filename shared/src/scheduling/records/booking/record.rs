//! The record of a booking: its event's record, and what was booked. The record decides which times the booking has; entries of the
//! ledger only lead to it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{BookingContent, BookingId, ConfigurationId, EmailAddress, TenantId, TimeSpan},
    scheduling::records::{
        event::{Record, State},
        ledger::{BookedTime, EntryKey},
    },
};

/// How many bytes the contents in one record have at most, as JSON. An item of DynamoDB has at most 400 KB; the rest is for members.
pub const MAX_CONTENT_BYTES: usize = 360_000;

/// Identifies a booking's record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookingKey {
    pub tenant: TenantId,
    pub id: BookingId,
}

/// The record of one booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    /// The record of its event, with the claim, the fencing token and the doubt of the booking protocol.
    pub event: Record,
    pub configuration: ConfigurationId,
    /// When the booking takes place. While it is being moved: the time before.
    pub time: BookedTime,
    /// The highest number of a time that was ever claimed.
    pub last_number: u32,
    /// The members whose time it takes. A member who declined, or whom the organizer removed in Outlook, is taken out.
    pub members: Vec<EmailAddress>,
    /// The members at the time of booking. A move asks all of them anew.
    pub invited: Vec<EmailAddress>,
    /// Whether the organizer has still to confirm it.
    pub pending: bool,
    /// Whether its event was created with an online meeting. A change of the body then takes a read before it.
    pub online_meeting: bool,
    /// Whether it counts as a turn of its organizer in a round-robin.
    pub has_turn: bool,
    /// A change that was claimed and is not on record yet.
    pub unfinished: Option<Unfinished>,
    /// How it ends once its event is deleted: whoever finishes the delete tells the same. Only while it is being deleted.
    pub ending: Option<Ending>,
    /// When it was booked, UTC.
    pub created_at: DateTime<Utc>,
    /// How long before its start the guest may change or cancel it at the latest. `None`: at any time.
    pub notice: Option<TimeDelta>,
    /// The guest's secret, which the links in the invitation carry.
    pub guest_salt: String,
    /// Hex SHA-256 of the organizer's secret.
    pub organizer_salt_hash: String,
    pub content: BookingContent,
    /// Until when the record is kept at least, UTC: the tenant's retention after the booking is over.
    pub kept_until: DateTime<Utc>,
    /// The latest change. Every write that changes the booking for its readers has a new one.
    pub change: Change,
}

/// A change that was claimed, and whose request may have been sent to the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub kind: UnfinishedKind,
    pub by: Actor,
    /// Until when the request may still take effect, UTC, if its sender has died.
    pub in_doubt_until: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnfinishedKind {
    /// The event is moved to this time.
    Move {
        target: BookedTime,
        /// What the booking is about once it is moved. `None`: as before.
        content: Option<Box<BookingContent>>,
    },
    /// The event of a pending booking is confirmed.
    Confirm,
}

/// How a booking ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub kind: ChangeKind,
    pub by: Actor,
    /// What the person wrote about it.
    pub reason: Option<String>,
}

/// What happened to a booking, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Grows by one with each change.
    pub sequence: u32,
    pub kind: ChangeKind,
    pub by: Actor,
    /// UTC.
    pub at: DateTime<Utc>,
    /// What the person wrote about it.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Claimed: the event is not known to exist.
    Requested,
    /// In the calendar, and to be confirmed by the organizer.
    Pending,
    /// In the calendar.
    Booked,
    Confirmed,
    Rescheduled,
    /// A member declined or was removed.
    MembersChanged,
    Cancelled,
    /// The organizer did not want a pending booking.
    Rejected,
    /// The start of a pending booking came before a decision.
    Expired,
    /// It certainly never got an event.
    Failed,
}

/// Who changed a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Guest,
    /// A host, through a link of Convene.
    Organizer,
    /// The tenant's own system, with a credential.
    Caller,
    /// A person in Outlook.
    Outlook,
    /// Convene itself.
    System,
}

impl BookingRecord {
    /// Whether both are the same version.
    pub fn is_version_of(&self, other: &Self) -> bool {
        self.event.is_version_of(&other.event)
    }

    /// Until when the guest may change or cancel it, UTC. It moves with the booking.
    pub fn changeable_until(&self) -> Option<DateTime<Utc>> {
        self.notice.map(|notice| self.time.span.start() - notice)
    }

    /// The times that the booking has or may have.
    pub fn times(&self) -> impl Iterator<Item = BookedTime> {
        std::iter::once(self.time).chain(self.target())
    }

    /// A time with a new number, and the number.
    pub fn next_time(&self, span: TimeSpan) -> BookedTime {
        BookedTime { span, number: self.last_number + 1 }
    }

    /// The time that the booking is being moved to.
    pub fn target(&self) -> Option<BookedTime> {
        match &self.unfinished {
            Some(Unfinished { kind: UnfinishedKind::Move { target, .. }, .. }) => Some(*target),
            _ => None,
        }
    }

    /// The record after its move, without the change that tells of it. `None`: it is not being moved.
    pub fn moved(&self) -> Option<Self> {
        let Some(Unfinished { kind: UnfinishedKind::Move { target, content }, .. }) = &self.unfinished else {
            return None;
        };
        let content = content.as_deref().unwrap_or(&self.content).clone();
        Some(Self { time: *target, content, unfinished: None, ..self.clone() })
    }

    /// Whether the contents of the booking, before and after an unfinished move, fit into one item of the store.
    pub fn fits(&self) -> bool {
        let moved = match &self.unfinished {
            Some(Unfinished { kind: UnfinishedKind::Move { content, .. }, .. }) => content.as_deref(),
            _ => None,
        };
        let contents = [Some(&self.content), moved].into_iter().flatten();
        contents.map(BookingContent::json_bytes).sum::<usize>() <= MAX_CONTENT_BYTES
    }

    /// Whether the booking was claimed, and is not over: a request may still rely on its times.
    pub fn has_time(&self, member: &EmailAddress, time: BookedTime) -> bool {
        self.event.state != State::Deleted && self.members.contains(member) && self.times().any(|own| own == time)
    }

    /// The next change.
    pub fn next_change(&self, kind: ChangeKind, by: Actor, at: DateTime<Utc>, reason: Option<String>) -> Change {
        Change { sequence: self.change.sequence + 1, kind, by, at, reason }
    }

    /// The record, kept until the tenant's retention after the booking's end is over. `now`: the time of the write.
    #[must_use]
    pub fn kept_for(self, now: DateTime<Utc>, retention: TimeDelta) -> Self {
        let end = self.times().map(|time| time.span.end()).max().unwrap_or(now);
        Self { kept_until: end.max(now) + retention, ..self }
    }

    /// The keys of its entries, in the ledgers of its members.
    pub fn entries(&self, id: BookingId) -> Vec<(EmailAddress, EntryKey)> {
        let keys = self.times().map(|time| EntryKey { booking: id, time });
        keys.flat_map(|key| self.members.iter().map(move |member| (member.clone(), key))).collect()
    }
}
