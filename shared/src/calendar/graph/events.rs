//! Events: create, read, change, delete, find.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    GraphCalendar,
    body::{escape, with_join_block},
    errors::Target,
    retry::Repeat,
    send::{Prefer, Request},
    urls,
    wire::{self, BodyOut, EventIn, EventOut, EventsIn, ExtendedProperty, LocationOut},
};
use crate::{
    calendar::{CalendarError, Event, EventId, WrittenEvent},
    call::CallContext,
    domain::{Access, EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
};

/// The online meetings that are made. An organization that does not allow them answers without one.
const TEAMS: &str = "teamsForBusiness";
const READ: &str = "id,subject,body,location,start,end,attendees,isOnlineMeeting,isCancelled";
const READ_BEFORE_CHANGE: &str = "body,start,end,isAllDay,isOnlineMeeting,onlineMeeting,isCancelled";
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
        let request = Request {
            method: Method::POST,
            url: urls::events(&self.tenant.cloud, &meeting.organizer),
            mailbox: self.bound(&meeting.organizer),
            prefer: Prefer::Utc,
            body: Some(json(&created(meeting, transaction, marker))?),
            repeat: Repeat::Never,
            target: Target::Mailbox,
        };
        written(&self.send(call, &request).await?)
    }

    pub(super) async fn read_event(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
    ) -> Result<Event, CalendarError> {
        let event = self.get(call, organizer, id, READ, Prefer::UtcAndTextBody).await?;
        event.into_event().ok_or_else(|| failed("an event without id or times"))
    }

    pub(super) async fn change_event(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError> {
        if let (Some(start), Some(end)) = (change.start, change.end) {
            TimeSpan::new(start, end).map_err(|_| CalendarError::InvalidTimeSpan)?;
        }
        // A person may have made it a Teams meeting since, or have moved it: the calendar alone knows.
        let now = if change.body.is_some() || change.needs_current_span() {
            Some(self.get(call, organizer, id, READ_BEFORE_CHANGE, Prefer::Utc).await?)
        } else {
            None
        };
        let request = Request {
            method: Method::PATCH,
            url: urls::event(&self.tenant.cloud, organizer, id),
            mailbox: self.bound(organizer),
            prefer: Prefer::Utc,
            body: Some(json(&changed(change, now.as_ref())?)?),
            repeat: Repeat::Idempotent,
            target: Target::Event,
        };
        written(&self.send(call, &request).await?)
    }

    pub(super) async fn delete_event(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
    ) -> Result<(), CalendarError> {
        let request = Request {
            method: Method::DELETE,
            url: urls::event(&self.tenant.cloud, organizer, id),
            mailbox: self.bound(organizer),
            prefer: Prefer::Utc,
            body: None,
            repeat: Repeat::Idempotent,
            target: Target::Event,
        };
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
            let request = Request::read(url, self.bound(organizer), Prefer::Utc, Target::Mailbox);
            let page: EventsIn = parse(&self.send(call, &request).await?)?;
            found.extend(
                page.value.into_iter().filter(|event| event.is_cancelled != Some(true)).filter_map(found_event),
            );
            next = page.next_link;
            if next.as_deref().is_some_and(|link| !urls::is_same_origin(&self.tenant.cloud, link)) {
                return Err(failed("a next page elsewhere"));
            }
        }
        // Half of a list would pass for all of it.
        if next.is_some() {
            return Err(failed("too many pages"));
        }
        found.sort();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// Whose bound on requests in flight a request to a mailbox counts against. With delegated access one person asks
    /// for everything, by address and as `me`: one bound for all of it keeps to Graph's for any.
    pub(super) fn bound<'a>(&self, mailbox: &'a EmailAddress) -> &'a str {
        match self.tenant.access {
            Access::Application => mailbox.folded(),
            Access::Delegated => "me",
        }
    }

    /// Some properties of an event that was not cancelled.
    async fn get(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        properties: &str,
        prefer: Prefer,
    ) -> Result<EventIn, CalendarError> {
        let url = urls::event_properties(&self.tenant.cloud, organizer, id, properties);
        let request = Request::read(url, self.bound(organizer), prefer, Target::Event);
        let event: EventIn = parse(&self.send(call, &request).await?)?;
        if event.is_cancelled == Some(true) { Err(CalendarError::EventNotFound) } else { Ok(event) }
    }
}

fn created<'a>(meeting: &'a Meeting, transaction: Uuid, marker: &'a Marker) -> EventOut<'a> {
    let teams = meeting.location.is_teams();
    EventOut {
        subject: Some(&meeting.subject),
        // Text stays as it is and reads back equal; Teams adds its block to HTML better than to text.
        body: Some(if teams { BodyOut::html(escape(&meeting.body)) } else { BodyOut::text(&meeting.body) }),
        start: Some(meeting.span.start().into()),
        end: Some(meeting.span.end().into()),
        is_all_day: None,
        location: Some(LocationOut { display_name: meeting.location.as_str() }),
        attendees: Some(wire::attendees(&meeting.attendees)),
        is_online_meeting: teams.then_some(true),
        online_meeting_provider: teams.then_some(TEAMS),
        transaction_id: Some(transaction.to_string()),
        single_value_extended_properties: Some([ExtendedProperty {
            id: urls::MARKER_PROPERTY,
            value: marker.as_str(),
        }]),
    }
}

/// What to send for a change, given the event as it is where that had to be read.
fn changed<'a>(change: &'a MeetingChange, now: Option<&EventIn>) -> Result<EventOut<'a>, CalendarError> {
    let (mut start, mut end) = (change.start, change.end);
    if change.needs_current_span() {
        let now = now.ok_or_else(|| failed("no event"))?;
        let (from, to) = now.times().ok_or_else(|| failed("an event without times"))?;
        // Not through `span_after`: the event may have no length now.
        TimeSpan::new(start.unwrap_or(from), end.unwrap_or(to)).map_err(|_| CalendarError::InvalidTimeSpan)?;
        if now.is_all_day() {
            // The end that was not asked about is midnight only for as long as it is a whole day.
            (start, end) = (start.or(Some(from)), end.or(Some(to)));
        }
    }
    let becomes_teams = change.location.as_ref().is_some_and(crate::domain::Location::is_teams);
    let body = change.body.as_deref().map(|text| match now {
        Some(now) if now.is_online() || now.join_url().is_some() => {
            let html = now.body.as_ref().and_then(|body| body.content.as_deref()).unwrap_or_default();
            BodyOut::html(with_join_block(text, html, now.join_url()))
        }
        _ if becomes_teams => BodyOut::html(escape(text)),
        _ => BodyOut::text(text),
    });
    Ok(EventOut {
        subject: change.subject.as_deref(),
        body,
        start: start.map(Into::into),
        end: end.map(Into::into),
        // A person may have ticked "All day" in Outlook. Such an event takes no times of day.
        is_all_day: (start.is_some() || end.is_some()).then_some(false),
        location: change.location.as_ref().map(|location| LocationOut { display_name: location.as_str() }),
        attendees: change.attendees.as_deref().map(wire::attendees),
        is_online_meeting: becomes_teams.then_some(true),
        online_meeting_provider: becomes_teams.then_some(TEAMS),
        ..EventOut::default()
    })
}

/// The event in the answer to a write. An answer that cannot be read comes from a write that was carried out.
fn written(answer: &[u8]) -> Result<WrittenEvent, CalendarError> {
    let unreadable = |what: &str| CalendarError::Inconclusive { cause: format!("Graph sent {what}") };
    let event: EventIn = serde_json::from_slice(answer).map_err(|_| unreadable("an answer that cannot be read"))?;
    let online = event.is_online();
    match event.id {
        Some(id) if !id.is_empty() => Ok(WrittenEvent { id: EventId(id), online }),
        _ => Err(unreadable("an event without an id")),
    }
}

/// When it was created, to tell which of several is the oldest, and its id.
fn found_event(event: EventIn) -> Option<(DateTime<Utc>, EventId)> {
    let created = event.created_date_time.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    // One without a date is no older than any other.
    let created = created.map_or(DateTime::<Utc>::MAX_UTC, |time| time.with_timezone(&Utc));
    Some((created, EventId(event.id?)))
}

pub(super) fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<T, CalendarError> {
    serde_json::from_slice(answer).map_err(|_| failed("an answer that cannot be read"))
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<Bytes, CalendarError> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|_| CalendarError::NotSent { cause: "JSON".to_owned(), timed_out: false })
}

fn failed(what: &str) -> CalendarError {
    CalendarError::Failed { cause: format!("Graph sent {what}"), retry_after: None }
}
