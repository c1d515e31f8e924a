//! Change a meeting. The calendar alone knows the event as it is now, so what is sent is sent on.

use super::{Scheduler, read::Standing, schedule::Scheduled, work::Work};
use crate::{
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
        self.admission.over(self.work(call, id).update(organizer, change)).await
    }
}

impl Work<'_> {
    async fn update(&self, organizer: &EmailAddress, change: &MeetingChange) -> Result<Scheduled, Problem> {
        let Standing { record, event } = self.standing(organizer).await?;
        if change.is_empty() {
            return Ok(Scheduled { teams_unavailable: false });
        }
        let written = self.scheduler.calendar.change(self.call, &record.organizer, &event, change).await?;
        let wanted = change.location.as_ref().is_some_and(crate::domain::Location::is_teams);
        Ok(Scheduled { teams_unavailable: written.link_lost || wanted && !written.online })
    }
}
