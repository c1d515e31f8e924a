//! The transaction that claims times, and changes of the ledger without one.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::record::BookingRecord;
use crate::{
    domain::{BookingId, ConfigurationId, EmailAddress, Fingerprint},
    scheduling::records::ledger::{Entry, EntryKey, LedgerDay},
};

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
    pub checks: Vec<HoldCheck>,
    /// The time of the transaction, UTC.
    pub now: DateTime<Utc>,
}

/// What must still be true when times are claimed. A request that read it before needs no further round trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldCheck {
    /// The configuration exists in this version.
    Configuration { id: ConfigurationId, version: Uuid },
    /// The session exists and has not ended. `hash`: of its id, as the store's key has it.
    Session { hash: String },
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
    /// A key that the caller gave. It stands for one booking, even one that is cancelled.
    Given(String),
    /// The content of a request within a session.
    InSession(String),
}

/// How long a repeat of the same content is the same request.
const CONTENT_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long other keys are remembered.
const KEY_LIFE: TimeDelta = TimeDelta::hours(24);

impl ReplayKey {
    /// How long a use of the key counts.
    pub fn life(&self) -> TimeDelta {
        match self {
            Self::Content(_) => CONTENT_LIFE,
            Self::Given(_) | Self::InSession(_) => KEY_LIFE,
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
    /// The checks that failed.
    pub checks: Vec<HoldCheck>,
}

/// A change of entries without a condition on the ledger's version. Only `Add` must not be lost: it is done before a record relies on
/// the entry. Of the others, records decide.
#[derive(Debug, Clone)]
pub enum LedgerEdit {
    /// Adds the entry, with a new version, unless it is there: a person has moved the event in Outlook, which is never refused.
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
