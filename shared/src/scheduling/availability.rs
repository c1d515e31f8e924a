//! When people are not available.

use std::{collections::HashMap, sync::Arc};

use crate::{
    calendar::Calendar,
    call::{CallContext, yield_to_timers},
    domain::{EmailAddress, TimeSpan},
    scheduling::SchedulingError,
    slots,
};

/// When a mailbox is not available, or why that is not known.
pub type Unavailable = Result<Arc<[TimeSpan]>, SchedulingError>;

/// For each mailbox, in the order given, when it is not available within the window. Each mailbox can fail by itself. A mailbox
/// that is listed several times is queried and computed once.
pub async fn availability(
    calendar: &dyn Calendar,
    call: &CallContext,
    mailboxes: &[EmailAddress],
    window: TimeSpan,
    tentative_is_busy: bool,
) -> Vec<Unavailable> {
    let (mut distinct, mut positions) = (Vec::new(), HashMap::new());
    for mailbox in mailboxes {
        positions.entry(mailbox.folded()).or_insert_with(|| {
            distinct.push(mailbox.clone());
            distinct.len() - 1
        });
    }
    let calendars = calendar.free_busy(call, &distinct, window).await;
    let mut computed = Vec::with_capacity(calendars.len());
    for entries in calendars {
        let spans = entries.map(|entries| slots::unavailable(&entries, &window, tentative_is_busy));
        computed.push(spans.map(Arc::from).map_err(SchedulingError::from));
        // Hundreds of calendars take long to compute.
        yield_to_timers().await;
    }
    mailboxes.iter().map(|mailbox| computed[positions[mailbox.folded()]].clone()).collect()
}
