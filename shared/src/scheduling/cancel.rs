//! Delete a meeting: out of every calendar, and repeatable.

use std::time::Duration;

use super::{
    Scheduler,
    attempt::{Attempt, Outcome, ROUNDS, best_effort},
    record::{Record, State},
    settle::Settled,
};
use crate::{
    calendar::{CalendarError, FoundEvent},
    call::CallContext,
    domain::{EmailAddress, MeetingId},
    problem::Problem,
};

impl Scheduler {
    /// Deletes a meeting; the calendar service tells the attendees. Repeating it is a success while the tombstone lives,
    /// and so is deleting a meeting that is gone from the calendar already.
    pub async fn cancel(&self, call: &CallContext, id: &MeetingId, organizer: &EmailAddress) -> Result<(), Problem> {
        self.attempt(call, id).cancel(organizer).await
    }
}

impl Attempt<'_> {
    async fn cancel(&self, organizer: &EmailAddress) -> Result<(), Problem> {
        for _ in 0..ROUNDS {
            let met = match self.claim_delete(organizer).await? {
                Ok(held) => return self.finish_delete(held).await,
                Err(None) => return Err(Problem::meeting_not_found()),
                Err(Some(met)) => *met,
            };
            if met.organizer != *organizer {
                return Err(Problem::meeting_not_found());
            }
            match met.state {
                State::Deleted => return Ok(()),
                // It became active after the claim looked: look again.
                State::Active => {}
                State::Creating | State::Deleting if !met.expired(self.now()) => {
                    return Err(self.wait_for(met.claim_expires));
                }
                State::Creating => match self.settle(&met).await? {
                    Settled::Active(active) => {
                        let deleting = Record { state: State::Deleting, ..self.held(&active) };
                        if let Outcome::Mine(_) = self.replace(&active, &deleting).await? {
                            return self.finish_delete(deleting).await;
                        }
                    }
                    Settled::Never => {
                        best_effort(self.remove(&met)).await;
                        return Err(Problem::meeting_not_found());
                    }
                    Settled::Overtaken => {}
                },
                State::Deleting => return self.take_over_delete(&met).await,
            }
        }
        Err(Problem::in_progress(Duration::from_secs(1)))
    }

    /// Finishes a delete whose request is gone.
    pub(super) async fn take_over_delete(&self, met: &Record) -> Result<(), Problem> {
        let held = self.held(met);
        match self.replace(met, &held).await? {
            Outcome::Mine(_) => self.finish_delete(held).await,
            Outcome::Rival(_) => Err(Problem::in_progress(Duration::from_secs(1))),
        }
    }

    /// Deletes the event of a deleting record that this request holds, and leaves a tombstone.
    async fn finish_delete(&self, held: Record) -> Result<(), Problem> {
        if let Err(error) = self.delete_events(&held).await {
            // Certain that nothing happened: the meeting is as it was. Otherwise the delete waits to be repeated.
            let next = if error.is_definite() && held.event.is_some() {
                Record { state: State::Active, claim_expires: self.now(), ..held.clone() }
            } else {
                Record { claim_expires: self.now(), ..held.clone() }
            };
            best_effort(self.close(&held, &next)).await;
            return Err(error.into());
        }
        if let Some(settles_at) = held.may_still_land(self.now()) {
            // A double may still appear: a tombstone now would leave it to nobody.
            best_effort(self.close(&held, &Record { claim_expires: self.now(), ..held.clone() })).await;
            return Err(self.wait_for(settles_at));
        }
        match self.close(&held, &self.tombstone(&held)).await? {
            Outcome::Rival(Some(now)) if now.incarnation == held.incarnation && now.state == State::Deleting => {
                Err(Problem::in_progress(Duration::from_secs(1)))
            }
            // Done, or another request finished this delete; the id may even be in use again.
            Outcome::Mine(_) | Outcome::Rival(_) => Ok(()),
        }
    }

    /// Deletes the record's event, and everything that carries its marker where the record was ever unsettled.
    async fn delete_events(&self, held: &Record) -> Result<(), CalendarError> {
        let calendar = &self.scheduler.calendar;
        let mut doubles: Vec<FoundEvent> = match held.unsettled_until {
            Some(_) => calendar.find(self.call, &held.organizer, &self.marker(held)).await?,
            None => Vec::new(),
        };
        doubles.retain(|double| Some(&double.id) != held.event.as_ref());
        for event in held.event.iter().chain(doubles.iter().map(|double| &double.id)) {
            match calendar.delete(self.call, &held.organizer, event).await {
                Ok(()) | Err(CalendarError::EventNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
