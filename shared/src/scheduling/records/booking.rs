//! The record of a booking: its event's record, and what was booked. The record decides which times the booking has; entries of the
//! ledger only lead to it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    event::{Record, State},
    ledger::{BookedTime, Entry, EntryKey, LedgerDay},
};
use crate::domain::{BookingContent, BookingId, ConfigurationId, EmailAddress, Fingerprint, TenantId, TimeSpan};

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
    /// A change that was claimed and is not on record yet.
    pub unfinished: Option<Unfinished>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfinishedKind {
    /// The event is moved to this time.
    Move { target: BookedTime },
    /// The event of a pending booking is confirmed.
    Confirm,
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
            Some(Unfinished { kind: UnfinishedKind::Move { target }, .. }) => Some(*target),
            _ => None,
        }
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

/// A claim of an active booking, in one write that needs no read before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingClaim {
    pub purpose: Purpose,
    pub permit: Permit,
    /// The time of the claim, UTC.
    pub now: DateTime<Utc>,
    /// The fencing token. It must be greater than the record's.
    pub token: Uuid,
    pub claim_expires: DateTime<Utc>,
    /// Until when a request to the calendar may still take effect, UTC, if the claim's holder dies.
    pub in_doubt_until: DateTime<Utc>,
    pub by: Actor,
}

/// What a claim is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The record becomes a deleting one. An unfinished change does not matter any more.
    Cancel,
    /// As `Cancel`, but only for a pending booking that is not being confirmed.
    Reject,
    /// Only for a pending booking that is not being confirmed, before its start.
    Confirm,
}

/// By what a request may act on a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// A credential of the tenant.
    Tenant,
    /// The guest's secret. It permits changes only until [`BookingRecord::changeable_until`].
    GuestSalt(String),
    /// The hex SHA-256 of the organizer's secret.
    OrganizerSaltHash(String),
}

impl Permit {
    /// Whether the secret is the booking's.
    pub fn is_for(&self, record: &BookingRecord) -> bool {
        let (given, own) = match self {
            Self::Tenant => return true,
            Self::GuestSalt(salt) => (salt, &record.guest_salt),
            Self::OrganizerSaltHash(hash) => (hash, &record.organizer_salt_hash),
        };
        verify_slices_are_equal(given.as_bytes(), own.as_bytes()).is_ok()
    }

    /// Whether it permits a change at this time.
    pub fn is_in_time(&self, record: &BookingRecord, now: DateTime<Utc>) -> bool {
        !matches!(self, Self::GuestSalt(_)) || record.changeable_until().is_none_or(|until| now <= until)
    }
}

impl BookingClaim {
    /// The record with this claim. `None`: it cannot be claimed. The store has the same condition.
    pub fn apply(&self, record: &BookingRecord) -> Option<BookingRecord> {
        let event = &record.event;
        let is_open = event.state == State::Active && event.token < self.token;
        if !is_open || !self.permit.is_for(record) || !self.permit.is_in_time(record, self.now) {
            return None;
        }
        let claimed = Record { token: self.token, claim_expires: self.claim_expires, ..event.clone() };
        match self.purpose {
            Purpose::Reject | Purpose::Confirm if !record.pending || record.unfinished.is_some() => None,
            Purpose::Confirm if record.time.span.start() <= self.now => None,
            Purpose::Cancel | Purpose::Reject => {
                Some(BookingRecord { event: Record { state: State::Deleting, ..claimed }, ..record.clone() })
            }
            Purpose::Confirm => {
                let (kind, in_doubt_until) = (UnfinishedKind::Confirm, self.in_doubt_until);
                let unfinished = Some(Unfinished { kind, by: self.by, in_doubt_until });
                Some(BookingRecord { event: claimed, unfinished, ..record.clone() })
            }
        }
    }
}

/// How many items a transaction has at most (source: Amazon DynamoDB, "Constraints").
pub const MAX_HOLD_ITEMS: usize = 100;

/// A transaction that claims times: the record, and the ledgers of all days that the time touches.
#[derive(Debug, Clone)]
pub struct Hold {
    /// The record to be stored. Its fencing token identifies the transaction.
    pub record: BookingRecord,
    /// The version that it replaces. `None`: the booking is new.
    pub expected: Option<Box<BookingRecord>>,
    pub days: Vec<DayHold>,
    /// Keys by which a repeat of the request is recognized.
    pub replay_keys: Vec<ReplayHold>,
    /// The host's turn in a round-robin.
    pub turn: Option<TurnHold>,
}

/// The ledger of one member and day within a hold. It must still have the version that was read.
#[derive(Debug, Clone)]
pub struct DayHold {
    pub read: LedgerDay,
    /// `None`: only checked, because the buffers touch the day and the booking does not.
    pub entry: Option<Entry>,
    /// Entries that do not count any more, according to their records. The write removes them.
    pub void: Vec<EntryKey>,
}

/// What identifies repeats of one request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplayKey {
    /// The content of the request: a repeat within ten minutes is the same request.
    Content(Fingerprint),
    /// A key that the caller gave, or that stands for its session.
    Given(String),
}

/// How long a repeat of the same content is the same request.
const CONTENT_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long a given key is remembered.
const GIVEN_LIFE: TimeDelta = TimeDelta::hours(24);

impl ReplayKey {
    /// How long a use of the key counts.
    pub fn life(&self) -> TimeDelta {
        match self {
            Self::Content(_) => CONTENT_LIFE,
            Self::Given(_) => GIVEN_LIFE,
        }
    }

    /// Whether an earlier use still counts.
    pub fn counts(&self, replay: &Replay, now: DateTime<Utc>) -> bool {
        now - replay.since < self.life()
    }
}

/// What is stored about a request with a replay key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    pub payload: Fingerprint,
    pub booking: BookingId,
    /// When, UTC.
    pub since: DateTime<Utc>,
}

/// A replay key within a hold. It must be unused, or still name the booking that was read.
#[derive(Debug, Clone)]
pub struct ReplayHold {
    pub key: ReplayKey,
    pub read: Option<Replay>,
}

/// When hosts of a round-robin were booked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub host: EmailAddress,
    /// The host's latest bookings, with their time of creation (UTC).
    pub bookings: Vec<(BookingId, DateTime<Utc>)>,
}

/// How many bookings a turn keeps. If all of them are cancelled, the host counts as never booked.
pub const MAX_TURN_BOOKINGS: usize = 20;

/// The host's turn within a hold.
#[derive(Debug, Clone)]
pub struct TurnHold {
    pub host: EmailAddress,
    /// Bookings to forget, so that the item keeps at most [`MAX_TURN_BOOKINGS`].
    pub outdated: Vec<BookingId>,
}

/// The outcome of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    Done,
    /// Something has changed: nothing was written.
    Conflict(Box<Conflicts>),
    /// Other transactions are writing the same items: nothing was written, and a further attempt may succeed. If the SDK got no answer
    /// to an earlier attempt, that one may still be carried out: a further hold finds its record, replay keys and versions.
    Contended,
}

/// What has changed since it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// The record as it is. A hold that the SDK repeated finds its own token here.
    pub record: Option<Box<BookingRecord>>,
    /// The days that have another version.
    pub days: Vec<LedgerDay>,
    /// The replay keys that are in use.
    pub replays: Vec<(ReplayKey, Replay)>,
}

/// A change of entries without a condition on the ledger's version. It may be lost: records decide.
#[derive(Debug, Clone)]
pub enum LedgerEdit {
    /// Adds the entry, with a new version: a person has moved the event in Outlook, which is never refused.
    Add {
        member: EmailAddress,
        entry: Entry,
        attempt: Uuid,
    },
    /// The entry, if it exists, gets its event's id.
    Learn {
        member: EmailAddress,
        entry: Entry,
    },
    Remove {
        member: EmailAddress,
        key: EntryKey,
    },
}
