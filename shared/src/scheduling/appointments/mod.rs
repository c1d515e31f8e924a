//! Appointments: several mailboxes have a copy each of the same event, and no one is invited.
//!
//! For each copy the booking protocol holds as for a meeting. The copies of an id share one record and one lock, so one request
//! at a time changes them. See `docs/decisions/0014-appointments.md`.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | create, update, delete |
//! | `lock.rs` | acquiring the lock together with the intent of the request |
//! | `plan.rs` | what to do with each copy, and which result each mailbox gets |
//! | `copies.rs` | executing a plan: one protocol task for each copy |

mod copies;
mod lock;
mod plan;

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

use super::{
    driver::FinalState,
    protocol::{
        context::Timing,
        errors::{already_exists, conflict},
    },
    records::{
        AppointmentRecords,
        appointment::{AppointmentKey, AppointmentRecord, Intent, Placement},
        event::{Record, State},
    },
};
use crate::{
    calendar::Calendar,
    call::CallContext,
    domain::{Appointment, EmailAddress, ExternalId, Fingerprint, TenantId},
    problem::Problem,
    scheduling::SchedulingError,
};
use copies::execute;
use lock::{Acquired, Locks, is_stale};
pub use plan::MailboxResults;
use plan::{CopyAction, Plan};

/// The largest unchanged body that an update leaves out, in bytes. The calendar's answer contains the body even so, and the
/// memory for answers is reserved by the size of requests.
const MAX_BODY_LEFT_OUT: usize = 32 * 1024;

/// The appointments of one tenant.
pub struct AppointmentScheduler {
    pub tenant: TenantId,
    pub records: Arc<dyn AppointmentRecords>,
    pub calendar: Arc<dyn Calendar>,
    pub timing: Timing,
}

impl AppointmentScheduler {
    /// Creates a copy in each mailbox that has none. A repeat creates those that are still missing.
    pub async fn create(
        &self,
        call: &CallContext,
        id: &ExternalId,
        appointment: &Appointment,
        mailboxes: &[EmailAddress],
    ) -> MailboxResults {
        let (key, placement) = (self.key(id), placement(appointment, mailboxes));
        let intent = Intent::Create(placement.clone());
        let acquired = match self.locks(call).acquire(&key, &intent, &BTreeMap::new()).await {
            Ok(Acquired::Taken(record)) => match self.release_stale_copies(call, &key, record, &placement).await {
                Ok(released) => self.locks(call).acquire(&key, &intent, &released).await,
                Err(error) => Err(error),
            },
            acquired => acquired,
        };
        let (record, is_locked) = match acquired {
            Ok(Acquired::Locked { record, .. }) => (record, true),
            Ok(Acquired::NotNeeded(record)) => {
                // A record that was stored before ends were gets one with the next write.
                (AppointmentRecord { ends_at: record.ends_at.max(placement.ends_at), ..record }, false)
            }
            // It was free a moment ago.
            Ok(Acquired::Taken(_)) => return for_all(mailboxes, &conflict()),
            Ok(Acquired::NotFound { .. }) => {
                return for_all(mailboxes, &Problem::internal("a create found no id").into());
            }
            Err(error) => return for_all(mailboxes, &error),
        };
        let mut plan = Plan::new(key, record, is_locked, FinalState::Active);
        for mailbox in mailboxes {
            plan.add(mailbox, CopyAction::Create(appointment, &placement.payload));
        }
        // Deletes of an earlier request that died are finished.
        plan.add_unnamed(&CopyAction::Delete, |copy| copy.state == State::Deleting);
        // The result shows copies with other content that may still exist.
        plan.add_unnamed(&CopyAction::CheckStale, |copy| is_stale(copy, &placement));
        let results = self.execute(call, &plan).await;
        plan.mailbox_results(mailboxes, &results)
    }

    /// Changes the content of the copies. A mailbox without a copy gets one; mailboxes that are not listed lose theirs, and the
    /// first of `mailboxes` answers for those.
    pub async fn update(
        &self,
        call: &CallContext,
        id: &ExternalId,
        appointment: &Appointment,
        mailboxes: &[EmailAddress],
    ) -> MailboxResults {
        let (key, placement) = (self.key(id), placement(appointment, mailboxes));
        let payload = placement.payload.clone();
        let (record, before) = match self.locks(call).acquire(&key, &Intent::Update(placement), &BTreeMap::new()).await
        {
            Ok(Acquired::Locked { record, before }) => (record, before),
            Ok(_) => return for_all(mailboxes, &SchedulingError::NotFound),
            Err(error) => return for_all(mailboxes, &error),
        };
        let (with_body, without_body) = (appointment.as_change(false), appointment.as_change(true));
        let mut plan = Plan::new(key, record, true, FinalState::Active);
        for mailbox in mailboxes {
            let previous = before.copies.get(mailbox).and_then(|copy| copy.payload.clone());
            // An unchanged body is not sent, so that what a person added to it in Outlook, such as a join block, stays.
            let same_body = previous.as_ref().is_some_and(|previous| previous.has_body_of(&payload));
            let leave_out = same_body && appointment.body.len() <= MAX_BODY_LEFT_OUT;
            let change = if leave_out { &without_body } else { &with_body };
            plan.add(
                mailbox,
                CopyAction::Update { appointment, change, full_change: &with_body, payload: &payload, previous },
            );
        }
        plan.add_unnamed(&CopyAction::Delete, |_| true);
        let results = self.execute(call, &plan).await;
        plan.mailbox_results(mailboxes, &results)
    }

    /// Deletes every copy on record, also those of mailboxes that are not listed; the first of `mailboxes` answers for those. A
    /// repeat succeeds while the tombstone exists.
    pub async fn delete(&self, call: &CallContext, id: &ExternalId, mailboxes: &[EmailAddress]) -> MailboxResults {
        let key = self.key(id);
        let (record, is_locked) = match self.locks(call).acquire(&key, &Intent::Delete, &BTreeMap::new()).await {
            Ok(Acquired::Locked { record, .. }) => (record, true),
            Ok(Acquired::NotFound { was_deleted: true }) => (AppointmentRecord::default(), false),
            Ok(_) => return for_all(mailboxes, &SchedulingError::NotFound),
            Err(error) => return for_all(mailboxes, &error),
        };
        let until = self.timing.clock.now() + self.timing.tombstone_life;
        let mut plan = Plan::new(key, record, is_locked, FinalState::Deleted { until });
        for mailbox in mailboxes {
            // Without a copy, the result says whether the mailbox exists.
            let has_copy = plan.record.copies.contains_key(mailbox);
            plan.add(mailbox, if has_copy { CopyAction::Delete } else { CopyAction::CheckMailbox });
        }
        plan.add_unnamed(&CopyAction::Delete, |_| true);
        let results = self.execute(call, &plan).await;
        plan.mailbox_results(mailboxes, &results)
    }

    /// Checks whether the copies with other content still exist: they may never have been created, may have been deleted by a
    /// person, or their mailboxes may not exist. Returns the copies that do not block the id any more.
    async fn release_stale_copies(
        &self,
        call: &CallContext,
        key: &AppointmentKey,
        record: AppointmentRecord,
        placement: &Placement,
    ) -> Result<BTreeMap<EmailAddress, Record>, SchedulingError> {
        let mut plan = Plan::new(key.clone(), record, false, FinalState::Active);
        plan.add_unnamed(&CopyAction::CheckStale, |copy: &Record| is_stale(copy, placement));
        let (mut released, mut is_taken, mut failure) = (BTreeMap::new(), false, None);
        for (mailbox, result) in plan.mailboxes.iter().zip(self.execute(call, &plan).await) {
            match result {
                Ok(()) | Err(SchedulingError::MailboxNotFound) => {
                    released.insert(mailbox.clone(), plan.record.copies[mailbox].clone());
                }
                Err(SchedulingError::AlreadyExists { .. }) => is_taken = true,
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            _ if is_taken => Err(already_exists()),
            Some(error) => Err(error),
            None => Ok(released),
        }
    }

    async fn execute(&self, call: &CallContext, plan: &Plan<'_>) -> Vec<Result<(), SchedulingError>> {
        execute(self.calendar.as_ref(), self.records.as_ref(), &self.timing, call, plan).await
    }

    fn locks<'a>(&'a self, call: &'a CallContext) -> Locks<'a> {
        Locks { records: self.records.as_ref(), call, clock: &self.timing.clock }
    }

    fn key(&self, id: &ExternalId) -> AppointmentKey {
        AppointmentKey { tenant: self.tenant.clone(), id: id.clone() }
    }
}

fn placement(appointment: &Appointment, mailboxes: &[EmailAddress]) -> Placement {
    Placement {
        incarnation: Uuid::new_v4(),
        payload: Fingerprint::of_appointment(appointment),
        mailboxes: mailboxes.iter().cloned().collect(),
        ends_at: Some(appointment.span.end()),
    }
}

/// The same result for every mailbox.
fn for_all(mailboxes: &[EmailAddress], error: &SchedulingError) -> MailboxResults {
    mailboxes.iter().map(|_| Err(error.clone())).collect()
}
