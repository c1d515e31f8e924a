//! What is asked of Graph about events and mailboxes: each request as it is before it is sent, alone or in a batch.

use chrono::Utc;
use reqwest::Method;
use uuid::Uuid;

use super::{
    body::escape,
    event_in::EventIn,
    event_out::{self, BodyOut, EventOut, ExtendedProperty, LocationOut},
    join_block,
    way_to_join::WayToJoin,
};
use crate::{
    calendar::{
        self, CalendarError, Detail,
        graph::{
            GraphCalendar,
            transport::{
                errors::Target,
                response::failed,
                retry_state::Repeat,
                send::{Prefer, Request},
                urls,
            },
        },
    },
    domain::{Access, EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
};

/// The online meetings that are made. An organization that does not allow them answers without one.
const TEAMS: &str = "teamsForBusiness";
const FULL: &str = "id,subject,body,location,start,end,isAllDay,attendees,isOnlineMeeting,isCancelled";
const SUMMARY: &str = "id,subject,start,end,isAllDay,isOnlineMeeting,isCancelled";

/// A request whose body is not written out yet: it borrows the texts, which many requests may share.
pub(crate) type Draft<'a> = Request<'a, EventOut<'a>>;

impl GraphCalendar {
    /// Whose bound on requests in flight a request to a mailbox counts against. With delegated access one person asks
    /// for everything, by address and as `me`: one bound for all of it keeps to Graph's for any.
    pub(crate) fn bound<'a>(&self, mailbox: &'a EmailAddress) -> &'a str {
        match self.tenant.access {
            Access::Application => mailbox.folded(),
            Access::Delegated => "me",
        }
    }

    /// The request that Graph gets. `current`: the event as it is, for a change that requires it. Several requests may share
    /// the texts, which the draft borrows.
    pub(crate) fn draft<'a>(
        &self,
        request: &'a calendar::Request,
        current: Option<&EventIn>,
    ) -> Result<Draft<'a>, CalendarError> {
        use calendar::Request::{Change, CheckMailbox, Create, Delete, Find, Read};
        let cloud = &self.tenant.cloud;
        Ok(match request {
            Create { event, transaction_id, marker } => Request {
                method: Method::POST,
                url: urls::events(cloud, &event.organizer),
                mailbox: self.bound(&event.organizer),
                prefer: Prefer::Utc,
                body: Some(created(event, *transaction_id, marker)),
                repeat: Repeat::Never,
                target: Target::Mailbox,
            },
            Read { mailbox, event, detail } => {
                let (properties, prefer) = match detail {
                    Detail::Summary => (SUMMARY, Prefer::Utc),
                    Detail::Full => (FULL, Prefer::UtcAndTextBody),
                };
                let url = urls::event_properties(cloud, mailbox, event, properties);
                Request::read(url, self.bound(mailbox), prefer, Target::EventReference)
            }
            Change { mailbox, event, change, keep_join_block } => Request {
                method: Method::PATCH,
                url: urls::event(cloud, mailbox, event),
                mailbox: self.bound(mailbox),
                prefer: Prefer::Utc,
                body: Some(changed(change, current, *keep_join_block)?),
                repeat: Repeat::Idempotent,
                target: Target::Event,
            },
            Delete { mailbox, event } => Request {
                method: Method::DELETE,
                url: urls::event(cloud, mailbox, event),
                mailbox: self.bound(mailbox),
                prefer: Prefer::Utc,
                body: None,
                repeat: Repeat::Deletes,
                target: Target::EventReference,
            },
            Find { mailbox, marker } => {
                let url = urls::marked_events(cloud, mailbox, marker);
                Request::read(url, self.bound(mailbox), Prefer::Utc, Target::MailboxReference)
            }
            CheckMailbox { mailbox } => {
                let url = urls::calendar(cloud, mailbox);
                let request = Request::read(url, self.bound(mailbox), Prefer::Utc, Target::MailboxReference);
                Request { repeat: Repeat::ReadsOnce, ..request }
            }
        })
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
        attendees: Some(event_out::attendees(&meeting.attendees)),
        is_online_meeting: teams.then_some(true),
        online_meeting_provider: teams.then_some(TEAMS),
        transaction_id: Some(transaction.to_string()),
        single_value_extended_properties: Some([ExtendedProperty {
            id: urls::MARKER_PROPERTY,
            value: marker.as_str(),
        }]),
    }
}

/// Whether a request depends on the event as it is. Such a request takes two round trips, and never travels in a batch.
pub(crate) fn requires_read_first(request: &calendar::Request) -> bool {
    match request {
        calendar::Request::Change { change, keep_join_block, .. } => {
            change.needs_current_span() || *keep_join_block && change.body.is_some()
        }
        _ => false,
    }
}

/// Refuses a request that is wrong whatever the calendar holds.
pub(crate) fn check(request: &calendar::Request) -> Result<(), CalendarError> {
    if let calendar::Request::Change { change: MeetingChange { start: Some(start), end: Some(end), .. }, .. } = request
    {
        TimeSpan::new(*start, *end).map_err(|_| CalendarError::InvalidTimeSpan)?;
    }
    Ok(())
}

/// The properties that a change sets.
fn changed<'a>(
    change: &'a MeetingChange,
    current: Option<&EventIn>,
    keep_join_block: bool,
) -> Result<EventOut<'a>, CalendarError> {
    let (mut start, mut end) = (change.start, change.end);
    if change.needs_current_span() {
        let current = current.ok_or_else(|| failed("no event"))?;
        let (from, to) = current.times().ok_or_else(|| failed("an event without times"))?;
        // Not through `span_after`: the event may have no length now.
        TimeSpan::new(start.unwrap_or(from), end.unwrap_or(to)).map_err(|_| CalendarError::InvalidTimeSpan)?;
        if current.is_all_day() {
            // Graph takes both times when an all-day event becomes one with times of day. The time that the change does not
            // name stays where the day had it.
            (start, end) = (start.or(Some(from)), end.or(Some(to)));
        }
    }
    let becomes_teams = change.location.as_ref().is_some_and(crate::domain::Location::is_teams);
    let kept = current.filter(|_| keep_join_block);
    let body =
        change.body.as_deref().map(|text| match kept.map(|current| (current, WayToJoin::of(current, Utc::now()))) {
            Some((current, WayToJoin::Block(block))) => {
                BodyOut::html(join_block::below(text, &block, current.join_url()))
            }
            Some((current, _)) if current.is_online() => BodyOut::html(escape(text)),
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
        attendees: change.attendees.as_deref().map(event_out::attendees),
        is_online_meeting: becomes_teams.then_some(true),
        online_meeting_provider: becomes_teams.then_some(TEAMS),
        ..EventOut::default()
    })
}
