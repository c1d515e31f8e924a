//! What is on record about the copies of an appointment, and the port to where that is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    domain::{EmailAddress, Fingerprint, MeetingId, TenantId},
    scheduling::record::{Record, RecordsError, State, Write},
};

/// Which record: one for each appointment id of each tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppointmentKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The caller's id.
    pub id: MeetingId,
}

/// What a request is about to do with an id, on record before it does anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Give mailboxes a copy that have none.
    Create(Placing),
    /// Give these mailboxes a copy or change the one they have, and take the copy of every other.
    Update(Placing),
    /// Take every copy.
    Delete,
}

/// Who is to have a copy of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// Random. The copies that are made under it have incarnations that derive from it.
    pub incarnation: Uuid,
    /// What the copies are to say.
    pub payload: Fingerprint,
    /// Whose copies.
    pub mailboxes: BTreeSet<EmailAddress>,
}

impl Placing {
    /// The incarnation of a mailbox's copy, where that is made under this.
    pub fn incarnation_of(&self, mailbox: &EmailAddress) -> Uuid {
        Uuid::new_v5(&self.incarnation, mailbox.folded().as_bytes())
    }
}

/// A request's hold on an id: nobody else does anything with it meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Until when the request may run at the latest.
    pub until: DateTime<Utc>,
    /// What it is about to do, as long as that is not on record with each copy.
    pub purpose: Option<Purpose>,
}

/// The record of one appointment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentRecord {
    /// The request that wrote it last, and which of its writes. Sorts by time (UUID version 7).
    pub attempt: Uuid,
    /// The request that is at work on it, if one is.
    pub hold: Option<Hold>,
    /// The copies, each as a meeting of its own would be on record. One that is deleted is none.
    pub copies: BTreeMap<EmailAddress, Record>,
    /// Until when deleting it once more is a success, where it was deleted.
    pub deleted_until: Option<DateTime<Utc>>,
}

/// How long the trace of a claim that came to nothing is kept. No repeat of a write arrives so late.
const TRACE_LIFE: Duration = Duration::from_hours(1);

/// What a copy takes beside its mailbox's address, in bytes: the event's id is most of it.
const LARGEST_COPY: usize = 300;
/// What all copies may take, in bytes. An item may have 400 KiB (source: Amazon DynamoDB, "Constraints").
const MOST_BYTES: usize = 390 * 1024;

impl AppointmentRecord {
    /// Whether nothing stands here: it was deleted, or nothing came of it, and nobody is at work on it. A deleted one may
    /// still have copies that are to be deleted, in mailboxes that the organization does not have any more.
    pub fn is_over(&self) -> bool {
        let are_to_go = || self.copies.values().all(|copy| copy.state == State::Deleting);
        self.hold.is_none() && (self.copies.is_empty() || self.deleted_until.is_some() && are_to_go())
    }

    /// When what stands for nothing may be forgotten. `now`: when it is written.
    pub fn forget_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let trace = now + TRACE_LIFE;
        self.is_over().then(|| self.deleted_until.map_or(trace, |end| end.max(trace)))
    }

    /// Whether there is room for it where it is kept, once each copy has all that a copy can have.
    pub fn fits(&self) -> bool {
        self.copies.keys().map(|mailbox| mailbox.folded().len() + LARGEST_COPY).sum::<usize>() <= MOST_BYTES
    }

    /// A record that nobody holds, as it is once a request holds it, before that did anything.
    #[must_use]
    pub fn opened(self, attempt: Uuid, hold: Hold) -> Self {
        Self { attempt, hold: Some(hold), ..self }
    }

    /// The record with its holder's purpose told of each copy: those that it may have begun to create are being created,
    /// those that it may have begun to delete are being deleted, and of those that it may have begun to change nobody knows
    /// what they say.
    #[must_use]
    pub fn spelled_out(mut self) -> Self {
        let Some(Hold { until, purpose }) = &mut self.hold else { return self };
        let (attempt, until) = (self.attempt, *until);
        let Some(purpose) = purpose.take() else { return self };
        for (mailbox, copy) in &mut self.copies {
            let (deleted, changed) = match &purpose {
                Purpose::Create(_) => (false, false),
                Purpose::Update(placing) => {
                    let stays = placing.mailboxes.contains(mailbox);
                    (!stays, stays)
                }
                Purpose::Delete => (true, false),
            };
            // What is being created or deleted by somebody else stays so, until one finds out.
            if copy.state != State::Active {
                continue;
            }
            if deleted {
                (copy.state, copy.attempt, copy.claim_expires) = (State::Deleting, attempt, until);
            } else if changed {
                copy.payload = Fingerprint::in_doubt();
            }
        }
        if let Purpose::Create(placing) | Purpose::Update(placing) = &purpose {
            for mailbox in &placing.mailboxes {
                self.copies.entry(mailbox.clone()).or_insert_with(|| Record {
                    state: State::Creating,
                    incarnation: placing.incarnation_of(mailbox),
                    attempt,
                    claim_expires: until,
                    unsettled_until: None,
                    unanswered: 1,
                    inconclusive: 0,
                    payload: placing.payload.clone(),
                    organizer: mailbox.clone(),
                    event: None,
                    deletion: None,
                });
            }
        }
        self
    }
}

/// Where the records of appointments are kept. Every write is conditional and tells what it met.
#[async_trait]
pub trait AppointmentRecords: Send + Sync {
    /// Takes hold of an id under an attempt, without knowing what is on record: to create where there is nothing, or only
    /// what [is over](AppointmentRecord::is_over); to update or delete where there are copies and nobody holds them. An
    /// older attempt must have written last. `Done` tells what was on record before; what a purpose means for each copy is
    /// not spelled out.
    async fn open(
        &self,
        key: &AppointmentKey,
        attempt: Uuid,
        hold: &Hold,
    ) -> Result<Write<AppointmentRecord>, RecordsError>;

    /// Stores `next` if `expected` is still the attempt that wrote last.
    async fn replace(
        &self,
        key: &AppointmentKey,
        expected: Uuid,
        next: &AppointmentRecord,
    ) -> Result<Write<AppointmentRecord>, RecordsError>;
}

#[cfg(test)]
mod tests;
