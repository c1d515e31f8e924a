//! When people are not available.

use std::{collections::HashMap, sync::Arc};

use super::Scheduler;
use crate::{
    call::{CallContext, yield_to_timers},
    domain::{EmailAddress, TimeSpan},
    problem::Problem,
    slots,
};

impl Scheduler {
    /// For each mailbox, in the order asked for, when it is not available during the window; a mailbox can fail by
    /// itself. One that is asked for several times is asked about, computed and held once.
    pub async fn availability(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Result<Vec<Result<Arc<[TimeSpan]>, Problem>>, Problem> {
        let (mut distinct, mut places) = (Vec::new(), HashMap::new());
        for mailbox in mailboxes {
            places.entry(mailbox.folded()).or_insert_with(|| {
                distinct.push(mailbox.clone());
                distinct.len() - 1
            });
        }
        let calendars = self.calendar.free_busy(call, &distinct, window).await;
        let mut found = Vec::with_capacity(calendars.len());
        for entries in calendars {
            let spans = entries.map(|entries| slots::unavailable(&entries, &window, self.tenant.tentative_is_busy));
            found.push(spans.map(Arc::from).map_err(Problem::from));
            // Hundreds of calendars are a long stretch of computing.
            yield_to_timers().await;
        }
        Ok(mailboxes.iter().map(|mailbox| found[places[mailbox.folded()]].clone()).collect())
    }
}
