//! What is on record about a meeting, and the port to where records are kept.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    calendar::EventId,
    domain::{EmailAddress, Fingerprint, Marker, MeetingId, TenantId},
};

/// Which record: one for each meeting id of each tenant, and one for each copy of each appointment. Ids of meetings and
/// of appointments have nothing to do with one another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The caller's id.
    pub id: MeetingId,
    /// Of an appointment: whose copy.
    pub copy_of: Option<EmailAddress>,
}

/// Where a meeting is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Claimed; its event may or may not exist.
    Creating,
    /// Its event is in the calendar.
    Active,
    /// Its event is being deleted.
    Deleting,
    /// Nothing stands here any more. A tombstone, where `deletion` tells of a meeting that was deleted; otherwise the trace
    /// of a claim that came to nothing, as good as no record.
    Deleted,
}

/// One meeting's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it is in its life.
    pub state: State,
    /// Random; minted by each fresh claim, so that a re-created meeting never shares it.
    pub incarnation: Uuid,
    /// The request that wrote the record last. Sorts by time (UUID version 7).
    pub attempt: Uuid,
    /// Until when the request that holds a creating or deleting record may still run.
    pub claim_expires: DateTime<Utc>,
    /// Until when an ambiguous attempt to create the event may still take effect. Absent while every attempt ended
    /// definitely.
    pub unsettled_until: Option<DateTime<Utc>>,
    /// How many requests to create this incarnation's event may still be carried out: sent, or about to be sent by the
    /// holder, and never answered, or answered with a failure of the service's own.
    pub unanswered: u32,
    /// How many are over and may have left an event all the same: the service did not say whether it had created one, or it
    /// had, and that could not be put on record.
    pub inconclusive: u32,
    /// What was asked for when it was created; updates do not change it.
    pub payload: Fingerprint,
    /// Whose calendar holds the event.
    pub organizer: EmailAddress,
    /// The event, once it is known.
    pub event: Option<EventId>,
    /// The deletion that this id saw last, on a tombstone. A claim on the id keeps it in mind for the case that nothing
    /// comes of it.
    pub deletion: Option<Deletion>,
}

/// That a meeting was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Whose meeting it was.
    pub organizer: EmailAddress,
    /// Until when deleting it again is a success.
    pub until: DateTime<Utc>,
}

/// How much longer than the claim itself, and than its last write, the trace of one that came to nothing is kept. No
/// repeat of a write arrives so late.
const TRACE_LIFE: Duration = Duration::from_hours(1);

impl Record {
    /// Whether a claim has outlived the request that made it.
    pub fn expired(&self, now: DateTime<Utc>) -> bool {
        self.claim_expires <= now
    }

    /// Until when an attempt to create may still take effect. A claim whose owner vanished without a word counts from
    /// the last moment that owner can have lived.
    pub fn settles_at(&self, settle_window: Duration) -> DateTime<Utc> {
        self.unsettled_until.unwrap_or(self.claim_expires + settle_window)
    }

    /// Until when an event of this incarnation may still appear that nobody has seen, if one may.
    pub fn may_still_land(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.unsettled_until.filter(|end| self.unanswered > 0 && now < *end)
    }

    /// The record with nothing left open about its event.
    #[must_use]
    pub fn settled(self) -> Self {
        Self { unanswered: 0, inconclusive: 0, unsettled_until: None, ..self }
    }

    /// When what stands for nothing may be forgotten. `now`: when it is written. The deletion that it tells of may be long
    /// over; what was written just now is kept all the same, for a repeat of a write that arrives late.
    pub fn forget_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let trace = self.claim_expires.max(now) + TRACE_LIFE;
        let end = self.deletion.as_ref().map_or(trace, |deletion| deletion.until.max(trace));
        (self.state == State::Deleted).then_some(end)
    }

    /// What its event carries.
    pub fn marker(&self, key: &RecordKey) -> Marker {
        match &key.copy_of {
            Some(mailbox) => Marker::of_copy(&key.tenant, &key.id, mailbox, self.incarnation),
            None => Marker::of_meeting(&key.tenant, &key.id, self.incarnation),
        }
    }
}

/// How a conditional write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write<T = Record> {
    /// It is stored; what stood there before, where the store tells.
    Done(Option<Box<T>>),
    /// The condition failed; what stands there instead. A write that was retried after a lost answer sees itself here.
    Conflict(Option<Box<T>>),
}

/// The store failed; whether a write took effect is unknown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecordsError {
    /// It throttles, fails or does not answer, which passes by itself.
    #[error("{0}")]
    Unavailable(String),
    /// It refuses, or holds something that is not understood, until an operator changes something.
    #[error("{0}")]
    Internal(String),
}

/// Where records are kept. Reads are consistent; every write is conditional and tells what it met.
#[async_trait]
pub trait MeetingRecords: Send + Sync {
    /// The record, if there is one.
    async fn read(&self, key: &RecordKey) -> Result<Option<Record>, RecordsError>;

    /// Stores a fresh claim where there is no record, or only a deleted one of an older attempt, whose deletion the claim
    /// keeps in mind.
    async fn claim(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError>;

    /// Stores `next` if the record is still of `expected`'s incarnation and attempt.
    async fn replace(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError>;

    /// Like `replace`, by a request that writes nothing after it.
    async fn close(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        self.replace(key, expected, next).await
    }

    /// Takes a claim back if the record is still of `expected`'s incarnation and attempt. A tombstone is left where the claim
    /// has a deletion in mind, and otherwise a trace that is as good as no record: a repeat of the claim that arrives late
    /// meets its own attempt id.
    async fn remove(&self, key: &RecordKey, expected: &Record) -> Result<Write, RecordsError>;

    /// Turns an active record of this organizer into a deleting one held by `attempt`, if an older attempt wrote it last.
    /// `Done` tells the record as it was before.
    async fn claim_delete(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        attempt: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError>;

    /// Waits before a request is sent again.
    async fn pause(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}
