//! The record of an appointment: the copies of all mailboxes, and the lock on them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::event::{Record, State, TRACE_LIFE, forget_event_at};
use crate::domain::{EmailAddress, ExternalId, Fingerprint, TenantId};

/// Identifies an appointment's record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppointmentKey {
    pub tenant: TenantId,
    pub id: ExternalId,
}

/// What a request is about to do, written together with its lock before it does anything (a write-ahead intent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Creates a copy in each mailbox that has none.
    Create(Placement),
    /// Creates or changes the copy of each mailbox, and deletes the copies of all other mailboxes.
    Update(Placement),
    /// Deletes every copy.
    Delete,
}

impl Intent {
    /// When the copies end that it creates or changes, UTC.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Create(placement) | Self::Update(placement) => placement.ends_at,
            Self::Delete => None,
        }
    }
}

/// Which mailboxes get a copy of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Random. The incarnations of the copies created under it derive from it.
    pub incarnation: Uuid,
    /// The content of the copies.
    pub payload: Fingerprint,
    pub mailboxes: BTreeSet<EmailAddress>,
    /// When the copies end, UTC. `None` if it was stored before ends were.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Placement {
    /// The incarnation of a mailbox's copy that is created under this placement.
    pub fn incarnation_of(&self, mailbox: &EmailAddress) -> Uuid {
        Uuid::new_v5(&self.incarnation, mailbox.folded().as_bytes())
    }
}

/// A request's lock on an appointment: only its holder changes the copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Until when its holder may be running at the latest, UTC.
    pub expires: DateTime<Utc>,
    /// What its holder is about to do, until the copies' records say so.
    pub intent: Option<Intent>,
}

/// The record of one appointment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentRecord {
    /// The fencing token of the write that wrote last. See [`next_token`](super::event::next_token).
    pub token: Uuid,
    pub lock: Option<Lock>,
    /// The copies, by mailbox. A deleted copy has no entry.
    pub copies: BTreeMap<EmailAddress, Record>,
    /// When the last copy ends, UTC, or later: an update to an earlier end leaves it as it is. `None` if the record was stored
    /// before ends were, and if it is over.
    pub ends_at: Option<DateTime<Utc>>,
    /// Until when a repeated delete succeeds, UTC, if the appointment was deleted.
    pub deleted_until: Option<DateTime<Utc>>,
}

/// The most that a copy takes besides its mailbox's address, in bytes. Most of it is the event's id.
const MAX_COPY_BYTES: usize = 300;
/// The most that all copies may take, in bytes. An item may have 400 KiB (source: Amazon DynamoDB, "Constraints").
const MAX_BYTES: usize = 390 * 1024;

impl AppointmentRecord {
    /// Whether the appointment does not exist (it was deleted, or nothing was created) and has no lock. A deleted one may still
    /// have copies to delete, in mailboxes that do not exist at present.
    pub fn is_over(&self) -> bool {
        let all_deleting = || self.copies.values().all(|copy| copy.state == State::Deleting);
        self.lock.is_none() && (self.copies.is_empty() || self.deleted_until.is_some() && all_deleting())
    }

    /// When the record may be removed by the store: one that is over after its tombstone, any other one after its copies. `None`:
    /// the end of the copies is unknown. `now`: the time of the write; `record_life`: see [`forget_event_at`].
    pub fn forget_at(&self, now: DateTime<Utc>, record_life: TimeDelta) -> Option<DateTime<Utc>> {
        if !self.is_over() {
            let intended = self.lock.as_ref().and_then(|lock| lock.intent.as_ref()?.ends_at());
            return self.ends_at.max(intended).map(|end| forget_event_at(end, now, record_life));
        }
        let trace = now + TRACE_LIFE;
        Some(self.deleted_until.map_or(trace, |end| end.max(trace)))
    }

    /// Whether it fits into an item when each copy has all that a copy can have.
    pub fn fits(&self) -> bool {
        self.copies.keys().map(|mailbox| mailbox.folded().len() + MAX_COPY_BYTES).sum::<usize>() <= MAX_BYTES
    }

    /// The record with a lock.
    #[must_use]
    pub fn locked(self, token: Uuid, lock: Lock) -> Self {
        Self { token, lock: Some(lock), ..self }
    }

    /// The record with its lock's intent applied to each copy: a copy that the holder may have begun to create is creating, one
    /// that it may have begun to delete is deleting, and one that it may have begun to change has no known content.
    #[must_use]
    pub fn apply_intent(mut self) -> Self {
        let Some(Lock { expires, intent }) = &mut self.lock else { return self };
        let (token, expires) = (self.token, *expires);
        let Some(intent) = intent.take() else { return self };
        self.ends_at = self.ends_at.max(intent.ends_at());
        for (mailbox, copy) in &mut self.copies {
            // A copy that an earlier request was creating or deleting stays so until its outcome is known.
            if copy.state != State::Active {
                continue;
            }
            match &intent {
                Intent::Create(_) => {}
                Intent::Update(placement) if placement.mailboxes.contains(mailbox) => copy.payload = None,
                Intent::Update(_) | Intent::Delete => {
                    (copy.state, copy.token, copy.claim_expires) = (State::Deleting, token, expires);
                }
            }
        }
        if let Intent::Create(placement) | Intent::Update(placement) = &intent {
            for mailbox in &placement.mailboxes {
                self.copies.entry(mailbox.clone()).or_insert_with(|| {
                    let incarnation = placement.incarnation_of(mailbox);
                    Record::claim(placement.payload.clone(), mailbox.clone(), incarnation, token, expires)
                });
            }
        }
        self
    }
}

/// A request on an appointment's record.
#[derive(Debug, Clone)]
pub enum AppointmentRequest {
    /// Stores a lock without knowing the record: to create, if there is no record or it [is over](AppointmentRecord::is_over);
    /// to update or delete, if there are copies and no lock. The token must be greater than the stored one. `Done` returns the
    /// record as it was.
    Acquire { token: Uuid, lock: Lock },
    /// Stores `next` if `expected` is still the stored token.
    Replace { expected: Uuid, next: Box<AppointmentRecord> },
}

#[cfg(test)]
mod tests;
