//! What Graph's answers to requests about events mean.

use chrono::{DateTime, Utc};

use super::event_in::{EventIn, EventsIn};
use crate::{
    calendar::{
        self, CalendarError, EventId, Reply, WrittenEvent,
        graph::{
            GraphCalendar,
            transport::{
                errors::Target,
                response::{failed, parse},
                send::{Prefer, Request},
                urls,
            },
        },
    },
    call::CallContext,
    domain::EmailAddress,
};

/// Pages of found events; a marker is on one event, or on a few after a quarrel with a timeout.
const MOST_PAGES: usize = 20;

impl GraphCalendar {
    /// The reply to a request, from the answer of a success. `current`: the event as it was read before a change.
    pub(crate) async fn reply(
        &self,
        call: &CallContext,
        request: &calendar::Request,
        current: Option<&EventIn>,
        answer: &[u8],
    ) -> Result<Reply, CalendarError> {
        use calendar::Request::{Change, CheckMailbox, Create, Delete, Find, Read};
        Ok(match request {
            Create { .. } => Reply::Written(written_event(&written(answer)?)?),
            Read { .. } => {
                let event = live(answer)?.into_event().ok_or_else(|| failed("an event without id"))?;
                Reply::Event(Box::new(event))
            }
            Change { .. } => Reply::Written(changed_event(&written(answer)?, current)?),
            Find { mailbox, .. } => Reply::Found(self.all_pages(call, mailbox, parse(answer)?).await?),
            Delete { .. } | CheckMailbox { .. } => Reply::Done,
        })
    }

    /// The live events of a search whose first page is known, oldest first.
    async fn all_pages(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        first: EventsIn,
    ) -> Result<Vec<EventId>, CalendarError> {
        let mut found = Vec::new();
        let (mut page, mut pages) = (first, 1);
        loop {
            found.extend(page.value.into_iter().filter_map(found_event));
            let Some(link) = page.next_link else { break };
            if !urls::is_same_origin(&self.tenant.cloud, &link) {
                return Err(failed("a next page elsewhere"));
            }
            // Half of a list would pass for all of it.
            if pages == MOST_PAGES {
                return Err(failed("too many pages"));
            }
            let request = Request::read(link, self.bound(mailbox), Prefer::Utc, Target::MailboxReference);
            page = parse(&self.send(call, &request).await?)?;
            pages += 1;
        }
        found.sort();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }
}

/// What was read of an event, unless it was cancelled.
pub(super) fn live(answer: &[u8]) -> Result<EventIn, CalendarError> {
    let event: EventIn = parse(answer)?;
    if event.is_cancelled == Some(true) { Err(CalendarError::EventNotFound) } else { Ok(event) }
}

/// The event in the answer to a write. The write was carried out even if its answer cannot be read.
fn written(answer: &[u8]) -> Result<EventIn, CalendarError> {
    serde_json::from_slice(answer).map_err(|_| unreadable("an answer that cannot be read"))
}

fn written_event(event: &EventIn) -> Result<WrittenEvent, CalendarError> {
    let id = event.id.clone().filter(|id| !id.is_empty()).ok_or_else(|| unreadable("an event without an id"))?;
    Ok(WrittenEvent { id: EventId(id), online: event.is_online(), link_lost: event.has_lost_link() })
}

/// The event after a change. Graph also changes a cancelled event in the deleted items, which only its id still leads to.
fn changed_event(event: &EventIn, before: Option<&EventIn>) -> Result<WrittenEvent, CalendarError> {
    if event.is_cancelled == Some(true) {
        return Err(CalendarError::EventNotFound);
    }
    let written = written_event(event)?;
    let was_online = before.is_some_and(EventIn::is_online);
    Ok(WrittenEvent { link_lost: written.link_lost || was_online && !written.online, ..written })
}

fn unreadable(what: &str) -> CalendarError {
    CalendarError::Inconclusive { cause: format!("Graph sent {what}") }
}

/// When an event was created, to order several, and its id. `None`: the event was cancelled.
fn found_event(event: EventIn) -> Option<(DateTime<Utc>, EventId)> {
    if event.is_cancelled == Some(true) {
        return None;
    }
    let created = event.created_date_time.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    // An event without a date comes last.
    let created = created.map_or(DateTime::<Utc>::MAX_UTC, |time| time.with_timezone(&Utc));
    Some((created, EventId(event.id?)))
}
