//! Acquires the lock of an appointment, with the intent of the request.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    call::CallContext,
    clock::Clock,
    domain::EmailAddress,
    problem::Problem,
    scheduling::{
        SchedulingError,
        protocol::{
            context::{MAX_ATTEMPTS, claim_expires},
            errors::{answered, best_effort, conflict, retry_at},
        },
        records::{
            AppointmentRecords, Write,
            appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent, Lock, Placement},
            event::{Record, State, next_token},
        },
    },
};

/// What a request finds.
pub enum Acquired {
    /// It holds the lock. The record with the intent applied, and as it was before.
    Locked { record: AppointmentRecord, before: AppointmentRecord },
    /// No lock is needed: every mailbox of a create has a copy on record. The record, which is not locked.
    NotNeeded(AppointmentRecord),
    /// A create finds copies with other content, or claims for such copies. The record is not locked.
    Taken(AppointmentRecord),
    /// There is no such appointment. `was_deleted`: there was one.
    NotFound { was_deleted: bool },
}

/// Acquires locks.
pub struct Locks<'a> {
    pub records: &'a dyn AppointmentRecords,
    pub call: &'a CallContext,
    /// The wall clock, UTC.
    pub clock: &'a Clock,
}

impl Locks<'_> {
    /// Acquires the lock. Fails if another request holds it, or if the copies do not fit into the record. `released`: copies
    /// that do not block the id any more, as long as no other request has changed them.
    pub async fn acquire(
        &self,
        key: &AppointmentKey,
        intent: &Intent,
        released: &BTreeMap<EmailAddress, Record>,
    ) -> Result<Acquired, SchedulingError> {
        match self.try_acquire(key, intent, released).await? {
            Acquired::Locked { record, before } if *intent != Intent::Delete && !record.fits() => {
                self.rollback(key, &record, before).await;
                Err(Problem::invalid_request("The appointment would have too many copies.").into())
            }
            acquired => Ok(acquired),
        }
    }

    async fn try_acquire(
        &self,
        key: &AppointmentKey,
        intent: &Intent,
        released: &BTreeMap<EmailAddress, Record>,
    ) -> Result<Acquired, SchedulingError> {
        let mut newest = Uuid::nil();
        for _ in 0..MAX_ATTEMPTS {
            let token = next_token(newest);
            let lock = Lock { expires: claim_expires(self.call), intent: Some(intent.clone()) };
            let request = AppointmentRequest::Acquire { token, lock: lock.clone() };
            let found = match answered(self.call.deadline.work(self.records.apply(key, &request)).await)? {
                Write::Done(before) => return Ok(locked(before.map(|before| *before), token, lock)),
                // A repeat of the own write. The copies are as they were.
                Write::Conflict(Some(found)) if found.token == token => {
                    return Ok(locked(Some(AppointmentRecord { lock: None, ..*found }), token, lock));
                }
                Write::Conflict(None) if matches!(intent, Intent::Create(_)) => continue,
                Write::Conflict(None) => return Ok(Acquired::NotFound { was_deleted: false }),
                Write::Conflict(Some(found)) => *found,
            };
            newest = found.token;
            if let Some(other) = found.lock.as_ref().filter(|lock| lock.expires > self.clock.now()) {
                return Err(retry_at(other.expires, self.clock.now()));
            }
            // The holder of an expired lock may have done anything that its intent says.
            let was_unlocked = found.lock.is_none();
            let seen = AppointmentRecord { lock: None, ..found.apply_intent() };
            match (intent, seen.is_over()) {
                // Only its token was greater: try again with a greater one.
                (Intent::Create(_), true) | (Intent::Update(_) | Intent::Delete, false) if was_unlocked => continue,
                (Intent::Create(placement), false) if is_taken(&seen, placement, released) => {
                    return Ok(Acquired::Taken(seen));
                }
                (Intent::Create(placement), false) if is_complete(&seen, placement) => {
                    return Ok(Acquired::NotNeeded(seen));
                }
                (Intent::Update(_), true) => return Ok(not_found(&seen)),
                // Copies that could not be deleted are deleted again.
                (Intent::Delete, true) if was_unlocked && seen.copies.is_empty() => return Ok(not_found(&seen)),
                _ => {}
            }
            let token = next_token(seen.token);
            let next = seen.clone().locked(token, lock);
            let request = AppointmentRequest::Replace { expected: newest, next: Box::new(next.clone()) };
            match answered(self.call.deadline.work(self.records.apply(key, &request)).await)? {
                Write::Conflict(Some(other)) if other.token != token => newest = other.token,
                Write::Conflict(None) => {}
                Write::Done(_) | Write::Conflict(Some(_)) => {
                    return Ok(Acquired::Locked { record: next.apply_intent(), before: seen });
                }
            }
        }
        Err(conflict())
    }

    /// Withdraws a lock under which nothing was done.
    async fn rollback(&self, key: &AppointmentKey, locked: &AppointmentRecord, before: AppointmentRecord) {
        let next = Box::new(AppointmentRecord { token: next_token(locked.token), ..before });
        let request = AppointmentRequest::Replace { expected: locked.token, next };
        best_effort(async { answered(self.call.deadline.closing(self.records.apply(key, &request)).await) }).await;
    }
}

fn not_found(record: &AppointmentRecord) -> Acquired {
    Acquired::NotFound { was_deleted: record.deleted_until.is_some() }
}

fn locked(before: Option<AppointmentRecord>, token: Uuid, lock: Lock) -> Acquired {
    let before = before.unwrap_or_default();
    Acquired::Locked { record: before.clone().locked(token, lock).apply_intent(), before }
}

/// Whether every mailbox has a copy on record.
fn is_complete(record: &AppointmentRecord, placement: &Placement) -> bool {
    placement.mailboxes.iter().all(|mailbox| record.copies.contains_key(mailbox))
}

/// Whether a copy with other content blocks the id.
fn is_taken(record: &AppointmentRecord, placement: &Placement, released: &BTreeMap<EmailAddress, Record>) -> bool {
    record.copies.iter().any(|(mailbox, copy)| is_stale(copy, placement) && released.get(mailbox) != Some(copy))
}

/// Whether a copy has, or may get, other content.
pub fn is_stale(copy: &Record, placement: &Placement) -> bool {
    copy.state != State::Deleting && copy.payload.as_ref() != Some(&placement.payload)
}
