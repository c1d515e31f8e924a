//! Reads Graph's responses to requests about events.

use chrono::{DateTime, Utc};

use super::event_in::{EventIn, EventsIn};
use crate::{
    calendar::{
        CalendarError, Reply, Request, WrittenEvent,
        graph::{
            connection::GraphCalendar,
            transport::{
                errors::Target,
                request::{GraphRequest, Prefer},
                response::{failed, parse},
                urls,
            },
        },
    },
    call::CallContext,
    domain::{EmailAddress, EventId},
};

/// Pages of a list. As a rule it has one.
const MAX_PAGES: usize = 20;

impl GraphCalendar {
    /// The reply to a request, from the response body of a success. `current`: the event as it was read before a change.
    pub(crate) async fn reply(
        &self,
        call: &CallContext,
        request: &Request,
        current: Option<&EventIn>,
        body: &[u8],
    ) -> Result<Reply, CalendarError> {
        use Request::{Change, CheckMailbox, Create, Delete, Find, Read};
        Ok(match request {
            Create { .. } => Reply::Written(written_event(&written(body)?)?),
            Read { .. } => {
                let event = live(body)?.into_event().ok_or_else(|| failed("an event without id"))?;
                Reply::Event(Box::new(event))
            }
            Change { .. } => Reply::Written(changed_event(&written(body)?, current)?),
            Find { mailbox, .. } => {
                Reply::Found(found(self.all_pages(call, mailbox, parse(body)?, Target::MailboxReference).await?))
            }
            Delete { .. } | CheckMailbox { .. } => Reply::Done,
        })
    }

    /// The events of a list, given its first page. `target`: what the URL of the list names.
    pub(crate) async fn all_pages(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        first: EventsIn,
        target: Target,
    ) -> Result<Vec<EventIn>, CalendarError> {
        let mut events = Vec::new();
        let (mut page, mut pages) = (first, 1);
        loop {
            events.extend(page.value);
            let Some(link) = page.next_link else { break };
            if !urls::is_same_origin(&self.tenant.cloud, &link) {
                return Err(failed("a next page elsewhere"));
            }
            // An incomplete list must not pass for a complete one.
            if pages == MAX_PAGES {
                return Err(failed("too many pages"));
            }
            let request = GraphRequest::get(link, self.limited_mailbox(mailbox), Prefer::Utc, target);
            page = parse(&self.send(call, &request).await?)?;
            pages += 1;
        }
        Ok(events)
    }
}

/// The live events of a search, oldest first.
fn found(events: Vec<EventIn>) -> Vec<EventId> {
    let mut found: Vec<_> = events.into_iter().filter_map(found_event).collect();
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// The event in the response to a read, unless it was cancelled.
pub(super) fn live(body: &[u8]) -> Result<EventIn, CalendarError> {
    let event: EventIn = parse(body)?;
    if event.is_cancelled() { Err(CalendarError::EventNotFound) } else { Ok(event) }
}

/// The event in the response to a write. The write was carried out even if its response cannot be read.
fn written(body: &[u8]) -> Result<EventIn, CalendarError> {
    serde_json::from_slice(body).map_err(|_| unreadable("an answer that cannot be read"))
}

fn written_event(event: &EventIn) -> Result<WrittenEvent, CalendarError> {
    let id = event.id.clone().filter(|id| !id.is_empty()).ok_or_else(|| unreadable("an event without an id"))?;
    let (uid, times) = (event.uid(), event.times());
    Ok(WrittenEvent { id: EventId(id), uid, times, online: event.is_online(), link_lost: event.has_lost_link() })
}

/// The event after a change. Graph also changes a cancelled event in the deleted items, which only its id still leads to.
fn changed_event(event: &EventIn, before: Option<&EventIn>) -> Result<WrittenEvent, CalendarError> {
    if event.is_cancelled() {
        return Err(CalendarError::EventNotFound);
    }
    let written = written_event(event)?;
    let was_online = before.is_some_and(EventIn::is_online);
    Ok(WrittenEvent { link_lost: written.link_lost || was_online && !written.online, ..written })
}

fn unreadable(what: &str) -> CalendarError {
    CalendarError::UnknownResult { cause: format!("Graph sent {what}") }
}

/// When an event was created, to order several, and its id. `None`: the event was cancelled.
fn found_event(event: EventIn) -> Option<(DateTime<Utc>, EventId)> {
    if event.is_cancelled() {
        return None;
    }
    let created = event.created_date_time.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    // An event without a date comes last.
    let created = created.map_or(DateTime::<Utc>::MAX_UTC, |time| time.with_timezone(&Utc));
    Some((created, EventId(event.id?)))
}
