//! Schedule a meeting: exactly one event, however often and however concurrently it is asked for.

use uuid::Uuid;

use super::{
    Scheduler,
    attempt::{Attempt, Outcome, ROUNDS},
    record::{Record, State},
    settle::Settled,
};
use crate::{
    call::CallContext,
    domain::{Fingerprint, Meeting, MeetingId},
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
        self.attempt(call, id).schedule(meeting).await
    }
}

impl Attempt<'_> {
    async fn schedule(&self, meeting: &Meeting) -> Result<Scheduled, Problem> {
        let payload = Fingerprint::of(meeting);
        for _ in 0..ROUNDS {
            let claim = self.fresh(meeting, &payload);
            let met = match self.claim(&claim).await? {
                Outcome::Mine(tombstone) => return self.create(claim, meeting, tombstone, false).await,
                Outcome::Rival(None) => continue,
                Outcome::Rival(Some(met)) => *met,
            };
            match met.state {
                State::Deleted => {}
                State::Active => {
                    if let Some((_, event)) = self.look(&met).await? {
                        return if met.payload == payload {
                            Ok(Scheduled { teams_unavailable: meeting.location.is_teams() && !event.online })
                        } else {
                            Err(already_exists())
                        };
                    }
                    if let Some(settles_at) = met.may_still_land(self.now()) {
                        return Err(self.wait_for(settles_at));
                    }
                    // Deleted in Outlook: the id is free for a new incarnation.
                    if let Outcome::Mine(_) = self.replace(&met, &claim).await? {
                        return self.create(claim, meeting, Some(Box::new(met)), false).await;
                    }
                }
                State::Creating | State::Deleting if !met.expired(self.now()) => {
                    return Err(self.wait_for(met.claim_expires));
                }
                State::Creating if met.payload == payload => {
                    let taken = self.taken_over(&met);
                    if let Outcome::Mine(_) = self.replace(&met, &taken).await? {
                        // What the record says for the case that this process dies, too, is not yet so.
                        let settles_at = met.settles_at(self.scheduler.unsettled_for);
                        let claim = Record { unsettled_until: Some(settles_at), ..taken };
                        return self.create(claim, meeting, None, true).await;
                    }
                }
                State::Creating => match self.settle(&met).await? {
                    Settled::Active(_) => return Err(already_exists()),
                    Settled::Never => {
                        if let Outcome::Mine(_) = self.replace(&met, &claim).await? {
                            return self.create(claim, meeting, Some(Box::new(met)), false).await;
                        }
                    }
                    Settled::Overtaken => {}
                },
                State::Deleting => self.take_over_delete(&met).await?,
            }
        }
        Err(Problem::in_progress(std::time::Duration::from_secs(1)))
    }

    /// A claim on a new incarnation. It counts the request that is about to be sent as unanswered: if this process dies,
    /// nobody else can tell.
    pub(super) fn fresh(&self, meeting: &Meeting, payload: &Fingerprint) -> Record {
        Record {
            state: State::Creating,
            incarnation: Uuid::new_v4(),
            attempt: Uuid::now_v7(),
            claim_expires: self.claim_expires(),
            unsettled_until: None,
            unanswered: 1,
            inconclusive: 0,
            payload: payload.clone(),
            organizer: meeting.organizer.clone(),
            event: None,
            forget_at: None,
        }
    }

    /// An expired claim taken over: another request may be sent in its name, and never be answered.
    fn taken_over(&self, met: &Record) -> Record {
        let held = self.held(met);
        Record {
            unanswered: met.unanswered + 1,
            unsettled_until: Some(held.claim_expires + self.scheduler.unsettled_for),
            ..held
        }
    }
}

fn already_exists() -> Problem {
    Problem::new(Kind::MeetingAlreadyExists, "The id is taken by a meeting with other content.")
}
