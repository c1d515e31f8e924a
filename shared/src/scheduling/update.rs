//! Change a meeting. The calendar alone knows the event as it is now, so what is sent is sent on.

use super::{
    Scheduler,
    read::Standing,
    record::Record,
    schedule::Scheduled,
    work::{INDEX_PAUSE, Work},
};
use crate::{
    calendar::{CalendarError, WrittenEvent},
    call::CallContext,
    domain::{EmailAddress, MeetingChange, MeetingId},
    problem::Problem,
};

impl Scheduler {
    /// Changes a meeting; what the change does not name stays as it is in the calendar now.
    pub async fn update(
        &self,
        call: &CallContext,
        id: &MeetingId,
        organizer: &EmailAddress,
        change: &MeetingChange,
    ) -> Result<Scheduled, Problem> {
        self.work(call, id).update(organizer, change).await
    }
}

/// Why an event was not changed, or nobody knows whether it was.
pub(super) struct Unchanged {
    pub problem: Problem,
    /// It was not, and will not be.
    pub untouched: bool,
}

impl Unchanged {
    pub fn untouched(problem: Problem) -> Self {
        Self { problem, untouched: true }
    }
}

impl From<CalendarError> for Unchanged {
    fn from(error: CalendarError) -> Self {
        Self { untouched: error.is_definite(), problem: error.into() }
    }
}

impl Work<'_> {
    async fn update(&self, organizer: &EmailAddress, change: &MeetingChange) -> Result<Scheduled, Problem> {
        let Standing { record, event } = self.standing(organizer).await?;
        if change.is_empty() {
            return Ok(Scheduled { teams_unavailable: false });
        }
        let changed = self.change_event(Standing { record, event }, change).await;
        let (_, written) = changed.map_err(|unchanged| unchanged.problem)?;
        let wanted = change.location.as_ref().is_some_and(crate::domain::Location::is_teams);
        Ok(Scheduled { teams_unavailable: written.link_lost || wanted && !written.online })
    }

    /// Changes the event of an active record. That it is not there is not believed on a single answer.
    pub(super) async fn change_event(
        &self,
        standing: Standing,
        change: &MeetingChange,
    ) -> Result<(Record, WrittenEvent), Unchanged> {
        let Standing { record, event } = standing;
        let error = match self.scheduler.change_event(self.call, &record.organizer, &event, change).await {
            Ok(written) => return Ok((record, written)),
            Err(error) => error,
        };
        if error != CalendarError::EventNotFound {
            return Err(error.into());
        }
        let Some(Standing { record, event }) = self.denied(&record).await.map_err(Unchanged::untouched)? else {
            return Err(error.into());
        };
        match self.scheduler.change_event(self.call, &record.organizer, &event, change).await {
            Ok(written) => Ok((record, written)),
            Err(CalendarError::EventNotFound) => Err(Unchanged::untouched(Problem::in_progress(INDEX_PAUSE))),
            Err(error) => Err(error.into()),
        }
    }
}
