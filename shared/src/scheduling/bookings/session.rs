//! A booking's record during one request. The protocol's writes of the event's record become writes of the booking's record, with
//! the change that they mean for the booking's readers, and with its entries in the ledger.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{
    future::{Either, join, join_all, select},
    pin_mut,
};

use crate::{
    clock::Clock,
    domain::PlainText,
    scheduling::{
        driver::TaskRecords,
        protocol::effects::RecordReply,
        records::{
            BookingRecords, RecordsError, Write,
            booking::{Actor, BookingKey, BookingRecord, Change, ChangeKind, Ending, LedgerEdit},
            event::{Record, State, next_token},
            ledger::{BookedTime, Entry, EntryKey},
            requests::RecordRequest,
        },
    },
};

/// How a pending booking ends without a decision before its start.
const EXPIRY: Ending = Ending { kind: ChangeKind::Expired, by: Actor::System, reason: None };
/// How a booking ends whose event is gone.
const GONE: Ending = Ending { kind: ChangeKind::Cancelled, by: Actor::System, reason: None };

/// The record as this request knows it.
pub struct BookingSession<'a> {
    pub key: BookingKey,
    records: &'a dyn BookingRecords,
    retention: TimeDelta,
    clock: Clock,
    cached: Mutex<Cached>,
}

struct Cached {
    record: BookingRecord,
    /// Whether this request has written it, rather than read.
    is_own: bool,
}

impl<'a> BookingSession<'a> {
    /// `record`: as it was read or written last.
    pub fn new(
        key: BookingKey,
        records: &'a dyn BookingRecords,
        record: BookingRecord,
        (retention, clock): (TimeDelta, Clock),
    ) -> Self {
        let cached = Mutex::new(Cached { record, is_own: false });
        Self { key, records, retention, clock, cached }
    }

    /// The record as it was read or written last.
    pub fn record(&self) -> BookingRecord {
        self.cached().record.clone()
    }

    /// Whether this request has written the record as it is, as far as it knows.
    pub fn is_own(&self) -> bool {
        self.cached().is_own
    }

    /// Notes a record that another request has written.
    pub fn found(&self, record: BookingRecord) {
        *self.cached() = Cached { record, is_own: false };
    }

    /// Notes a record that this request has written.
    pub fn wrote(&self, record: BookingRecord) {
        *self.cached() = Cached { record, is_own: true };
    }

    /// Reads the record again. `None`: it does not exist any more.
    async fn read(&self) -> Result<Option<Record>, RecordsError> {
        let Some(found) = self.records.read(&self.key).await? else { return Ok(None) };
        let event = found.event.clone();
        self.found(*found);
        Ok(Some(event))
    }

    /// Stores `next` if the record is still the version `expected`. A repeat of the own write counts as done.
    pub async fn replace(
        &self,
        expected: &BookingRecord,
        next: BookingRecord,
    ) -> Result<Write<BookingRecord>, RecordsError> {
        let next = next.kept_for(self.clock.now(), self.retention);
        let write = match self.records.replace(&self.key, expected, &next).await? {
            Write::Conflict(Some(found)) if found.is_version_of(&next) => Write::Done(None),
            write => write,
        };
        match &write {
            Write::Done(_) => self.wrote(next),
            Write::Conflict(Some(found)) => self.found((**found).clone()),
            Write::Conflict(None) => {}
        }
        Ok(write)
    }

    /// Adds entries, before a record says that they count.
    pub async fn add_entries(&self, edits: &[LedgerEdit]) -> Result<(), RecordsError> {
        if edits.is_empty() { Ok(()) } else { self.records.edit_ledgers(&self.key.tenant, edits).await }
    }

    /// Changes entries. A failure does not matter: records decide.
    pub async fn edit_ledgers(&self, edits: Vec<LedgerEdit>) {
        if !edits.is_empty() {
            let _ = self.records.edit_ledgers(&self.key.tenant, &edits).await;
        }
    }

    /// Forgets everything that leads to a booking which is over.
    pub async fn forget(&self, over: &BookingRecord) {
        let remove = |(member, key)| LedgerEdit::Remove { member, key };
        let entries = self.edit_ledgers(over.entries(self.key.id).into_iter().map(remove).collect());
        let turn = async {
            if over.has_turn {
                let (tenant, host) = (&self.key.tenant, &over.event.organizer);
                // If it fails, the booking goes on counting as a turn.
                let _ = self.records.remove_turn(tenant, over.configuration, host, self.key.id).await;
            }
        };
        join(entries, turn).await;
    }

    /// What the attendees are told if the event is deleted. `None`: nothing was said, or no one was invited yet.
    pub fn cancellation(&self) -> Option<PlainText> {
        let BookingRecord { ending, pending, unfinished, .. } = self.record();
        let reason = ending.filter(|_| !pending || unfinished.is_some())?.reason?;
        // Graph sends no cancellation at all if the comment is empty.
        Some(PlainText::from(reason.as_str())).filter(|reason| !reason.trim().is_empty())
    }

    /// The write of the event's record, as a write of the booking's.
    async fn write_event(&self, expected: &Record, next: Record) -> RecordReply {
        let before = self.record();
        // The request decided by an earlier version.
        if !before.event.is_version_of(expected) {
            return Ok(Write::Conflict(Some(Box::new(before.event))));
        }
        let after = self.with_event(&before, next);
        let (was, is) = (before.event.state, after.event.state);
        let written = if was == State::Creating && is == State::Active {
            // Its entries only save a later reader a look at the record, so they are written at the same time.
            let learn = self.edit_ledgers(self.learned(&after));
            beside(self.replace(&before, after), learn).await?
        } else if was == State::Deleting && is == State::Deleted {
            // The event is gone, so nothing depends on the entries any more.
            beside(self.replace(&before, after), self.forget(&before)).await?
        } else {
            let written = self.replace(&before, after).await?;
            // Not before the record is over: a repeat of the request could still create the event.
            if is == State::Deleted && matches!(written, Write::Done(_)) {
                self.forget(&before).await;
            }
            written
        };
        Ok(match written {
            Write::Done(_) => Write::Done(None),
            Write::Conflict(found) => Write::Conflict(found.map(|found| Box::new(found.event))),
        })
    }

    /// The booking after its event's record has become `next`.
    fn with_event(&self, before: &BookingRecord, next: Record) -> BookingRecord {
        let now = self.clock.now();
        let created = |kind| before.next_change(kind, before.change.by, now, None);
        let change = match (before.event.state, next.state) {
            (State::Creating, State::Active) if before.pending => created(ChangeKind::Pending),
            (State::Creating, State::Active) => created(ChangeKind::Booked),
            (State::Creating, State::Deleted) => created(ChangeKind::Failed),
            (_, State::Deleted) => {
                let Ending { kind, by, reason } = before.ending.clone().unwrap_or(GONE);
                before.next_change(kind, by, now, reason)
            }
            _ => before.change.clone(),
        };
        let ending = match (before.event.state, next.state) {
            // Nobody's claim: its start came without a decision.
            (State::Active, State::Deleting) => Some(EXPIRY),
            (_, State::Deleting) => before.ending.clone(),
            _ => None,
        };
        let unfinished = before.unfinished.clone().filter(|_| next.state != State::Deleted);
        BookingRecord { event: next, unfinished, ending, change, ..before.clone() }
    }

    /// The entries of a booking that is on record with its event.
    fn learned(&self, record: &BookingRecord) -> Vec<LedgerEdit> {
        let learn =
            |member: &_| LedgerEdit::Learn { member: Clone::clone(member), entry: self.entry(record, record.time) };
        record.members.iter().map(learn).collect()
    }

    /// The entry for one of the booking's times.
    pub fn entry(&self, record: &BookingRecord, time: BookedTime) -> Entry {
        Entry {
            key: EntryKey { booking: self.key.id, time },
            organizer: record.event.organizer.clone(),
            since: self.clock.now(),
            event: record.event.event.clone(),
        }
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskRecords for &BookingSession<'_> {
    fn known_reply(&self, _task: usize, _request: &RecordRequest) -> Option<RecordReply> {
        None
    }

    fn is_lost(&self) -> bool {
        false
    }

    async fn write(&self, requests: &[(usize, RecordRequest)]) -> Vec<RecordReply> {
        let execute = async |request: &RecordRequest| match request {
            RecordRequest::Read => Ok(Write::Done(self.read().await?.map(Box::new))),
            RecordRequest::Replace { expected, next, .. } => self.write_event(expected, (**next).clone()).await,
            RecordRequest::Release(claim) => {
                // With a new token: a request that saw the claim before must not take it over any more.
                let token = next_token(claim.token);
                let ended = Record { state: State::Deleted, token, event: None, ..(**claim).clone().without_doubt() };
                self.write_event(claim, ended).await
            }
            RecordRequest::Claim(_) | RecordRequest::ClaimDelete { .. } | RecordRequest::ReadAndExtend { .. } => {
                Err(RecordsError::Internal("a booking is claimed by its use case".to_owned()))
            }
        };
        join_all(requests.iter().map(|(_, request)| execute(request))).await
    }
}

/// How long a write that has been answered waits for the edits beside it.
const EDIT_GRACE: Duration = Duration::from_millis(50);

/// Runs edits beside a write that alone decides the result: slow edits do not make it late.
pub async fn beside<T>(write: impl Future<Output = T>, edits: impl Future<Output = ()>) -> T {
    pin_mut!(write, edits);
    match select(write, edits).await {
        Either::Left((written, edits)) => {
            let _ = tokio::time::timeout(EDIT_GRACE, edits).await;
            written
        }
        Either::Right(((), write)) => write.await,
    }
}

/// The change of a new booking, before its event exists.
pub fn requested(by: Actor, at: DateTime<Utc>) -> Change {
    Change { sequence: 0, kind: ChangeKind::Requested, by, at, reason: None }
}
