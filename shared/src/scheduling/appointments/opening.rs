//! Taking hold of an id.

use std::{collections::BTreeSet, time::Duration};

use uuid::Uuid;

use super::{
    AppointmentScheduler,
    record::{AppointmentKey, AppointmentRecord, Hold, Placing, Purpose},
};
use crate::{
    call::CallContext,
    domain::EmailAddress,
    problem::{Kind, Problem},
    scheduling::{
        record::{Record, State, Write},
        work::{ROUNDS, answered, claim_expires, mint, wait_for},
    },
};

/// What a request found.
pub(super) enum Opening {
    /// It holds the id; the record with its purpose spelled out, and as it was before.
    Held { record: AppointmentRecord, before: AppointmentRecord },
    /// There is nothing to hold it for; the record, which nobody holds.
    Standing(AppointmentRecord),
    /// There are copies that say something else, or may come to be. Nobody holds it.
    Taken(AppointmentRecord),
    /// There is no such appointment. `deleted`: there was one.
    Nothing { deleted: bool },
}

impl AppointmentScheduler {
    /// Takes hold of an id. Fails where another request has it, and where there is no room for the copies. `free`:
    /// mailboxes whose copies are known to take no id, since nobody has them.
    pub(super) async fn open(
        &self,
        call: &CallContext,
        key: &AppointmentKey,
        purpose: &Purpose,
        free: &BTreeSet<EmailAddress>,
    ) -> Result<Opening, Problem> {
        match self.try_open(call, key, purpose, free).await? {
            Opening::Held { record, before } if *purpose != Purpose::Delete && !record.fits() => {
                self.take_back(call, key, &record, before).await;
                Err(Problem::new(Kind::InvalidRequest, "The appointment would have too many copies."))
            }
            opening => Ok(opening),
        }
    }

    async fn try_open(
        &self,
        call: &CallContext,
        key: &AppointmentKey,
        purpose: &Purpose,
        free: &BTreeSet<EmailAddress>,
    ) -> Result<Opening, Problem> {
        let mut newest = Uuid::nil();
        for _ in 0..ROUNDS {
            let attempt = mint(newest);
            let hold = Hold { until: claim_expires(call), purpose: Some(purpose.clone()) };
            let met = match answered(call.deadline.work(self.records.open(key, attempt, &hold)).await)? {
                Write::Done(before) => return Ok(held(before.map(|before| *before), attempt, hold)),
                // Its own repeat: the copies are as they were.
                Write::Conflict(Some(met)) if met.attempt == attempt => {
                    return Ok(held(Some(AppointmentRecord { hold: None, ..*met }), attempt, hold));
                }
                Write::Conflict(None) if matches!(purpose, Purpose::Create(_)) => continue,
                Write::Conflict(None) => return Ok(Opening::Nothing { deleted: false }),
                Write::Conflict(Some(met)) => *met,
            };
            newest = met.attempt;
            if let Some(other) = met.hold.as_ref().filter(|hold| hold.until > (self.clock)()) {
                return Err(wait_for(other.until, (self.clock)()));
            }
            // What its last holder left undone is spelled out: it is what that may have come to.
            let is_free = met.hold.is_none();
            let seen = AppointmentRecord { hold: None, ..met.spelled_out() };
            match (purpose, seen.is_over()) {
                // Its attempt id was the newer one: once more.
                (Purpose::Create(_), true) | (Purpose::Update(_) | Purpose::Delete, false) if is_free => continue,
                (Purpose::Create(placing), false) if seen.is_taken(placing, free) => {
                    return Ok(Opening::Taken(seen));
                }
                (Purpose::Create(placing), false) if seen.needs_nothing(placing) => return Ok(Opening::Standing(seen)),
                (Purpose::Update(_), true) => return Ok(Opening::nothing(&seen)),
                // Copies that could not be deleted are tried again.
                (Purpose::Delete, true) if is_free && seen.copies.is_empty() => return Ok(Opening::nothing(&seen)),
                _ => {}
            }
            let attempt = mint(seen.attempt);
            let next = seen.clone().opened(attempt, hold);
            match answered(call.deadline.work(self.records.replace(key, newest, &next)).await)? {
                Write::Conflict(Some(other)) if other.attempt != attempt => newest = other.attempt,
                Write::Conflict(None) => {}
                Write::Done(_) | Write::Conflict(Some(_)) => {
                    return Ok(Opening::Held { record: next.spelled_out(), before: seen });
                }
            }
        }
        Err(Problem::in_progress(Duration::from_secs(1)))
    }
}

impl Opening {
    fn nothing(record: &AppointmentRecord) -> Self {
        Self::Nothing { deleted: record.deleted_until.is_some() }
    }
}

fn held(before: Option<AppointmentRecord>, attempt: Uuid, hold: Hold) -> Opening {
    let before = before.unwrap_or_default();
    Opening::Held { record: before.clone().opened(attempt, hold).spelled_out(), before }
}

impl AppointmentRecord {
    /// Whether there is nothing to claim before copies are created: every mailbox has one on record.
    fn needs_nothing(&self, placing: &Placing) -> bool {
        placing.mailboxes.iter().all(|mailbox| self.copies.contains_key(mailbox))
    }

    /// Whether a copy says something else, or one that may come to be.
    fn is_taken(&self, placing: &Placing, free: &BTreeSet<EmailAddress>) -> bool {
        let says_otherwise = |copy: &Record| copy.state != State::Deleting && copy.payload != placing.payload;
        self.copies.iter().any(|(mailbox, copy)| says_otherwise(copy) && !free.contains(mailbox))
    }
}
