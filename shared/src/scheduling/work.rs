//! One request's work on one id: its conditional writes, and telling its own from a rival's.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

use super::{
    Scheduler,
    record::{Deletion, Record, RecordKey, RecordsError, State, Write},
};
use crate::{
    call::CallContext,
    domain::{EmailAddress, Marker, MeetingId},
    problem::Problem,
};

/// Claims outlive their owner by this much, for clocks that differ between machines.
pub const MARGIN: Duration = Duration::from_secs(1);
/// When to ask again where the marker's index may be behind.
pub(super) const INDEX_PAUSE: Duration = Duration::from_secs(5);
/// How often one request looks again after losing a race. Each loss means that another request got on.
pub(super) const ROUNDS: usize = 8;

/// One request working on one id.
///
/// Every claim it makes on the record has an attempt id of its own. It tells a write that the SDK repeated after a lost
/// answer from a rival's. Attempt ids sort by the time they were minted, and a claim gives way to any that is not older:
/// so a repeat that arrives late takes no effect, whether it meets what this request wrote after it, which keeps the
/// claim's attempt id, or what others have made of the id since. For the same reason each claim has one write that ends
/// it: a second one under the same attempt id could be undone by a late repeat of the first.
pub(super) struct Work<'a> {
    pub scheduler: &'a Scheduler,
    pub call: &'a CallContext,
    pub key: RecordKey,
}

/// What a claim came to, one's own repeated write counting as done.
pub(super) enum Claim {
    /// This request holds the record, which is as told now.
    Held(Box<Record>),
    /// There is nothing that it could claim; what stands there.
    Met(Option<Box<Record>>),
}

/// What replacing a record came to, one's own repeated write counting as done.
pub(super) enum Outcome {
    /// Stored.
    Mine,
    /// Another request was faster; what stands there now.
    Rival(Option<Box<Record>>),
}

impl Scheduler {
    /// Begins work on an id.
    pub(super) fn work<'a>(&'a self, call: &'a CallContext, id: &MeetingId) -> Work<'a> {
        let key = RecordKey { tenant: self.tenant.id.clone(), id: id.clone(), copy_of: None };
        Work { scheduler: self, call, key }
    }
}

impl Work<'_> {
    /// The wall clock. What is to be decided by what was not found is decided by the time before one looked: later than
    /// that, it may have come to be there.
    pub fn now(&self) -> DateTime<Utc> {
        (self.scheduler.clock)()
    }

    /// Until when this request may hold a claim.
    pub fn claim_expires(&self) -> DateTime<Utc> {
        claim_expires(self.call)
    }

    /// Until when a request to the calendar that is open now may still be carried out.
    pub fn settles_at(&self) -> DateTime<Utc> {
        self.now() + self.scheduler.unsettled_for
    }

    /// Until when whatever this request sends may be carried out, should it die with it.
    pub fn all_settles_at(&self) -> DateTime<Utc> {
        self.claim_expires() + self.scheduler.unsettled_for
    }

    /// What a record's event carries.
    pub fn marker(&self, record: &Record) -> Marker {
        record.marker(&self.key)
    }

    /// The record as it is.
    pub async fn read(&self) -> Result<Option<Record>, Problem> {
        let read = self.scheduler.records.read(&self.key);
        answered(self.call.deadline.work(read).await)
    }

    /// Stores a fresh claim where nothing or a tombstone stands.
    pub async fn claim(&self, claim: Record) -> Result<Claim, Problem> {
        let write = self.scheduler.records.claim(&self.key, &claim);
        Ok(match answered(self.call.deadline.work(write).await)? {
            Write::Done(before) => {
                let deletion = before.and_then(|before| before.deletion);
                Claim::Held(Box::new(Record { deletion, ..claim }))
            }
            Write::Conflict(Some(met)) if is_own(&met, &claim) => Claim::Held(met),
            Write::Conflict(met) => Claim::Met(met),
        })
    }

    /// Turns an active record into a deleting one.
    pub async fn claim_delete(&self, organizer: &EmailAddress, above: Uuid) -> Result<Claim, Problem> {
        let (attempt, claim_expires) = (mint(above), self.claim_expires());
        let write = self.scheduler.records.claim_delete(&self.key, organizer, attempt, claim_expires);
        Ok(match answered(self.call.deadline.work(write).await)? {
            Write::Done(Some(before)) => {
                Claim::Held(Box::new(Record { state: State::Deleting, attempt, claim_expires, ..*before }))
            }
            Write::Done(None) => return Err(Problem::internal("a delete claim told no record")),
            Write::Conflict(Some(met)) if met.attempt == attempt => Claim::Held(met),
            Write::Conflict(met) => Claim::Met(met),
        })
    }

    /// Replaces a record that was read, at the beginning of work.
    pub async fn replace(&self, expected: &Record, next: &Record) -> Result<Outcome, Problem> {
        let write = self.scheduler.records.replace(&self.key, expected, next);
        Ok(outcome(answered(self.call.deadline.work(write).await)?, next))
    }

    /// Replaces one's own record at the end of work, in the time kept back for it.
    pub async fn close(&self, expected: &Record, next: &Record) -> Result<Outcome, Problem> {
        let write = self.scheduler.records.close(&self.key, expected, next);
        Ok(outcome(answered(self.call.deadline.closing(write).await)?, next))
    }

    /// Takes a claim back of which it is certain that nothing came: what it replaced stands there again, a tombstone or
    /// nothing. Should that fail, the claim lapses like any other.
    pub async fn release(&self, claim: &Record) {
        let write = self.scheduler.records.remove(&self.key, claim);
        best_effort(async { answered(self.call.deadline.closing(write).await) }).await;
    }

    /// The record with this request as its new holder.
    pub fn held(&self, record: &Record) -> Record {
        Record { attempt: mint(record.attempt), claim_expires: self.claim_expires(), ..record.clone() }
    }

    /// The record with its claim ended: anybody may go on with it.
    pub fn let_go(&self, record: &Record) -> Record {
        Record { claim_expires: self.now(), ..record.clone() }
    }

    /// The tombstone of a record.
    pub fn tombstone(&self, record: &Record) -> Record {
        Record {
            state: State::Deleted,
            deletion: Some(self.deletion(record)),
            event: None,
            unsettled_until: None,
            unanswered: 0,
            inconclusive: 0,
            ..record.clone()
        }
    }

    /// That a record's meeting is deleted as of now.
    pub fn deletion(&self, record: &Record) -> Deletion {
        Deletion { organizer: record.organizer.clone(), until: self.now() + self.scheduler.tenant.tombstone_life() }
    }

    /// What to answer with after `problem`, where a request to create the event of `record` may still be carried out. Callers
    /// do not repeat what was refused for good, and would not learn of the event: so they are asked to repeat the call.
    /// `asked_at`: the time before the problem was found.
    pub fn while_open(&self, record: &Record, asked_at: DateTime<Utc>, problem: impl Into<Problem>) -> Problem {
        let problem = problem.into();
        let is_open = record.unanswered > 0 || record.inconclusive > 0;
        let may_land = is_open && asked_at < record.settles_at(self.scheduler.unsettled_for);
        if may_land && !problem.asks_for_repeat() { problem.with_open_outcome() } else { problem }
    }

    /// Asks the caller to come back at a time: when a claim ends, or when nothing can appear any more.
    pub fn wait_for(&self, time: DateTime<Utc>) -> Problem {
        wait_for(time, self.now())
    }
}

/// Until when a request may hold a claim: past the moment the platform has killed it.
pub(super) fn claim_expires(call: &CallContext) -> DateTime<Utc> {
    call.deadline.killed_at() + MARGIN
}

/// Asks the caller to come back at a time.
pub(super) fn wait_for(time: DateTime<Utc>, now: DateTime<Utc>) -> Problem {
    Problem::in_progress((time - now).to_std().unwrap_or_default())
}

/// A new attempt id that sorts after one, also where that was minted by a clock that is ahead of ours.
pub(super) fn mint(above: Uuid) -> Uuid {
    let now = Uuid::now_v7();
    match above.get_timestamp().map(|time| time.to_unix()) {
        Some((seconds, nanos)) if now <= above => {
            let next = Duration::new(seconds, nanos) + Duration::from_millis(1);
            Uuid::new_v7(Timestamp::from_unix(NoContext, next.as_secs(), next.subsec_nanos()))
        }
        _ => now,
    }
}

fn is_own(met: &Record, written: &Record) -> bool {
    met.attempt == written.attempt && met.incarnation == written.incarnation
}

fn outcome(write: Write, next: &Record) -> Outcome {
    match write {
        Write::Done(_) => Outcome::Mine,
        Write::Conflict(Some(met)) if is_own(&met, next) => Outcome::Mine,
        Write::Conflict(met) => Outcome::Rival(met),
    }
}

/// The store's answer; of a write that was not answered it is unknown whether it took effect.
pub(super) fn answered<T>(answer: Option<Result<T, RecordsError>>) -> Result<T, Problem> {
    match answer {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(RecordsError::Unavailable(cause))) => Err(Problem::unavailable(cause)),
        Some(Err(RecordsError::Internal(cause))) => Err(Problem::internal(cause)),
        None => Err(Problem::timed_out().caused_by("the store did not answer in time")),
    }
}

/// Runs an action that must not change the answer already decided: a clean-up whose failure the protocol survives.
pub(super) async fn best_effort<T>(action: impl Future<Output = Result<T, Problem>>) {
    let _ = action.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_sort_after_what_they_meet() {
        let now = Uuid::now_v7();
        let ahead = Uuid::new_v7(Timestamp::from_unix(NoContext, 4_000_000_000, 999_999_999));
        for above in [Uuid::nil(), now, ahead, mint(ahead)] {
            let (one, two) = (mint(above), mint(above));
            assert!(one > above && two > above && one != two, "{above}: {one}, {two}");
            assert_eq!(one.get_version_num(), 7);
        }
    }
}
