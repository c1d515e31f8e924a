//! An appointment's record during one request. Changes of copies become writes of the one item.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::records::TaskRecords;
use crate::{
    clock::Clock,
    domain::EmailAddress,
    scheduling::{
        protocol::effects::RecordReply,
        records::{
            AppointmentRecords, RecordsError, Write,
            appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Lock},
            event::{Record, State, next_token},
            requests::{CopyAfter, RecordRequest},
        },
    },
};

/// How often a write is sent again that found an earlier write without an answer of this request.
const MAX_ATTEMPTS: usize = 8;

/// The state of the appointment after this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalState {
    /// It exists as long as it has copies.
    Active,
    /// It is deleted once it has no copies. A repeated delete succeeds until then (UTC).
    Deleted { until: DateTime<Utc> },
}

/// The record as this request knows it.
pub struct AppointmentSession<'a> {
    key: AppointmentKey,
    records: &'a dyn AppointmentRecords,
    /// The mailbox of each task.
    mailboxes: Vec<EmailAddress>,
    /// When a lock of this request expires, UTC.
    lock_expires: DateTime<Utc>,
    clock: Clock,
    final_state: FinalState,
    cached: Mutex<Cached>,
}

struct Cached {
    /// The record as it was read or written last: locked by this request, or not locked.
    record: AppointmentRecord,
    /// The tokens of writes without an answer. One of them may have been executed.
    unconfirmed: Vec<Uuid>,
    /// Whether another request has written. This one writes nothing any more.
    is_lost: bool,
}

impl<'a> AppointmentSession<'a> {
    /// `record`: as it was read, or locked with its intent applied.
    pub fn new(
        key: AppointmentKey,
        records: &'a dyn AppointmentRecords,
        mailboxes: Vec<EmailAddress>,
        record: AppointmentRecord,
        final_state: FinalState,
        (lock_expires, clock): (DateTime<Utc>, Clock),
    ) -> Self {
        let cached = Mutex::new(Cached { record, unconfirmed: Vec::new(), is_lost: false });
        Self { key, records, mailboxes, lock_expires, clock, final_state, cached }
    }

    /// Releases the lock, unless the last write did.
    pub async fn release(&self) -> Result<(), RecordsError> {
        self.end(|_| {}).await
    }

    /// Releases the lock of an appointment that is deleted except for copies in mailboxes that do not exist at present. They stay
    /// to be deleted. `doubt_window`: how long after an ambiguous answer an event may still appear.
    pub async fn release_with_orphans(&self, until: DateTime<Utc>, doubt_window: Duration) -> Result<(), RecordsError> {
        self.end(|record| {
            record.deleted_until = Some(until);
            for copy in record.copies.values_mut().filter(|copy| copy.state != State::Deleting) {
                *copy = copy.clone().orphaned(doubt_window);
            }
        })
        .await
    }

    /// Releases the lock, with one more change, unless another request has written since.
    async fn end(&self, change: impl Fn(&mut AppointmentRecord)) -> Result<(), RecordsError> {
        for _ in 0..MAX_ATTEMPTS {
            let (record, is_lost) = self.version();
            let mut next = AppointmentRecord { lock: None, ..record.clone() };
            change(&mut next);
            if is_lost || next == record || self.replace(&record, next).await? || !self.is_own_write() {
                break;
            }
        }
        Ok(())
    }

    /// Whether the cached record was stored by a write of this request without an answer.
    fn is_own_write(&self) -> bool {
        let cached = self.cached();
        cached.unconfirmed.contains(&cached.record.token)
    }

    fn change_copy(&self, record: &mut AppointmentRecord, task: usize, request: &RecordRequest) -> Write {
        let mailbox = &self.mailboxes[task];
        let copy = record.copies.get(mailbox);
        match request.on_copy(copy) {
            None => Write::Conflict(copy.cloned().map(Box::new)),
            Some(CopyAfter::Unchanged) => Write::Done(copy.cloned().map(Box::new)),
            Some(CopyAfter::Stored(next)) => Write::Done(record.copies.insert(mailbox.clone(), *next).map(Box::new)),
            Some(CopyAfter::Removed) => Write::Done(record.copies.remove(mailbox).map(Box::new)),
        }
    }

    /// Replaces the cached record. `false`: it has changed meanwhile, and is cached as it is now.
    async fn replace(&self, cached: &AppointmentRecord, mut next: AppointmentRecord) -> Result<bool, RecordsError> {
        if next.lock.is_none() {
            // No claim of this request outlasts its lock.
            let now = self.clock.now();
            next.copies.values_mut().for_each(|copy| copy.claim_expires = copy.claim_expires.min(now));
        }
        let is_active = next.copies.values().any(|copy| copy.state == State::Active);
        let deleted_until = match self.final_state {
            _ if is_active => None,
            FinalState::Deleted { until } if next.lock.is_none() && next.copies.is_empty() => Some(until),
            // If nothing is created, it stays as deleted as it was.
            FinalState::Active | FinalState::Deleted { .. } => next.deleted_until,
        };
        let mut next = AppointmentRecord { token: next_token(cached.token), deleted_until, ..next };
        if next.is_over() {
            next.ends_at = None;
        }
        self.cached().unconfirmed.push(next.token);
        let request = AppointmentRequest::Replace { expected: cached.token, next: Box::new(next.clone()) };
        let written = self.records.apply(&self.key, &request).await?;
        let mut now = self.cached();
        now.unconfirmed.pop();
        let found = match written {
            Write::Conflict(Some(found)) if found.token != next.token => *found,
            Write::Conflict(None) => AppointmentRecord::default(),
            // Stored now, or by an attempt of the SDK whose answer was lost.
            Write::Done(_) | Write::Conflict(Some(_)) => {
                now.record = next;
                return Ok(true);
            }
        };
        // Another request wrote. A request without the lock must not go on with what it finds now: the id may have come to stand
        // for something else, of which this copy is no part.
        now.is_lost = !now.unconfirmed.contains(&found.token);
        now.record = found.apply_intent();
        Ok(false)
    }

    fn version(&self) -> (AppointmentRecord, bool) {
        let cached = self.cached();
        (cached.record.clone(), cached.is_lost)
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskRecords for &AppointmentSession<'_> {
    fn is_lost(&self) -> bool {
        self.cached().is_lost
    }

    /// A read needs no request to the store, and neither does a write whose condition fails.
    fn known_reply(&self, task: usize, request: &RecordRequest) -> Option<RecordReply> {
        let (cached, mailbox) = (self.cached(), &self.mailboxes[task]);
        let copy = cached.record.copies.get(mailbox);
        if matches!(request, RecordRequest::Read | RecordRequest::ReadAndExtend { .. }) {
            return Some(Ok(Write::Done(copy.cloned().map(Box::new))));
        }
        if cached.is_lost {
            return Some(Ok(cached.conflict(mailbox)));
        }
        request.on_copy(copy).is_none().then(|| Ok(Write::Conflict(copy.cloned().map(Box::new))))
    }

    /// Executes all requests in one write.
    async fn write(&self, requests: &[(usize, RecordRequest)]) -> Vec<RecordReply> {
        let all_last = requests.iter().all(|(_, request)| request.is_last());
        for _ in 0..MAX_ATTEMPTS {
            let (record, is_lost) = self.version();
            if is_lost {
                break;
            }
            let mut next = record.clone();
            let replies: Vec<_> =
                requests.iter().map(|(task, request)| Ok(self.change_copy(&mut next, *task, request))).collect();
            if next == record {
                return replies;
            }
            let lock = Lock { expires: self.lock_expires, intent: None };
            match self.replace(&record, AppointmentRecord { lock: (!all_last).then_some(lock), ..next }).await {
                Ok(true) => return replies,
                Ok(false) => {}
                Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        let cached = self.cached();
        requests.iter().map(|(task, _)| Ok(cached.conflict(&self.mailboxes[*task]))).collect()
    }
}

impl Cached {
    /// The copy as the other request stored it. Its token is that of the whole record, so that no copy written by this request is
    /// taken for a repeat of its own write.
    fn conflict(&self, mailbox: &EmailAddress) -> Write {
        let copy = self.record.copies.get(mailbox).cloned();
        Write::Conflict(copy.map(|copy| Box::new(Record { token: self.record.token, ..copy })))
    }
}
