//! What is asked of Graph about events and mailboxes: each request as it is before it is sent, alone or in a batch.

use chrono::Utc;
use reqwest::Method;
use uuid::Uuid;

use super::{
    GraphCalendar,
    body::escape,
    errors::Target,
    join_block,
    json::{failed, json},
    retry::Repeat,
    send::{Prefer, Request},
    urls,
    way_to_join::WayToJoin,
    wire::{self, BodyOut, EventIn, EventOut, ExtendedProperty, LocationOut},
};
use crate::{
    calendar::{self, CalendarError, EventId},
    domain::{Access, EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
};

/// The online meetings that are made. An organization that does not allow them answers without one.
const TEAMS: &str = "teamsForBusiness";
const READ: &str = "id,subject,body,location,start,end,isAllDay,attendees,isOnlineMeeting,isCancelled";
/// What of an event is read together with many others.
const GLANCE: &str = "id,subject,start,end,isAllDay,isOnlineMeeting,isCancelled";

/// A request whose body is not written out yet: it borrows the texts, which many requests may share.
pub(super) type Draft<'a> = Request<'a, EventOut<'a>>;

impl GraphCalendar {
    /// Whose bound on requests in flight a request to a mailbox counts against. With delegated access one person asks
    /// for everything, by address and as `me`: one bound for all of it keeps to Graph's for any.
    pub(super) fn bound<'a>(&self, mailbox: &'a EmailAddress) -> &'a str {
        match self.tenant.access {
            Access::Application => mailbox.folded(),
            Access::Delegated => "me",
        }
    }

    /// What one of several requests asks of Graph. A change is made without reading the event first, which would double the
    /// requests: a text that it sets replaces everything there is, a way to join included.
    pub(super) fn draft<'a>(&self, asked: &'a calendar::Request) -> Result<Draft<'a>, CalendarError> {
        use calendar::Request::{Change, Create, Delete, Find, Glance, LookUp};
        Ok(match asked {
            Create { meeting, transaction, marker } => self.creation(meeting, *transaction, marker),
            Glance { mailbox, id } => self.glance(mailbox, id),
            Change { mailbox, id, change } => {
                check_span(change)?;
                self.patch(mailbox, id, changed(change, None)?)
            }
            Delete { mailbox, id } => self.deletion(mailbox, id),
            Find { mailbox, marker } => self.search(mailbox, marker),
            LookUp { mailbox } => self.looking_up(mailbox),
        })
    }

    pub(super) fn creation<'a>(&self, meeting: &'a Meeting, transaction: Uuid, marker: &'a Marker) -> Draft<'a> {
        Request {
            method: Method::POST,
            url: urls::events(&self.tenant.cloud, &meeting.organizer),
            mailbox: self.bound(&meeting.organizer),
            prefer: Prefer::Utc,
            body: Some(created(meeting, transaction, marker)),
            repeat: Repeat::Never,
            target: Target::Mailbox,
        }
    }

    pub(super) fn reading<'a, B>(&self, organizer: &'a EmailAddress, id: &EventId) -> Request<'a, B> {
        let url = urls::event_properties(&self.tenant.cloud, organizer, id, READ);
        Request::read(url, self.bound(organizer), Prefer::UtcAndTextBody, Target::EventReference)
    }

    fn glance<'a, B>(&self, organizer: &'a EmailAddress, id: &EventId) -> Request<'a, B> {
        let url = urls::event_properties(&self.tenant.cloud, organizer, id, GLANCE);
        Request::read(url, self.bound(organizer), Prefer::Utc, Target::EventReference)
    }

    pub(super) fn patch<'a>(&self, organizer: &'a EmailAddress, id: &EventId, body: EventOut<'a>) -> Draft<'a> {
        Request {
            method: Method::PATCH,
            url: urls::event(&self.tenant.cloud, organizer, id),
            mailbox: self.bound(organizer),
            prefer: Prefer::Utc,
            body: Some(body),
            repeat: Repeat::Idempotent,
            target: Target::Event,
        }
    }

    pub(super) fn deletion<'a, B>(&self, organizer: &'a EmailAddress, id: &EventId) -> Request<'a, B> {
        Request {
            method: Method::DELETE,
            url: urls::event(&self.tenant.cloud, organizer, id),
            mailbox: self.bound(organizer),
            prefer: Prefer::Utc,
            body: None,
            repeat: Repeat::Deletes,
            target: Target::EventReference,
        }
    }

    /// The first page of what carries a marker.
    pub(super) fn search<'a, B>(&self, organizer: &'a EmailAddress, marker: &Marker) -> Request<'a, B> {
        let url = urls::marked_events(&self.tenant.cloud, organizer, marker);
        Request::read(url, self.bound(organizer), Prefer::Utc, Target::MailboxReference)
    }

    /// Nobody waits for it: whatever else is answered, there is such a mailbox.
    pub(super) fn looking_up<'a, B>(&self, mailbox: &'a EmailAddress) -> Request<'a, B> {
        let url = urls::calendar(&self.tenant.cloud, mailbox);
        let request = Request::read(url, self.bound(mailbox), Prefer::Utc, Target::MailboxReference);
        Request { repeat: Repeat::ReadsOnce, ..request }
    }
}

impl<'a> Draft<'a> {
    /// The request with its body as JSON.
    pub(super) fn written_out(self) -> Result<Request<'a>, CalendarError> {
        let Self { method, url, mailbox, prefer, body, repeat, target } = self;
        let body = body.as_ref().map(json).transpose()?;
        Ok(Request { method, url, mailbox, prefer, body, repeat, target })
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

/// What is certain of a change's times without the event.
pub(super) fn check_span(change: &MeetingChange) -> Result<(), CalendarError> {
    if let (Some(start), Some(end)) = (change.start, change.end) {
        TimeSpan::new(start, end).map_err(|_| CalendarError::InvalidTimeSpan)?;
    }
    Ok(())
}

/// What to send for a change, given the event as it is where that had to be read.
pub(super) fn changed<'a>(change: &'a MeetingChange, now: Option<&EventIn>) -> Result<EventOut<'a>, CalendarError> {
    let (mut start, mut end) = (change.start, change.end);
    if change.needs_current_span() {
        let now = now.ok_or_else(|| failed("no event"))?;
        let (from, to) = now.times().ok_or_else(|| failed("an event without times"))?;
        // Not through `span_after`: the event may have no length now.
        TimeSpan::new(start.unwrap_or(from), end.unwrap_or(to)).map_err(|_| CalendarError::InvalidTimeSpan)?;
        if now.is_all_day() {
            // Of an event with times of day Graph takes both; the end that was not asked about is where the day had it.
            (start, end) = (start.or(Some(from)), end.or(Some(to)));
        }
    }
    let becomes_teams = change.location.as_ref().is_some_and(crate::domain::Location::is_teams);
    let body = change.body.as_deref().map(|text| match now.map(|now| (now, WayToJoin::of(now, Utc::now()))) {
        Some((now, WayToJoin::Block(block))) => BodyOut::html(join_block::below(text, &block, now.join_url())),
        Some((now, _)) if now.is_online() => BodyOut::html(escape(text)),
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
