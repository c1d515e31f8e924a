//! When people are not available.

use super::Scheduler;
use crate::{
    call::CallContext,
    domain::{EmailAddress, TimeSpan},
    problem::Problem,
    slots,
};

impl Scheduler {
    /// For each mailbox, in the order asked for, when it is not available during the window; a mailbox can fail by
    /// itself. Fails as a whole where the request may not act.
    pub async fn availability(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Result<Vec<Result<Vec<TimeSpan>, Problem>>, Problem> {
        // Not along with it: one refused request could cause hundreds at Microsoft.
        self.admission.verdict().await?;
        let calendars = self.calendar.free_busy(call, mailboxes, window).await;
        Ok(calendars
            .into_iter()
            .map(|entries| Ok(slots::unavailable(&entries?, &window, self.tenant.tentative_is_busy)))
            .collect())
    }
}
