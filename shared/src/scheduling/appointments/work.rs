//! Doing what is to be done with each copy.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use uuid::Uuid;

use super::{
    AppointmentScheduler,
    change::{RecordChange, Written},
    convoy::{Carrier, Convoy, Replied},
    copy::Copy,
    plan::{Plan, Task, may_pass},
    shared_record::{Ending, Known, SharedRecord},
};
use crate::{
    calendar::{Calendar, Request},
    call::CallContext,
    domain::EmailAddress,
    problem::{Kind, Problem},
    scheduling::{
        Scheduler,
        cancel::{Holder, Then},
        record::{Record, RecordKey, State},
        schedule::{IfThere, already_exists},
        settle::Settled,
        work::{Work, answered, best_effort, claim_expires},
    },
};

impl AppointmentScheduler {
    /// Does what is to be done with every copy; what came of each, in the order of the plan.
    pub(super) async fn carry_out(&self, call: &CallContext, plan: &Plan<'_>) -> Vec<Result<(), Problem>> {
        let shared = Arc::new(SharedRecord {
            key: plan.key.clone(),
            records: Arc::clone(&self.records),
            mailboxes: plan.mailboxes.clone(),
            until: claim_expires(call),
            clock: self.clock,
            ending: plan.ending,
            known: Known::new(plan.record.clone()),
        });
        let convoy = Arc::new(Convoy::new(plan.tasks.len()));
        let schedulers: Vec<_> = (0..plan.tasks.len())
            .map(|number| self.for_copy(Copy { number, convoy: Arc::clone(&convoy), record: Arc::clone(&shared) }))
            .collect();
        let work = schedulers.iter().zip(&plan.mailboxes).zip(&plan.tasks).map(|((scheduler, mailbox), task)| {
            let key =
                RecordKey { tenant: plan.key.tenant.clone(), id: plan.key.id.clone(), copy_of: Some(mailbox.clone()) };
            Work { scheduler, call, key }.carry_out(mailbox, task, plan.opened)
        });
        let carrier = ToServices { call, calendar: self.calendar.as_ref(), record: &shared };
        let results = convoy.travel(&carrier, work.collect()).await;
        let left_behind = plan.left_behind(&results);
        best_effort(async {
            answered(
                call.deadline
                    .closing(async {
                        match (plan.ending, left_behind) {
                            (Ending::Goes { until }, true) => shared.abandon_copies(until, self.unsettled_for).await,
                            _ => shared.give_back().await,
                        }
                    })
                    .await,
            )
        })
        .await;
        results
    }

    /// The use cases of a meeting, for a copy.
    fn for_copy(&self, copy: Copy) -> Scheduler {
        let copy = Arc::new(copy);
        Scheduler {
            tenant: Arc::clone(&self.tenant),
            records: copy.clone(),
            calendar: copy,
            unsettled_for: self.unsettled_for,
            clock: self.clock,
        }
    }
}

impl Work<'_> {
    async fn carry_out(self, mailbox: &EmailAddress, task: &Task<'_>, opened: Option<Uuid>) -> Result<(), Problem> {
        let is_own = |attempt| opened == Some(attempt);
        match task {
            Task::Create(appointment, payload) | Task::Update(appointment, _, payload, _) => {
                let copy = appointment.copy_for(mailbox);
                if let Some(own) = self.read().await?
                    && own.state == State::Creating
                    && is_own(own.attempt)
                {
                    return self.create(own, &copy, false).await.map(drop);
                }
                let Task::Update(_, change, _, said) = task else {
                    return self.schedule(&copy, payload, IfThere::MustBeTheSame).await.map(drop);
                };
                match self.schedule(&copy, payload, IfThere::Change(change, said.as_ref())).await {
                    // It was made, and then another request took it over.
                    Err(problem) if problem.kind == Kind::MeetingAlreadyExists => Err(in_progress()),
                    result => result.map(drop),
                }
            }
            Task::Settle => match self.read().await? {
                Some(met) if met.state == State::Creating => self.look_into(&met).await,
                Some(met) if met.state == State::Active => self.is_gone(&met).await,
                _ => Ok(()),
            },
            Task::Delete => match self.read().await? {
                None => Ok(()),
                Some(own) if own.state == State::Deleting && is_own(own.attempt) => {
                    self.finish_delete(own, Holder::Began, Then::Ends).await
                }
                Some(_) => match self.cancel(mailbox).await {
                    // It never was, or is gone already.
                    Err(problem) if problem.kind == Kind::MeetingNotFound => Ok(()),
                    result => result,
                },
            },
            Task::LookUp => match self.scheduler.check_mailbox(self.call, mailbox).await.map_err(Problem::from) {
                Err(problem) if problem.kind == Kind::MailboxNotFound => Err(problem),
                // Whatever else is the matter with it, it has no copy.
                _ => Ok(()),
            },
        }
    }
}

impl Work<'_> {
    /// Whether a copy that says something else is not there, since a person has deleted it. Otherwise the id is taken.
    async fn is_gone(&self, met: &Record) -> Result<(), Problem> {
        let asked_at = self.now();
        match self.look(met).await {
            Ok(None) => {}
            Err(problem) if may_pass(&problem) || problem.kind == Kind::MailboxNotFound => return Err(problem),
            // What cannot be looked at has not been seen to be gone.
            Ok(Some(_)) | Err(_) => return Err(already_exists()),
        }
        met.may_still_land(asked_at).map_or(Ok(()), |settles_at| Err(self.wait_for(settles_at)))
    }

    /// Puts on record what became of a copy of something else whose creation died. If it is there, the id is taken.
    async fn look_into(&self, met: &Record) -> Result<(), Problem> {
        if !met.expired(self.now()) {
            return Err(self.wait_for(met.claim_expires));
        }
        match self.settle(met).await {
            Ok(Settled::Active(_)) => Err(already_exists()),
            Ok(Settled::Never) => {
                self.release(met).await;
                Ok(())
            }
            Ok(Settled::Overtaken) => Err(in_progress()),
            Err(problem) => Err(problem),
        }
    }
}

fn in_progress() -> Problem {
    Problem::in_progress(Duration::from_secs(1))
}

/// The services themselves.
struct ToServices<'a> {
    call: &'a CallContext,
    calendar: &'a dyn Calendar,
    record: &'a SharedRecord,
}

impl Carrier for ToServices<'_> {
    fn most_together(&self) -> usize {
        self.calendar.max_batch_size()
    }

    fn ask(&self, requests: Vec<Request>) -> BoxFuture<'_, Vec<Replied>> {
        self.calendar.execute(self.call, requests).boxed()
    }

    fn write(&self, changes: Vec<(usize, RecordChange)>) -> BoxFuture<'_, Vec<Written>> {
        self.record.write(changes).boxed()
    }
}
