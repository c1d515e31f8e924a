//! Schedule a meeting: exactly one event, however often and however concurrently it is asked for.

use std::time::Duration;

use uuid::Uuid;

use super::{
    Scheduler,
    cancel::Then,
    read::Standing,
    record::{Record, State},
    settle::Settled,
    work::{Claim, Outcome, ROUNDS, Work, mint},
};
use crate::{
    call::CallContext,
    domain::{Fingerprint, Location, Meeting, MeetingChange, MeetingId},
    problem::{Kind, Problem},
};

/// A meeting that is in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// An online meeting was asked for, and the service could not attach one.
    pub teams_unavailable: bool,
}

impl Scheduler {
    /// Puts a meeting into the organizer's calendar. Asked again with the same content, it changes nothing.
    pub async fn schedule(&self, call: &CallContext, id: &MeetingId, meeting: &Meeting) -> Result<Scheduled, Problem> {
        let payload = Fingerprint::of(meeting);
        self.admission.over(self.work(call, id).schedule(meeting, &payload, IfThere::MustBeTheSame)).await
    }
}

/// What is to become of a meeting that is there already.
#[derive(Clone, Copy)]
pub(super) enum IfThere<'a> {
    /// It stays, and has to be what is asked for.
    MustBeTheSame,
    /// It is changed to what is asked for.
    Change(&'a MeetingChange),
}

impl Work<'_> {
    pub(super) async fn schedule(
        &self,
        meeting: &Meeting,
        payload: &Fingerprint,
        if_there: IfThere<'_>,
    ) -> Result<Scheduled, Problem> {
        let mut newest = Uuid::nil();
        for _ in 0..ROUNDS {
            let met = match self.claim(self.fresh(meeting, payload, newest)).await? {
                Claim::Held(claim) => return self.create(*claim, meeting, false).await,
                Claim::Met(None) => continue,
                Claim::Met(Some(met)) => *met,
            };
            newest = met.attempt;
            match met.state {
                // It was deleted after the claim looked, or its attempt id was the newer one: look again.
                State::Deleted => {}
                State::Active if let IfThere::Change(change) = if_there => {
                    return self.change_to(&met, change, payload).await;
                }
                State::Active => {
                    let asked_at = self.now();
                    if let Some((_, event)) = self.look(&met).await? {
                        return if met.payload == *payload {
                            Ok(Scheduled { teams_unavailable: meeting.location.is_teams() && !event.online })
                        } else {
                            Err(already_exists())
                        };
                    }
                    if let Some(settles_at) = met.may_still_land(asked_at) {
                        return Err(self.wait_for(settles_at));
                    }
                    // Deleted in Outlook: the id is free for a new incarnation.
                    let claim = self.fresh(meeting, payload, newest);
                    let claim = Record { deletion: Some(self.deletion(&met)), ..claim };
                    if let Outcome::Mine = self.replace(&met, &claim).await? {
                        return self.create(claim, meeting, false).await;
                    }
                }
                State::Creating | State::Deleting if !met.expired(self.now()) => {
                    return Err(self.wait_for(met.claim_expires));
                }
                State::Creating if met.payload == *payload => {
                    if let Some(claim) = self.counting_one_more(&met).await? {
                        return self.create(claim, meeting, true).await;
                    }
                }
                State::Creating => match self.settle(&met).await? {
                    Settled::Active(_) if matches!(if_there, IfThere::Change(_)) => {}
                    Settled::Active(_) => return Err(already_exists()),
                    Settled::Never => {
                        let claim = self.fresh(meeting, payload, newest);
                        let claim = Record { deletion: met.deletion.clone(), ..claim };
                        if let Outcome::Mine = self.replace(&met, &claim).await? {
                            return self.create(claim, meeting, false).await;
                        }
                    }
                    Settled::Overtaken => {}
                },
                State::Deleting => self.take_over_delete(&met, Then::GoesOn).await?,
            }
        }
        Err(Problem::in_progress(Duration::from_secs(1)))
    }

    /// Makes an active record's event say what is asked for, and puts that on record. Of one that is gone there is nothing to
    /// change.
    async fn change_to(
        &self,
        record: &Record,
        change: &MeetingChange,
        payload: &Fingerprint,
    ) -> Result<Scheduled, Problem> {
        let record = self.in_doubt(self.converge(record).await?).await?;
        let Standing { record, event } = record.standing()?;
        let written = self.scheduler.calendar.change(self.call, &record.organizer, &event, change).await?;
        let changed = Record { payload: payload.clone(), ..record.clone() };
        match self.close(&record, &changed).await {
            Ok(Outcome::Mine) => {}
            Ok(Outcome::Rival(_)) => return Err(Problem::in_progress(Duration::from_secs(1))),
            // It is changed, but that is not on record.
            Err(problem) => return Err(problem.with_open_outcome()),
        }
        let wanted = change.location.as_ref().is_some_and(Location::is_teams);
        Ok(Scheduled { teams_unavailable: wanted && !written.online })
    }

    /// The record, which tells that nobody knows what its event says, before somebody changes that.
    async fn in_doubt(&self, record: Record) -> Result<Record, Problem> {
        let payload = Fingerprint::in_doubt();
        if record.payload == payload {
            return Ok(record);
        }
        let next = Record { attempt: mint(record.attempt), payload, ..record.clone() };
        match self.replace(&record, &next).await? {
            Outcome::Mine => Ok(next),
            Outcome::Rival(_) => Err(Problem::in_progress(Duration::from_secs(1))),
        }
    }

    /// A claim on a new incarnation, newer than what stands there. It counts the request that is about to be sent as
    /// unanswered: if this process dies, nobody else can tell.
    pub(super) fn fresh(&self, meeting: &Meeting, payload: &Fingerprint, above: Uuid) -> Record {
        Record {
            state: State::Creating,
            incarnation: Uuid::new_v4(),
            attempt: mint(above),
            claim_expires: self.claim_expires(),
            unsettled_until: None,
            unanswered: 1,
            inconclusive: 0,
            payload: payload.clone(),
            organizer: meeting.organizer.clone(),
            event: None,
            deletion: None,
        }
    }
}

pub(super) fn already_exists() -> Problem {
    Problem::new(Kind::MeetingAlreadyExists, "The id is taken by a meeting with other content.")
}
