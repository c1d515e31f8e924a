//! Appointments: several people have the same entry in their calendars, each a copy of their own, and nobody is invited.
//!
//! For each copy the booking protocol holds as it does for a meeting: whatever crashes, times out, is repeated or runs at
//! once, a mailbox never has more than one for an id, and an answer of success is true of its calendar. The copies of an id
//! are on record together, and one request at a time works on them. `docs/decisions/0014-appointments.md` tells why it is
//! built as it is.

pub mod record;

mod change;
mod convoy;
mod copy;
mod opening;
mod plan;
mod shared_record;
mod work;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    record::{Record, State},
    schedule::already_exists,
    work::{answered, best_effort, mint},
};
use crate::{
    calendar::Calendar,
    call::CallContext,
    domain::{Appointment, EmailAddress, Fingerprint, MeetingId, Tenant},
    problem::{Kind, Problem},
};
use opening::Opening;
use plan::{Plan, Task};
use record::{AppointmentKey, AppointmentRecord, AppointmentRecords, Placing, Purpose};
use shared_record::Ending;

/// The largest body that an answer may show although it was not sent, in bytes.
const LARGEST_ECHO: usize = 32 * 1024;

/// What came of each mailbox asked for, in the order asked.
pub type Rows = Vec<Result<(), Problem>>;

/// The use cases of appointments, for one tenant.
pub struct AppointmentScheduler {
    /// For whom.
    pub tenant: Arc<Tenant>,
    /// Where appointments are on record.
    pub records: Arc<dyn AppointmentRecords>,
    /// Where the copies are.
    pub calendar: Arc<dyn Calendar>,
    /// How long after an ambiguous answer a copy may still appear.
    pub unsettled_for: Duration,
    /// The wall clock.
    pub clock: fn() -> DateTime<Utc>,
}

impl AppointmentScheduler {
    /// Gives each mailbox a copy that has none. Asked again, it does what is still missing. Each mailbox fails by itself.
    pub async fn create(
        &self,
        call: &CallContext,
        id: &MeetingId,
        appointment: &Appointment,
        mailboxes: &[EmailAddress],
    ) -> Result<Rows, Problem> {
        let (key, placing) = (self.key(id), placing(appointment, mailboxes));
        let purpose = Purpose::Create(placing.clone());
        let opening = match self.open(call, &key, &purpose, &BTreeSet::new()).await {
            Ok(Opening::Taken(record)) => match self.make_room(call, &key, record, &placing).await {
                Ok(free) => self.open(call, &key, &purpose, &free).await,
                Err(problem) => Err(problem),
            },
            opening => opening,
        };
        let (record, opened) = match opening {
            Ok(Opening::Held { record, .. }) => (record, true),
            Ok(Opening::Standing(record)) => (record, false),
            // It was free a moment ago.
            Ok(Opening::Taken(_)) => return Ok(all(mailboxes, &Problem::in_progress(Duration::from_secs(1)))),
            Ok(Opening::Nothing { .. }) => return Ok(all(mailboxes, &Problem::internal("an id cannot be opened"))),
            Err(problem) => return Ok(all(mailboxes, &problem)),
        };
        let mut plan = Plan::new(key, record, opened, Ending::Stands);
        for mailbox in mailboxes {
            plan.add(mailbox, Task::Create(appointment, &placing.payload));
        }
        // A delete that died is finished first, here as well as where a copy is to be made anew.
        plan.add_others(&Task::Delete, |copy| copy.state == State::Deleting);
        // What says something else and may be there still is told of.
        plan.add_others(&Task::Settle, |copy| copy.state != State::Deleting && copy.payload != placing.payload);
        let results = self.carry_out(call, &plan).await;
        Ok(plan.rows(mailboxes, &results))
    }

    /// Makes the appointment's copies say something else. A mailbox without one gets one; whoever is not among `mailboxes`
    /// loses theirs, and the first of `mailboxes` answers for those. Each mailbox fails by itself.
    pub async fn update(
        &self,
        call: &CallContext,
        id: &MeetingId,
        appointment: &Appointment,
        mailboxes: &[EmailAddress],
    ) -> Result<Rows, Problem> {
        let (key, placing) = (self.key(id), placing(appointment, mailboxes));
        let payload = placing.payload.clone();
        let (record, before) = match self.open(call, &key, &Purpose::Update(placing), &BTreeSet::new()).await {
            Ok(Opening::Held { record, before }) => (record, before),
            Ok(_) => return Ok(all(mailboxes, &Problem::meeting_not_found())),
            Err(problem) => return Ok(all(mailboxes, &problem)),
        };
        let (all_of_it, all_but_the_body) = (appointment.as_change(false), appointment.as_change(true));
        let mut plan = Plan::new(key, record, true, Ending::Stands);
        for mailbox in mailboxes {
            // A body that stays is not sent: what a person has added there, such as a way to join, stays with it. A large one
            // is sent all the same, since the answer shows it: what is under way is bounded by what is sent.
            let is_same = |copy: &Record| copy.payload.has_body_of(&payload);
            let stays = appointment.body.len() <= LARGEST_ECHO && before.copies.get(mailbox).is_some_and(is_same);
            let change = if stays { &all_but_the_body } else { &all_of_it };
            let said = before.copies.get(mailbox).map(|copy| copy.payload.clone()).filter(|said| !said.is_in_doubt());
            plan.add(mailbox, Task::Update(appointment, change, &payload, said));
        }
        plan.add_others(&Task::Delete, |_| true);
        let results = self.carry_out(call, &plan).await;
        Ok(plan.rows(mailboxes, &results))
    }

    /// Deletes every copy on record, whoever is among `mailboxes`; the first of them answers for whoever is not. Repeating
    /// it is a success while the tombstone lives. Each mailbox fails by itself.
    pub async fn delete(
        &self,
        call: &CallContext,
        id: &MeetingId,
        mailboxes: &[EmailAddress],
    ) -> Result<Rows, Problem> {
        let key = self.key(id);
        let (record, opened) = match self.open(call, &key, &Purpose::Delete, &BTreeSet::new()).await {
            Ok(Opening::Held { record, .. }) => (record, true),
            Ok(Opening::Nothing { deleted: true }) => (AppointmentRecord::default(), false),
            Ok(_) => return Ok(all(mailboxes, &Problem::meeting_not_found())),
            Err(problem) => return Ok(all(mailboxes, &problem)),
        };
        let until = (self.clock)() + self.tenant.tombstone_life();
        let mut plan = Plan::new(key, record, opened, Ending::Goes { until });
        for mailbox in mailboxes {
            // Of a mailbox without a copy it is still to be told whether there is such a mailbox.
            let task = if plan.record.copies.contains_key(mailbox) { Task::Delete } else { Task::LookUp };
            plan.add(mailbox, task);
        }
        plan.add_others(&Task::Delete, |_| true);
        let results = self.carry_out(call, &plan).await;
        Ok(plan.rows(mailboxes, &results))
    }

    /// Whether the copies that say something else leave the id free: they were never made, a person has deleted them, or
    /// their mailboxes are said not to exist. Tells whose those are. Fails where one is there, or that is not to be known yet.
    async fn make_room(
        &self,
        call: &CallContext,
        key: &AppointmentKey,
        record: AppointmentRecord,
        placing: &Placing,
    ) -> Result<BTreeSet<EmailAddress>, Problem> {
        let mut plan = Plan::new(key.clone(), record, false, Ending::Stands);
        plan.add_others(&Task::Settle, |copy| copy.state != State::Deleting && copy.payload != placing.payload);
        let (mut free, mut taken, mut unknown) = (BTreeSet::new(), false, None);
        for (mailbox, result) in plan.mailboxes.iter().zip(self.carry_out(call, &plan).await) {
            match result {
                Ok(()) => drop(free.insert(mailbox.clone())),
                Err(problem) => match problem.kind {
                    Kind::MailboxNotFound => drop(free.insert(mailbox.clone())),
                    Kind::MeetingAlreadyExists => taken = true,
                    _ => unknown = Some(problem),
                },
            }
        }
        match unknown {
            _ if taken => Err(already_exists()),
            Some(problem) => Err(problem),
            None => Ok(free),
        }
    }

    fn key(&self, id: &MeetingId) -> AppointmentKey {
        AppointmentKey { tenant: self.tenant.id.clone(), id: id.clone() }
    }

    /// Takes a hold back under which nothing was done.
    async fn take_back(
        &self,
        call: &CallContext,
        key: &AppointmentKey,
        held: &AppointmentRecord,
        before: AppointmentRecord,
    ) {
        let next = AppointmentRecord { attempt: mint(held.attempt), ..before };
        let write = self.records.replace(key, held.attempt, &next);
        best_effort(async { answered(call.deadline.closing(write).await) }).await;
    }
}

fn placing(appointment: &Appointment, mailboxes: &[EmailAddress]) -> Placing {
    Placing {
        incarnation: Uuid::new_v4(),
        payload: Fingerprint::of_appointment(appointment),
        mailboxes: mailboxes.iter().cloned().collect(),
    }
}

/// The same for every mailbox.
fn all(mailboxes: &[EmailAddress], problem: &Problem) -> Rows {
    mailboxes.iter().map(|_| Err(problem.clone())).collect()
}
