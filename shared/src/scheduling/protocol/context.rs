//! What one run of the protocol works with: whose request it is, which record, how long, and the effects. The requests to
//! record store and calendar are here in the terms of the protocol.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    effects::Effects,
    errors::{self, answered, best_effort},
};
use crate::{
    calendar::{CalendarError, Detail, Event, Reply, Request, WrittenEvent},
    call::CallContext,
    clock::Clock,
    domain::{EmailAddress, EventChange, EventId, Fingerprint, Marker, NewEvent, PlainText},
    problem::Problem,
    scheduling::{
        SchedulingError,
        records::{
            Write,
            event::{Deletion, Record, RecordKey, State, next_token},
            requests::RecordRequest,
        },
    },
};

/// Claims expire this much later than their holder is killed, since clocks of machines differ.
pub const CLOCK_MARGIN: Duration = Duration::from_secs(1);
/// How often one run starts over after it lost a race. Each loss means that another request made progress.
pub const MAX_ATTEMPTS: usize = 8;

/// How long things last, and the clock.
#[derive(Debug, Clone)]
pub struct Timing {
    /// How long after an ambiguous answer an event may still appear.
    pub doubt_window: Duration,
    /// How long a repeated delete succeeds.
    pub tombstone_life: TimeDelta,
    /// The wall clock, UTC.
    pub clock: Clock,
}

/// How a kind of event uses the calendar.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is independent of the others")]
pub struct Profile {
    /// How much of an event is read.
    pub detail: Detail,
    /// Whether a change of the body keeps an online meeting's join block, which takes a read before the change.
    pub keep_join_block: bool,
    /// Whether an update replaces the content on record. Then a duplicate, which has the content of the creation, may differ from
    /// the record.
    pub update_replaces_payload: bool,
    /// Whether a delete whose mailbox does not exist stays to be finished. Otherwise the event becomes active again.
    pub delete_outlives_mailbox: bool,
    /// Whether the record keeps the id that all copies of the event share.
    pub keeps_uid: bool,
}

/// One run of the protocol, on one record.
pub struct Context<'a> {
    pub effects: Effects,
    pub call: &'a CallContext,
    pub key: RecordKey,
    pub timing: &'a Timing,
    pub profile: Profile,
    /// What the attendees are told if this run deletes the event.
    pub cancellation: Option<PlainText>,
}

/// The outcome of a claim. A repeat of the own write counts as acquired.
pub enum Claim {
    /// This request holds the record.
    Acquired(Box<Record>),
    /// The record cannot be claimed in its present state.
    Conflict(Option<Box<Record>>),
}

/// The outcome of replacing a record. A repeat of the own write counts as written.
pub enum Replaced {
    Written,
    /// Another request was faster: the record as it is now.
    Conflict(Option<Box<Record>>),
}

impl Context<'_> {
    /// The wall clock. A conclusion from "not found" uses the time before the search: an event may appear after it.
    pub fn now(&self) -> DateTime<Utc> {
        self.timing.clock.now()
    }

    /// When a claim made now expires: after the platform has killed this request.
    pub fn claim_expires(&self) -> DateTime<Utc> {
        claim_expires(self.call)
    }

    /// Until when a create request that is outstanding now may take effect.
    pub fn doubt_ends_at(&self) -> DateTime<Utc> {
        self.now() + self.timing.doubt_window
    }

    /// Until when anything that this request sends may take effect, should this process die right after sending it.
    pub fn all_doubt_ends_at(&self) -> DateTime<Utc> {
        self.claim_expires() + self.timing.doubt_window
    }

    pub fn marker(&self, record: &Record) -> Marker {
        record.marker(&self.key)
    }

    /// A claim for a new event, with a token greater than `after`.
    pub fn new_claim(&self, event: &NewEvent, payload: &Fingerprint, after: Uuid) -> Record {
        let (incarnation, token) = (Uuid::new_v4(), next_token(after));
        let claim = Record::claim(payload.clone(), event.organizer.clone(), incarnation, token, self.claim_expires());
        Record { ends_at: Some(event.span.end()), ..claim }
    }

    /// The record, claimed by this request.
    pub fn with_claim(&self, record: &Record) -> Record {
        Record { token: next_token(record.token), claim_expires: self.claim_expires(), ..record.clone() }
    }

    /// The record with its claim expired: another request may go on at once.
    pub fn with_expired_claim(&self, record: &Record) -> Record {
        Record { claim_expires: self.now(), ..record.clone() }
    }

    pub fn tombstone(&self, record: &Record) -> Record {
        let deletion = Some(self.deletion(record));
        Record { state: State::Deleted, deletion, event: None, ends_at: None, ..record.clone().without_doubt() }
    }

    /// The deletion of a record's event at this time.
    pub fn deletion(&self, record: &Record) -> Deletion {
        Deletion { organizer: record.organizer.clone(), until: self.now() + self.timing.tombstone_life }
    }

    /// The error to answer with. A create request of this record may still take effect, though, if it was outstanding at
    /// `asked_at`, the time before the error occurred. Then a definite refusal becomes a request to repeat the call: callers
    /// do not repeat after a refusal, and would never learn of the event.
    pub fn unless_in_doubt(
        &self,
        record: &Record,
        asked_at: DateTime<Utc>,
        error: impl Into<SchedulingError>,
    ) -> SchedulingError {
        let error = error.into();
        let is_open = record.outstanding_creates > 0 || record.ambiguous_creates > 0;
        let may_appear = is_open && asked_at < record.doubt_ends_at(self.timing.doubt_window);
        if may_appear && !error.asks_for_repeat() { error.with_unknown_result() } else { error }
    }

    /// Asks the caller to repeat at a time.
    pub fn retry_at(&self, time: DateTime<Utc>) -> SchedulingError {
        errors::retry_at(time, self.now())
    }
}

/// The record store.
impl Context<'_> {
    pub async fn read_record(&self) -> Result<Option<Record>, SchedulingError> {
        let read = self.effects.record(RecordRequest::Read);
        current(answered(self.call.deadline.work(read).await)?)
    }

    /// Reads the record before a change of its event to this end, and extends the record's life to it: see
    /// [`RecordRequest::ReadAndExtend`]. The returned record has the later one of both ends, so that the request's further writes
    /// keep it.
    pub async fn read_and_extend_record(
        &self,
        organizer: &EmailAddress,
        ends_at: DateTime<Utc>,
    ) -> Result<Option<Record>, SchedulingError> {
        let read = self.effects.record(RecordRequest::ReadAndExtend { organizer: organizer.clone(), ends_at });
        let (Write::Done(found) | Write::Conflict(found)) = answered(self.call.deadline.work(read).await)?;
        Ok(found.map(|found| Record { ends_at: found.ends_at.max(Some(ends_at)), ..*found }))
    }

    /// Reads the record after the time for work is over, in the time reserved for last writes.
    pub async fn read_record_closing(&self) -> Result<Option<Record>, SchedulingError> {
        let read = self.effects.record(RecordRequest::Read);
        current(answered(self.call.deadline.closing(read).await)?)
    }

    /// Claims the id for a new event.
    pub async fn claim(&self, claim: Record) -> Result<Claim, SchedulingError> {
        let write = self.effects.record(RecordRequest::Claim(Box::new(claim.clone())));
        Ok(match answered(self.call.deadline.work(write).await)? {
            Write::Done(before) => {
                let deletion = before.and_then(|before| before.deletion);
                Claim::Acquired(Box::new(Record { deletion, ..claim }))
            }
            Write::Conflict(Some(found)) if found.is_version_of(&claim) => Claim::Acquired(found),
            Write::Conflict(found) => Claim::Conflict(found),
        })
    }

    /// Claims an active record for deleting.
    pub async fn claim_delete(&self, organizer: &EmailAddress, after: Uuid) -> Result<Claim, SchedulingError> {
        let (token, claim_expires) = (next_token(after), self.claim_expires());
        let claim = RecordRequest::ClaimDelete { organizer: organizer.clone(), token, claim_expires };
        Ok(match answered(self.call.deadline.work(self.effects.record(claim)).await)? {
            Write::Done(Some(before)) => {
                Claim::Acquired(Box::new(Record { state: State::Deleting, token, claim_expires, ..*before }))
            }
            Write::Done(None) => return Err(Problem::internal("a delete claim returned no record").into()),
            Write::Conflict(Some(found)) if found.token == token => Claim::Acquired(found),
            Write::Conflict(found) => Claim::Conflict(found),
        })
    }

    /// Replaces a record, with more work to follow.
    pub async fn replace(&self, expected: &Record, next: &Record) -> Result<Replaced, SchedulingError> {
        let write = self.effects.record(replacement(expected, next, false));
        Ok(replaced(answered(self.call.deadline.work(write).await)?, next))
    }

    /// Replaces a record as the last write of this run, in the time reserved for it.
    pub async fn replace_last(&self, expected: &Record, next: &Record) -> Result<Replaced, SchedulingError> {
        let write = self.effects.record(replacement(expected, next, true));
        Ok(replaced(answered(self.call.deadline.closing(write).await)?, next))
    }

    /// Withdraws a claim that certainly created nothing. If that fails, the claim expires like any other.
    pub async fn release(&self, claim: &Record) {
        let write = self.effects.record(RecordRequest::Release(Box::new(claim.clone())));
        best_effort(async { answered(self.call.deadline.closing(write).await) }).await;
    }
}

/// The calendar.
impl Context<'_> {
    pub async fn create_event(&self, event: &NewEvent, claim: &Record) -> Result<WrittenEvent, CalendarError> {
        let (event, transaction_id, marker) = (event.clone(), claim.incarnation, self.marker(claim));
        written(self.effects.calendar(Request::Create { event, transaction_id, marker }).await?)
    }

    pub async fn change_event(
        &self,
        mailbox: &EmailAddress,
        event: &EventId,
        change: &EventChange,
    ) -> Result<WrittenEvent, CalendarError> {
        let (mailbox, event, change) = (mailbox.clone(), event.clone(), change.clone());
        let keep_join_block = self.profile.keep_join_block;
        written(self.effects.calendar(Request::Change { mailbox, event, change, keep_join_block }).await?)
    }

    pub async fn delete_event(&self, mailbox: &EmailAddress, event: &EventId) -> Result<(), CalendarError> {
        let (mailbox, event, comment) = (mailbox.clone(), event.clone(), self.cancellation.clone());
        self.effects.calendar(Request::Delete { mailbox, event, comment }).await.map(drop)
    }

    /// The events that carry a record's marker, oldest first, as far as the calendar's index shows them.
    pub async fn find(&self, record: &Record) -> Result<Vec<EventId>, CalendarError> {
        let (mailbox, marker) = (record.organizer.clone(), self.marker(record));
        match self.effects.calendar(Request::Find { mailbox, marker }).await? {
            Reply::Found(found) => Ok(found),
            _ => Err(wrong_reply()),
        }
    }

    /// An event as the calendar shows it now. `None`: the calendar answers that there is no such event.
    pub async fn read_event(&self, mailbox: &EmailAddress, event: &EventId) -> Result<Option<Event>, CalendarError> {
        let (mailbox, event, detail) = (mailbox.clone(), event.clone(), self.profile.detail);
        match self.effects.calendar(Request::Read { mailbox, event, detail }).await {
            Ok(Reply::Event(event)) => Ok(Some(*event)),
            Ok(_) => Err(wrong_reply()),
            Err(CalendarError::EventNotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn check_mailbox(&self, mailbox: &EmailAddress) -> Result<(), CalendarError> {
        self.effects.calendar(Request::CheckMailbox { mailbox: mailbox.clone() }).await.map(drop)
    }
}

/// When a claim made now expires, UTC: after the platform has killed the request.
pub fn claim_expires(call: &CallContext) -> DateTime<Utc> {
    call.deadline.killed_at() + CLOCK_MARGIN
}

fn current(reply: Write) -> Result<Option<Record>, SchedulingError> {
    match reply {
        Write::Done(record) => Ok(record.map(|record| *record)),
        Write::Conflict(_) => Err(Problem::internal("a read has no condition").into()),
    }
}

fn replacement(expected: &Record, next: &Record, is_last: bool) -> RecordRequest {
    RecordRequest::Replace { expected: Box::new(expected.clone()), next: Box::new(next.clone()), is_last }
}

fn replaced(write: Write, next: &Record) -> Replaced {
    match write {
        Write::Done(_) => Replaced::Written,
        Write::Conflict(Some(found)) if found.is_version_of(next) => Replaced::Written,
        Write::Conflict(found) => Replaced::Conflict(found),
    }
}

fn written(reply: Reply) -> Result<WrittenEvent, CalendarError> {
    match reply {
        Reply::Written(written) => Ok(written),
        _ => Err(wrong_reply()),
    }
}

/// A reply to another kind of request says nothing about this one.
fn wrong_reply() -> CalendarError {
    CalendarError::Failed { cause: "a reply to another request".to_owned(), retry_after: None }
}
