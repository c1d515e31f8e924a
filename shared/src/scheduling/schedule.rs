//! Schedule a meeting: exactly one event, however often and however concurrently it is asked for.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Scheduler,
    cancel::Then,
    record::{Record, State},
    settle::Settled,
    update::Unchanged,
    work::{Claim, Outcome, ROUNDS, Work, answered, best_effort, mint},
};
use crate::{
    calendar::WrittenEvent,
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
        self.work(call, id).schedule(meeting, &payload, IfThere::MustBeTheSame).await
    }
}

/// What is to become of a meeting that is there already.
#[derive(Clone, Copy)]
pub(super) enum IfThere<'a> {
    /// It stays, and has to be what is asked for.
    MustBeTheSame,
    /// It is changed to what is asked for. With the fingerprint of what it said before this request, where that was certain.
    Change(&'a MeetingChange, Option<&'a Fingerprint>),
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
                State::Active if let IfThere::Change(change, said) = if_there => {
                    return self.change_to(&met, change, payload, said).await;
                }
                State::Active => {
                    let asked_at = self.now();
                    match self.look(&met).await {
                        Ok(None) => {}
                        Ok(Some((_, event))) if met.payload == *payload => {
                            let teams_unavailable = event.link_lost || meeting.location.is_teams() && !event.online;
                            return Ok(Scheduled { teams_unavailable });
                        }
                        Ok(Some(_)) => return Err(already_exists()),
                        Err(problem) => return Err(self.unless_anothers(&met, meeting, asked_at, problem)),
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
                State::Creating => match self.settle(&met).await {
                    Ok(Settled::Active(_)) if matches!(if_there, IfThere::Change(..)) => {}
                    Ok(Settled::Active(_)) => return Err(already_exists()),
                    Ok(Settled::Never) => {
                        let claim = self.fresh(meeting, payload, newest);
                        let claim = Record { deletion: met.deletion.clone(), ..claim };
                        if let Outcome::Mine = self.replace(&met, &claim).await? {
                            return self.create(claim, meeting, false).await;
                        }
                    }
                    Ok(Settled::Overtaken) => {}
                    Err(problem) => return Err(self.unless_anothers(&met, meeting, self.now(), problem)),
                },
                State::Deleting => {
                    let asked_at = self.now();
                    let deletion = self.take_over_delete(&met, Then::GoesOn).await;
                    deletion.map_err(|problem| self.unless_anothers(&met, meeting, asked_at, problem))?;
                }
            }
        }
        Err(Problem::in_progress(Duration::from_secs(1)))
    }

    /// What a caller is told after a failure to find out about the meeting on record. A refusal that is about the calendar of
    /// somebody else than the caller's organizer is none of the caller's request: the id is taken.
    fn unless_anothers(&self, met: &Record, meeting: &Meeting, asked_at: DateTime<Utc>, problem: Problem) -> Problem {
        let is_refusal = matches!(problem.kind, Kind::MailboxNotFound | Kind::AccessDenied);
        if is_refusal && met.organizer != meeting.organizer {
            return Problem { cause: problem.cause, ..already_exists() };
        }
        self.while_open(met, asked_at, problem)
    }

    /// Makes an active record's event say what is asked for, and puts that on record. While the change is under way nobody
    /// knows what the event says; `said` is what it says if nothing comes of the change.
    async fn change_to(
        &self,
        record: &Record,
        change: &MeetingChange,
        payload: &Fingerprint,
        said: Option<&Fingerprint>,
    ) -> Result<Scheduled, Problem> {
        let (record, written) = match self.change_with_doubt(record, change).await {
            Ok(changed) => changed,
            Err(Unchanged { problem, untouched }) => {
                if let Some(said) = said.filter(|_| untouched) {
                    best_effort(self.still_says(said)).await;
                }
                return Err(problem);
            }
        };
        let changed = Record { payload: payload.clone(), ..record.clone() };
        match self.close(&record, &changed).await {
            Ok(Outcome::Mine) => {}
            Ok(Outcome::Rival(_)) => return Err(Problem::in_progress(Duration::from_secs(1))),
            // It is changed, but that is not on record.
            Err(problem) => return Err(problem.with_open_outcome()),
        }
        let wanted = change.location.as_ref().is_some_and(Location::is_teams);
        Ok(Scheduled { teams_unavailable: written.link_lost || wanted && !written.online })
    }

    async fn change_with_doubt(
        &self,
        record: &Record,
        change: &MeetingChange,
    ) -> Result<(Record, WrittenEvent), Unchanged> {
        let record = self.converge(record).await.map_err(Unchanged::untouched)?;
        let record = self.in_doubt(record).await.map_err(Unchanged::untouched)?;
        self.change_event(record.standing().map_err(Unchanged::untouched)?, change).await
    }

    /// Puts on record that an event says what it said before a change that was not carried out.
    async fn still_says(&self, said: &Fingerprint) -> Result<(), Problem> {
        // Also where time for work has run out.
        let read = self.scheduler.records.read(&self.key);
        let Some(record) = answered(self.call.deadline.closing(read).await)? else { return Ok(()) };
        if record.state == State::Active && record.payload.is_in_doubt() {
            self.close(&record, &Record { payload: said.clone(), ..record.clone() }).await?;
        }
        Ok(())
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
