//! Events: create, read, change, delete, find.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    GraphCalendar,
    drafts::{changed, check_span},
    errors::Target,
    json::{failed, parse},
    send::{Prefer, Request},
    urls,
    way_to_join::WayToJoin,
    wire::{EventIn, EventsIn},
};
use crate::{
    calendar::{CalendarError, Event, EventId, WrittenEvent},
    call::CallContext,
    domain::{EmailAddress, Marker, Meeting, MeetingChange},
};

const READ_BEFORE_CHANGE: &str =
    "body,start,end,isAllDay,isOnlineMeeting,onlineMeeting,isCancelled,lastModifiedDateTime";
/// How long Graph is given to add an online meeting's link before the event is read again.
const LINK_WAITS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3)];
/// What is left for reading the event once more and changing it.
const RESERVED_FOR_CHANGE: Duration = Duration::from_secs(3);
/// Pages of found events; a marker is on one event, or on a few after a quarrel with a timeout.
const MOST_PAGES: usize = 20;

impl GraphCalendar {
    pub(super) async fn create_event(
        &self,
        call: &CallContext,
        meeting: &Meeting,
        transaction: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError> {
        let request = self.creation(meeting, transaction, marker).written_out()?;
        written(&self.send(call, &request).await?)
    }

    pub(super) async fn read_event(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
    ) -> Result<Event, CalendarError> {
        let request = self.reading(organizer, id);
        read(&self.send(call, &request).await?)
    }

    pub(super) async fn change_event(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError> {
        check_span(change)?;
        // A person may have made it a Teams meeting since, or have moved it: the calendar alone knows.
        let now = if change.body.is_some() || change.needs_current_span() {
            Some(self.read_before_change(call, organizer, id, change).await?)
        } else {
            None
        };
        let request = self.patch(organizer, id, changed(change, now.as_ref())?).written_out()?;
        let written = changed_event(&self.send(call, &request).await?)?;
        let was_online = now.is_some_and(|now| now.is_online());
        Ok(WrittenEvent { link_lost: written.link_lost || was_online && !written.online, ..written })
    }

    /// The event as it is now. Where the change would replace the body of an online meeting, its way to join has to be there
    /// to be kept: as long as Graph has not added it, the event is read again.
    async fn read_before_change(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<EventIn, CalendarError> {
        let url = urls::event_properties(&self.tenant.cloud, organizer, id, READ_BEFORE_CHANGE);
        let request = Request::read(url, self.bound(organizer), Prefer::Utc, Target::EventReference);
        let mut waits = LINK_WAITS.into_iter();
        loop {
            let now = live(&self.send(call, &request).await?)?;
            if change.body.is_none() || WayToJoin::of(&now, Utc::now()) != WayToJoin::Awaited {
                return Ok(now);
            }
            let wait = waits.next().filter(|wait| *wait + RESERVED_FOR_CHANGE <= call.deadline.remaining());
            // A body without it would end the online meeting.
            tokio::time::sleep(wait.ok_or(CalendarError::LinkAwaited)?).await;
        }
    }

    pub(super) async fn delete_event(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
    ) -> Result<(), CalendarError> {
        let request = self.deletion(organizer, id);
        self.send(call, &request).await.map(drop)
    }

    pub(super) async fn find_events(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<EventId>, CalendarError> {
        let mut found = Vec::new();
        let mut next = Some(urls::marked_events(&self.tenant.cloud, organizer, marker));
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { break };
            let request = Request::read(url, self.bound(organizer), Prefer::Utc, Target::MailboxReference);
            let page: EventsIn = parse(&self.send(call, &request).await?)?;
            found.extend(page.value.into_iter().filter_map(found_event));
            next = page.next_link;
            if next.as_deref().is_some_and(|link| !urls::is_same_origin(&self.tenant.cloud, link)) {
                return Err(failed("a next page elsewhere"));
            }
        }
        // Half of a list would pass for all of it.
        if next.is_some() {
            return Err(failed("too many pages"));
        }
        Ok(oldest_first(found))
    }

    pub(super) async fn look_up_mailbox(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
    ) -> Result<(), CalendarError> {
        let request = self.looking_up(mailbox);
        self.send(call, &request).await.map(drop)
    }
}

/// The event in the answer to a read.
pub(super) fn read(answer: &[u8]) -> Result<Event, CalendarError> {
    live(answer)?.into_event().ok_or_else(|| failed("an event without id"))
}

/// What was read of an event, unless it was cancelled.
fn live(answer: &[u8]) -> Result<EventIn, CalendarError> {
    let event: EventIn = parse(answer)?;
    if event.is_cancelled == Some(true) { Err(CalendarError::EventNotFound) } else { Ok(event) }
}

/// The event in the answer to a write. An answer that cannot be read comes from a write that was carried out.
pub(super) fn written(answer: &[u8]) -> Result<WrittenEvent, CalendarError> {
    written_event(&written_as(answer)?)
}

/// The event in the answer to a change. One that was cancelled is there only for whoever knows its id: Graph may find it
/// among the deleted items.
pub(super) fn changed_event(answer: &[u8]) -> Result<WrittenEvent, CalendarError> {
    let event = written_as(answer)?;
    if event.is_cancelled == Some(true) { Err(CalendarError::EventNotFound) } else { written_event(&event) }
}

fn written_as(answer: &[u8]) -> Result<EventIn, CalendarError> {
    serde_json::from_slice(answer).map_err(|_| unreadable("an answer that cannot be read"))
}

fn written_event(event: &EventIn) -> Result<WrittenEvent, CalendarError> {
    let id = event.id.clone().filter(|id| !id.is_empty()).ok_or_else(|| unreadable("an event without an id"))?;
    Ok(WrittenEvent { id: EventId(id), online: event.is_online(), link_lost: event.has_lost_link() })
}

fn unreadable(what: &str) -> CalendarError {
    CalendarError::Inconclusive { cause: format!("Graph sent {what}") }
}

/// When an event was created, to tell which of several is the oldest, and its id. `None`: it was cancelled.
pub(super) fn found_event(event: EventIn) -> Option<(DateTime<Utc>, EventId)> {
    if event.is_cancelled == Some(true) {
        return None;
    }
    let created = event.created_date_time.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    // One without a date is no older than any other.
    let created = created.map_or(DateTime::<Utc>::MAX_UTC, |time| time.with_timezone(&Utc));
    Some((created, EventId(event.id?)))
}

pub(super) fn oldest_first(mut found: Vec<(DateTime<Utc>, EventId)>) -> Vec<EventId> {
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}
