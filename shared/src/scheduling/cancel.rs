//! Delete a meeting: out of every calendar, and repeatable.

use std::time::Duration;

use uuid::Uuid;

use super::{
    Scheduler,
    record::{Record, State},
    settle::Settled,
    work::{Claim, Outcome, ROUNDS, Work, best_effort},
};
use crate::{
    calendar::{CalendarError, EventId},
    call::CallContext,
    domain::{EmailAddress, MeetingId},
    problem::Problem,
};

/// How a request came to hold a deleting record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// It made the active record a deleting one: nobody else has asked the calendar to delete anything.
    Began,
    /// Another request did, whose own requests to delete may be carried out yet.
    TookOver,
}

/// What a request does once a delete is finished.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing more.
    Ends,
    /// It goes on with the id.
    GoesOn,
}

/// Why not everything was deleted.
pub(super) struct Undeleted {
    pub error: CalendarError,
    /// Nothing was, and nothing will be.
    pub untouched: bool,
}

/// What came of deleting events.
#[derive(Default)]
pub(super) struct Deletions {
    /// Those that were deleted now.
    deleted: Vec<EventId>,
    /// Others with the same marker that are there, found where the service's word had to be checked.
    others: Vec<EventId>,
}

impl Scheduler {
    /// Deletes a meeting; the calendar service tells the attendees. Repeating it is a success while the tombstone lives,
    /// and so is deleting a meeting that is gone from the calendar already.
    pub async fn cancel(&self, call: &CallContext, id: &MeetingId, organizer: &EmailAddress) -> Result<(), Problem> {
        self.work(call, id).cancel(organizer).await
    }
}

impl Work<'_> {
    pub(super) async fn cancel(&self, organizer: &EmailAddress) -> Result<(), Problem> {
        let mut newest = Uuid::nil();
        for _ in 0..ROUNDS {
            let met = match self.claim_delete(organizer, newest).await? {
                Claim::Held(held) => return self.finish_delete(*held, Holder::Began, Then::Ends).await,
                Claim::Met(None) => return Err(Problem::meeting_not_found()),
                Claim::Met(Some(met)) => *met,
            };
            newest = met.attempt;
            if met.state == State::Deleted {
                return met.was_deleted(organizer);
            }
            if met.organizer != *organizer {
                return Err(Problem::meeting_not_found());
            }
            match met.state {
                // It became active after the claim looked, or its attempt id was the newer one: look again.
                State::Deleted | State::Active => {}
                State::Creating | State::Deleting if !met.expired(self.now()) => {
                    return Err(self.wait_for(met.claim_expires));
                }
                State::Creating => match self.settle(&met).await? {
                    Settled::Active(active) => {
                        let deleting = Record { state: State::Deleting, ..self.held(&active) };
                        if let Outcome::Mine = self.replace(&active, &deleting).await? {
                            return self.finish_delete(deleting, Holder::Began, Then::Ends).await;
                        }
                    }
                    Settled::Never => {
                        self.release(&met).await;
                        return met.was_deleted(organizer);
                    }
                    Settled::Overtaken => {}
                },
                State::Deleting => return self.take_over_delete(&met, Then::Ends).await,
            }
        }
        Err(Problem::in_progress(Duration::from_secs(1)))
    }

    /// Finishes a delete whose request is gone.
    pub(super) async fn take_over_delete(&self, met: &Record, then: Then) -> Result<(), Problem> {
        let held = self.held(met);
        match self.replace(met, &held).await? {
            Outcome::Mine => self.finish_delete(held, Holder::TookOver, then).await,
            Outcome::Rival(_) => Err(Problem::in_progress(Duration::from_secs(1))),
        }
    }

    /// Deletes the event of a deleting record that this request holds, and leaves a tombstone.
    pub(super) async fn finish_delete(&self, held: Record, holder: Holder, then: Then) -> Result<(), Problem> {
        let asked_at = self.now();
        if let Err(Undeleted { error, untouched }) = self.delete_events(&held).await {
            // Certain that nothing happened and nothing will: the meeting is as it was. Otherwise the delete waits to be
            // repeated. Called active, the meeting might be promised to somebody and be deleted after that.
            // A copy whose mailbox is not there is none that anybody has: it stays to be deleted, should that come back.
            let is_nobodys = self.key.copy_of.is_some() && error == CalendarError::MailboxNotFound;
            let as_it_was = untouched && holder == Holder::Began && !is_nobodys;
            let state = if as_it_was { State::Active } else { State::Deleting };
            best_effort(self.close(&held, &Record { state, ..self.let_go(&held) })).await;
            return Err(self.while_open(&held, asked_at, error));
        }
        if let Some(settles_at) = held.may_still_land(asked_at) {
            // A double may still appear: a tombstone now would leave it to nobody.
            best_effort(self.close(&held, &self.let_go(&held))).await;
            return Err(self.wait_for(settles_at));
        }
        let tombstone = self.tombstone(&held);
        let written = match then {
            Then::Ends => self.close(&held, &tombstone).await,
            Then::GoesOn => self.replace(&held, &tombstone).await,
        };
        // Deleted, and that is not on record: a repeat finishes it.
        match written.map_err(Problem::with_open_outcome)? {
            Outcome::Rival(Some(now)) if now.incarnation == held.incarnation && now.state == State::Deleting => {
                Err(Problem::in_progress(Duration::from_secs(1)))
            }
            // Done, or another request finished this delete; the id may even be in use again.
            Outcome::Mine | Outcome::Rival(_) => Ok(()),
        }
    }

    /// Deletes the record's event, and everything that carries its marker where the record was ever unsettled.
    async fn delete_events(&self, held: &Record) -> Result<(), Undeleted> {
        let doubles = match held.unsettled_until {
            Some(_) => self.find(held).await.map_err(|error| Undeleted { error, untouched: true })?,
            None => Vec::new(),
        };
        let known = held.event.iter().cloned();
        let doubles = doubles.into_iter().filter(|double| Some(double) != held.event.as_ref());
        let Deletions { deleted, others } = self.delete_each(held, &known.chain(doubles).collect::<Vec<_>>()).await?;
        let again = self.delete_each(held, &others).await;
        again.map(drop).map_err(|failed| Undeleted { untouched: failed.untouched && deleted.is_empty(), ..failed })
    }

    /// Deletes events that carry a record's marker; one that is gone already is deleted. That it is, is not believed on a
    /// single answer: its marker is looked for, and where the index shows the event, the event itself is.
    pub(super) async fn delete_each(&self, record: &Record, events: &[EventId]) -> Result<Deletions, Undeleted> {
        let (mut deleted, mut denied) = (Vec::new(), Vec::new());
        let undeleted = |deleted: &[EventId], error: CalendarError| Undeleted {
            untouched: deleted.is_empty() && error.is_definite(),
            error,
        };
        for event in events {
            match self.scheduler.delete_event(self.call, &record.organizer, event).await {
                Ok(()) => deleted.push(event.clone()),
                Err(error @ (CalendarError::EventNotFound | CalendarError::CannotDelete { .. })) => {
                    denied.push((event, error));
                }
                Err(error) => return Err(undeleted(&deleted, error)),
            }
        }
        if denied.is_empty() {
            return Ok(Deletions { deleted, others: Vec::new() });
        }
        let mut found = self.find(record).await.map_err(|error| undeleted(&deleted, error))?;
        for (event, error) in denied.into_iter().filter(|(event, _)| found.contains(event)) {
            match self.delete_if_live(record, event, error).await {
                Ok(true) => deleted.push(event.clone()),
                Ok(false) => {}
                Err(error) => return Err(undeleted(&deleted, error)),
            }
        }
        found.retain(|found| !events.contains(found));
        Ok(Deletions { deleted, others: found })
    }

    /// Deletes an event that the marker's index shows although the service answered a deletion with `denial`: the index may
    /// be behind, or the service wrong. Tells whether there was one.
    async fn delete_if_live(
        &self,
        record: &Record,
        event: &EventId,
        denial: CalendarError,
    ) -> Result<bool, CalendarError> {
        if self.live(&record.organizer, event).await?.is_none() {
            return Ok(false);
        }
        if denial != CalendarError::EventNotFound {
            return Err(denial);
        }
        match self.scheduler.delete_event(self.call, &record.organizer, event).await {
            Ok(()) => Ok(true),
            Err(CalendarError::EventNotFound) => {
                let cause = "an event that is there is said not to be".to_owned();
                Err(CalendarError::Failed { cause, retry_after: None })
            }
            Err(error) => Err(error),
        }
    }
}

impl Record {
    /// What a delete comes to where there is no meeting: a success for as long as one was deleted that this organizer had.
    fn was_deleted(&self, organizer: &EmailAddress) -> Result<(), Problem> {
        match &self.deletion {
            Some(deletion) if deletion.organizer == *organizer => Ok(()),
            _ => Err(Problem::meeting_not_found()),
        }
    }
}
