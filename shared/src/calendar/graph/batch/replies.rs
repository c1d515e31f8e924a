//! What the answers to single items mean.

use super::super::{
    GraphCalendar,
    events::{changed_event, found_event, oldest_first, read, written},
    json::parse,
    wire::EventsIn,
};
use crate::{
    calendar::{self, CalendarError, Reply},
    call::CallContext,
};

impl GraphCalendar {
    /// The reply to a request that was a success.
    pub(super) async fn reply(
        &self,
        call: &CallContext,
        asked: &calendar::Request,
        answer: &[u8],
    ) -> Result<Reply, CalendarError> {
        use calendar::Request::{Change, Create, Delete, Find, Glance, LookUp};
        Ok(match asked {
            Create { .. } => Reply::Written(written(answer)?),
            Change { .. } => Reply::Written(changed_event(answer)?),
            Glance { .. } => Reply::Event(Box::new(read(answer)?)),
            Delete { .. } | LookUp { .. } => Reply::Done,
            Find { mailbox, marker } => {
                let page: EventsIn = parse(answer)?;
                // More than one page is too rare to be worth batches of their own.
                Reply::Found(match page.next_link {
                    Some(_) => self.find_events(call, mailbox, marker).await?,
                    None => oldest_first(page.value.into_iter().filter_map(found_event).collect()),
                })
            }
        })
    }
}
