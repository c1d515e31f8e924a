//! The one record that the work on all copies shares: what each of them changes in it, and writing that.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    change::{RecordChange, Written},
    record::{AppointmentKey, AppointmentRecord, AppointmentRecords, Hold},
};
use crate::{
    domain::EmailAddress,
    scheduling::{
        record::{Record, RecordsError, State, Write},
        work::mint,
    },
};

/// How often one write is tried again after losing a race for an id that nobody held.
const ROUNDS: usize = 8;

/// What is to become of the id once nobody works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It stands for what copies there are.
    Stands,
    /// It is deleted, once there are no copies.
    Goes {
        /// Until when deleting it once more is a success.
        until: DateTime<Utc>,
    },
}

/// The record, as this request knows it.
pub(super) struct SharedRecord {
    pub key: AppointmentKey,
    pub records: Arc<dyn AppointmentRecords>,
    /// Whose copies, by number.
    pub mailboxes: Vec<EmailAddress>,
    /// Until when this request may run.
    pub until: DateTime<Utc>,
    pub clock: fn() -> DateTime<Utc>,
    pub ending: Ending,
    /// The record as it was read or opened: held by this request, or by nobody.
    pub known: Known,
}

pub(super) struct Known(Mutex<Version>);

struct Version {
    record: AppointmentRecord,
    /// The attempts of writes that were not answered: the record may be as one of them has it.
    unanswered: Vec<Uuid>,
    /// Whether another request has taken the id over. Nothing is written any more.
    lost: bool,
}

impl Known {
    /// What was read or written last.
    pub fn new(record: AppointmentRecord) -> Self {
        Self(Mutex::new(Version { record, unanswered: Vec::new(), lost: false }))
    }
}

impl SharedRecord {
    /// A copy as it is on record.
    pub fn copy(&self, number: usize) -> Option<Record> {
        self.known().record.copies.get(&self.mailboxes[number]).cloned()
    }

    /// Whether another request has taken the id over.
    pub fn is_lost(&self) -> bool {
        self.known().lost
    }

    /// What a change would come to that has nothing to wait for, since its condition does not hold.
    pub fn refused(&self, number: usize, change: &RecordChange) -> Option<Write> {
        let known = self.known();
        if known.lost {
            return Some(known.rival(&self.mailboxes[number]));
        }
        let now = known.record.copies.get(&self.mailboxes[number]);
        change.next(now).is_none().then(|| Write::Conflict(now.cloned().map(Box::new)))
    }

    /// Makes changes in one write.
    pub async fn write(&self, changes: Vec<(usize, RecordChange)>) -> Vec<Written> {
        let is_last = changes.iter().all(|(_, change)| change.is_last());
        for _ in 0..ROUNDS {
            let (known, lost) = self.version();
            if lost {
                break;
            }
            let mut next = known.clone();
            let make =
                |(number, change): &(usize, RecordChange)| Ok(change.make(&self.mailboxes[*number], &mut next.copies));
            let outcomes: Vec<_> = changes.iter().map(make).collect();
            if next == known {
                return outcomes;
            }
            let hold = Hold { until: self.until, purpose: None };
            match self.replace(&known, AppointmentRecord { hold: (!is_last).then_some(hold), ..next }).await {
                Ok(true) => return outcomes,
                Ok(false) => {}
                Err(error) => return changes.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        let known = self.known();
        changes.iter().map(|(number, _)| Ok(known.rival(&self.mailboxes[*number]))).collect()
    }

    /// Gives the id back, where that has not been done along with the last change.
    pub async fn give_back(&self) -> Result<(), RecordsError> {
        self.end(|_| {}).await
    }

    /// Gives the id back as deleted although it has copies: they are where nobody gets any more. They stay to be deleted.
    /// `settle_window`: how long after an ambiguous answer one may still appear.
    pub async fn abandon_copies(&self, until: DateTime<Utc>, settle_window: Duration) -> Result<(), RecordsError> {
        self.end(|record| {
            record.deleted_until = Some(until);
            for copy in record.copies.values_mut().filter(|copy| copy.state != State::Deleting) {
                *copy = copy.clone().nobodys(settle_window);
            }
        })
        .await
    }

    /// The end of all work, with one more change. Where another request was at work since, there is nothing left to end.
    async fn end(&self, change: impl Fn(&mut AppointmentRecord)) -> Result<(), RecordsError> {
        for _ in 0..ROUNDS {
            let (record, lost) = self.version();
            let mut next = AppointmentRecord { hold: None, ..record.clone() };
            change(&mut next);
            if lost || next == record || self.replace(&record, next).await? || !self.is_own() {
                break;
            }
        }
        Ok(())
    }

    /// Whether the record is as a write of this request's left it that was not answered.
    fn is_own(&self) -> bool {
        let known = self.known();
        known.unanswered.contains(&known.record.attempt)
    }

    /// Replaces what is known. `false`: it has changed meanwhile, and is known as it is now.
    async fn replace(&self, known: &AppointmentRecord, mut next: AppointmentRecord) -> Result<bool, RecordsError> {
        if next.hold.is_none() {
            // No claim of this request's lasts longer than its hold.
            let now = (self.clock)();
            next.copies.values_mut().for_each(|copy| copy.claim_expires = copy.claim_expires.min(now));
        }
        let stands = next.copies.values().any(|copy| copy.state == State::Active);
        let deleted_until = match self.ending {
            _ if stands => None,
            Ending::Goes { until } if next.hold.is_none() && next.copies.is_empty() => Some(until),
            // Should nothing come of it, it is as deleted as it was.
            Ending::Stands | Ending::Goes { .. } => next.deleted_until,
        };
        let next = AppointmentRecord { attempt: mint(known.attempt), deleted_until, ..next };
        self.known().unanswered.push(next.attempt);
        let written = self.records.replace(&self.key, known.attempt, &next).await?;
        let mut now = self.known();
        now.unanswered.pop();
        let met = match written {
            Write::Conflict(Some(met)) if met.attempt != next.attempt => *met,
            Write::Conflict(None) => AppointmentRecord::default(),
            // Stored; or met by its own repeat.
            Write::Done(_) | Write::Conflict(Some(_)) => {
                now.record = next;
                return Ok(true);
            }
        };
        // Another request wrote. A request without the hold must not go on with what it finds now: the id may have come to
        // stand for something else, of which this copy is no part.
        now.lost = !now.unanswered.contains(&met.attempt);
        now.record = met.spelled_out();
        Ok(false)
    }

    fn version(&self) -> (AppointmentRecord, bool) {
        let known = self.known();
        (known.record.clone(), known.lost)
    }

    fn known(&self) -> MutexGuard<'_, Version> {
        self.known.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Version {
    /// A copy as the request that has taken over knows it: nothing that this one wrote.
    fn rival(&self, mailbox: &EmailAddress) -> Write {
        let copy = self.record.copies.get(mailbox).cloned();
        Write::Conflict(copy.map(|copy| Box::new(Record { attempt: self.record.attempt, ..copy })))
    }
}
