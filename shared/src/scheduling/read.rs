//! Read a meeting as it is in the calendar now.

use std::time::Duration;

use super::{
    Scheduler,
    cancel::Then,
    record::{Record, State},
    settle::Settled,
    work::{ROUNDS, Work},
};
use crate::{
    calendar::{Event, EventId},
    call::CallContext,
    domain::{EmailAddress, MeetingId},
    problem::Problem,
};

/// A meeting that is on record as being in the calendar.
pub(super) struct Standing {
    pub record: Record,
    pub event: EventId,
}

impl Scheduler {
    /// A meeting's event as the calendar shows it now.
    pub async fn read(&self, call: &CallContext, id: &MeetingId, organizer: &EmailAddress) -> Result<Event, Problem> {
        let work = self.work(call, id);
        let Standing { record, .. } = work.standing(organizer).await?;
        work.event_of(record).await?.map(|(_, event)| event).ok_or_else(Problem::meeting_not_found)
    }
}

impl Work<'_> {
    /// The active record of this organizer's meeting. What an earlier request left open is settled first.
    pub(super) async fn standing(&self, organizer: &EmailAddress) -> Result<Standing, Problem> {
        for _ in 0..ROUNDS {
            let record = self.read().await?.ok_or_else(Problem::meeting_not_found)?;
            if record.organizer != *organizer {
                return Err(Problem::meeting_not_found());
            }
            match record.state {
                State::Deleted => return Err(Problem::meeting_not_found()),
                State::Active => return self.converge(&record).await?.standing(),
                State::Creating | State::Deleting if !record.expired(self.now()) => {
                    return Err(self.wait_for(record.claim_expires));
                }
                State::Creating => match self.settle(&record).await? {
                    Settled::Active(active) => return active.standing(),
                    Settled::Never => {
                        self.release(&record).await;
                        return Err(Problem::meeting_not_found());
                    }
                    Settled::Overtaken => {}
                },
                State::Deleting => {
                    self.take_over_delete(&record, Then::Ends).await?;
                    return Err(Problem::meeting_not_found());
                }
            }
        }
        Err(Problem::in_progress(Duration::from_secs(1)))
    }
}

impl Record {
    /// With its event, which every active record names.
    pub(super) fn standing(self) -> Result<Standing, Problem> {
        let event = self.event.clone().ok_or_else(|| Problem::internal("an active record names no event"))?;
        Ok(Standing { record: self, event })
    }
}
