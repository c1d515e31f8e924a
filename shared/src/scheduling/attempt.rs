//! One request's attempt at a record: its conditional writes, and telling one's own from a rival's.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Scheduler,
    record::{Record, RecordKey, RecordsError, State, Write},
};
use crate::{
    call::CallContext,
    domain::{EmailAddress, Marker, MeetingId},
    problem::Problem,
};

/// Claims outlive their owner by this much, for clocks that differ between machines.
pub const MARGIN: Duration = Duration::from_secs(1);
/// How long a tombstone is kept: a repeated delete is a success for as long.
const TOMBSTONE_LIFE: chrono::Duration = chrono::Duration::days(30);
/// How often one request looks again after losing a race. Each loss means that another request got on.
pub(super) const ROUNDS: usize = 8;

/// One request working on one id.
///
/// Every claim it makes on the record has an attempt id of its own. It tells a write that the SDK repeated after a lost
/// answer from a rival's. Attempt ids sort by the time they were minted, and a claim gives way to any that is not older:
/// so a repeat that arrives late takes no effect, whether it meets what this request wrote after it, which keeps the
/// claim's attempt id, or what others have made of the id since.
pub(super) struct Attempt<'a> {
    pub scheduler: &'a Scheduler,
    pub call: &'a CallContext,
    pub key: RecordKey,
}

/// What a conditional write came to, one's own repeated write counting as done.
pub(super) enum Outcome {
    /// Stored; with what stood there before, where the store told.
    Mine(Option<Box<Record>>),
    /// Another request was faster; what stands there now.
    Rival(Option<Box<Record>>),
}

impl Scheduler {
    /// Begins work on an id.
    pub(super) fn attempt<'a>(&'a self, call: &'a CallContext, id: &MeetingId) -> Attempt<'a> {
        let key = RecordKey { tenant: self.tenant.id.clone(), id: id.clone() };
        Attempt { scheduler: self, call, key }
    }
}

impl Attempt<'_> {
    /// The wall clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.scheduler.clock)()
    }

    /// Until when this request may hold a claim: past the moment the platform has killed it.
    pub fn claim_expires(&self) -> DateTime<Utc> {
        self.call.deadline.killed_at() + MARGIN
    }

    /// What a record's event carries.
    pub fn marker(&self, record: &Record) -> Marker {
        record.marker(&self.key)
    }

    /// The record as it is.
    pub async fn read(&self) -> Result<Option<Record>, Problem> {
        let read = self.scheduler.records.read(&self.key);
        self.call.deadline.work(read).await.ok_or_else(Problem::timed_out)?.map_err(unavailable)
    }

    /// Stores a fresh claim where nothing or a tombstone stands.
    pub async fn claim(&self, claim: &Record) -> Result<Outcome, Problem> {
        let write = self.scheduler.records.claim(&self.key, claim);
        outcome(self.call.deadline.work(write).await, claim)
    }

    /// Replaces a record that was read, at the beginning of work.
    pub async fn replace(&self, expected: &Record, next: &Record) -> Result<Outcome, Problem> {
        let write = self.scheduler.records.replace(&self.key, expected, next);
        outcome(self.call.deadline.work(write).await, next)
    }

    /// Replaces one's own record at the end of work, in the time kept back for it.
    pub async fn close(&self, expected: &Record, next: &Record) -> Result<Outcome, Problem> {
        let write = self.scheduler.records.replace(&self.key, expected, next);
        outcome(self.call.deadline.closing(write).await, next)
    }

    /// Removes a record that was read. A removal that was repeated after a lost answer finds nothing, as was wanted; and
    /// if another request was faster, the record is that one's business.
    pub async fn remove(&self, expected: &Record) -> Result<(), Problem> {
        let write = self.scheduler.records.remove(&self.key, expected);
        outcome(self.call.deadline.closing(write).await, expected).map(drop)
    }

    /// Turns an active record into a deleting one, and tells it as it is then; or what stands there instead.
    pub async fn claim_delete(&self, organizer: &EmailAddress) -> Result<Result<Record, Option<Box<Record>>>, Problem> {
        let id = Uuid::now_v7();
        let write = self.scheduler.records.claim_delete(&self.key, organizer, id, self.claim_expires());
        match self.call.deadline.work(write).await {
            Some(Ok(Write::Done(Some(before)))) => {
                Ok(Ok(Record { state: State::Deleting, attempt: id, claim_expires: self.claim_expires(), ..*before }))
            }
            Some(Ok(Write::Conflict(Some(met)))) if met.attempt == id => Ok(Ok(*met)),
            Some(Ok(Write::Done(None))) => Err(Problem::internal("a delete claim told no record")),
            Some(Ok(Write::Conflict(met))) => Ok(Err(met)),
            Some(Err(error)) => Err(unavailable(error)),
            None => Err(Problem::timed_out().caused_by("a record write was not answered in time")),
        }
    }

    /// The record with this request as its new holder.
    pub fn held(&self, record: &Record) -> Record {
        Record { attempt: Uuid::now_v7(), claim_expires: self.claim_expires(), ..record.clone() }
    }

    /// The tombstone of a record.
    pub fn tombstone(&self, record: &Record) -> Record {
        Record {
            state: State::Deleted,
            forget_at: Some(self.now() + TOMBSTONE_LIFE),
            event: None,
            unsettled_until: None,
            unanswered: 0,
            inconclusive: 0,
            ..record.clone()
        }
    }

    /// How long until a claim's holder is gone.
    pub fn wait_for(&self, time: DateTime<Utc>) -> Problem {
        Problem::in_progress((time - self.now()).to_std().unwrap_or_default())
    }
}

fn outcome(write: Option<Result<Write, RecordsError>>, next: &Record) -> Result<Outcome, Problem> {
    match write {
        Some(Ok(Write::Done(previous))) => Ok(Outcome::Mine(previous)),
        Some(Ok(Write::Conflict(Some(met)))) if met.attempt == next.attempt && met.incarnation == next.incarnation => {
            Ok(Outcome::Mine(None))
        }
        Some(Ok(Write::Conflict(met))) => Ok(Outcome::Rival(met)),
        Some(Err(error)) => Err(unavailable(error)),
        None => Err(Problem::timed_out().caused_by("a record write was not answered in time")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: RecordsError) -> Problem {
    Problem::internal(error.to_string())
}

/// Runs an action that must not change the answer already decided: a clean-up whose failure the protocol survives.
pub(super) async fn best_effort<T>(action: impl Future<Output = Result<T, Problem>>) {
    let _ = action.await;
}
