//! Builds the request that Graph gets, whether it travels by itself or in a batch.

use chrono::Utc;
use reqwest::Method;
use uuid::Uuid;

use super::{
    body::escape,
    event_in::EventIn,
    event_out::{self, BodyOut, EventOut, ExtendedProperty, LocationOut, RequestOut},
    join_block,
    join_state::JoinState,
    stored_times,
};
use crate::{
    calendar::{
        CalendarError, Detail, Request,
        graph::{
            connection::GraphCalendar,
            transport::{
                errors::Target,
                request::{GraphRequest, Prefer},
                response::failed,
                retry_state::RetryPolicy,
                urls,
            },
        },
    },
    domain::{Access, EmailAddress, EventChange, Marker, NewEvent, TimeSpan},
};

/// The provider of online meetings. An organization that does not allow it creates the event without an online meeting.
const TEAMS: &str = "teamsForBusiness";
const TENTATIVE: &str = "tentative";
/// How Graph shows a new event if the request does not say.
const BUSY: &str = "busy";
const FULL: &str = "id,iCalUId,subject,body,location,start,end,isAllDay,showAs,attendees,isOnlineMeeting,isCancelled";
const SUMMARY: &str = "id,iCalUId,subject,start,end,isAllDay,showAs,isOnlineMeeting,isCancelled";

/// A request whose body is not serialized yet. It borrows the texts, which many requests may share.
pub(crate) type EventRequest<'a> = GraphRequest<'a, RequestOut<'a>>;

impl GraphCalendar {
    /// The mailbox whose limit of concurrent requests a request counts against. With delegated access one person sends all
    /// requests, by address and as `me`: one limit for all of them keeps to Graph's limit for each.
    pub(crate) fn limited_mailbox<'a>(&self, mailbox: &'a EmailAddress) -> &'a str {
        match self.tenant.access {
            Access::Application => mailbox.folded(),
            Access::Delegated => "me",
        }
    }

    /// The request that Graph gets. `current`: the event as it was read, for a request that requires it.
    pub(crate) fn event_request<'a>(
        &self,
        request: &'a Request,
        current: Option<&EventIn>,
    ) -> Result<EventRequest<'a>, CalendarError> {
        use Request::{Change, CheckMailbox, Create, Delete, Find, Read};
        let cloud = &self.tenant.cloud;
        Ok(match request {
            Create { event, transaction_id, marker } => GraphRequest {
                method: Method::POST,
                url: urls::events(cloud, &event.organizer),
                mailbox: self.limited_mailbox(&event.organizer),
                prefer: Prefer::Utc,
                body: Some(new_event(event, *transaction_id, marker).into()),
                retry_policy: RetryPolicy::OnlyIfNotDone,
                target: Target::Mailbox,
            },
            Read { mailbox, event, detail } => {
                let (properties, prefer) = match detail {
                    Detail::Summary => (SUMMARY, Prefer::Utc),
                    Detail::Full => (FULL, Prefer::UtcAndTextBody),
                };
                let url = urls::event_properties(cloud, mailbox, event, properties, &stored_times::filter());
                GraphRequest::get(url, self.limited_mailbox(mailbox), prefer, Target::EventReference)
            }
            Change { mailbox, event, change, keep_join_block } => GraphRequest {
                method: Method::PATCH,
                url: urls::event(cloud, mailbox, event),
                mailbox: self.limited_mailbox(mailbox),
                prefer: Prefer::Utc,
                body: Some(patch(change, current, *keep_join_block)?.into()),
                retry_policy: RetryPolicy::Idempotent,
                target: Target::Event,
            },
            // Unlike a delete, this action has a text for the attendees.
            Delete { mailbox, event, comment: Some(comment) } => GraphRequest {
                method: Method::POST,
                url: urls::cancel_event(cloud, mailbox, event),
                mailbox: self.limited_mailbox(mailbox),
                prefer: Prefer::Utc,
                body: Some(RequestOut::Cancellation { comment: without_markup(comment) }),
                retry_policy: RetryPolicy::Delete,
                target: Target::Event,
            },
            Delete { mailbox, event, comment: None } => GraphRequest {
                method: Method::DELETE,
                url: urls::event(cloud, mailbox, event),
                mailbox: self.limited_mailbox(mailbox),
                prefer: Prefer::Utc,
                body: None,
                retry_policy: RetryPolicy::Delete,
                target: Target::EventReference,
            },
            Find { mailbox, marker } => {
                let url = urls::marked_events(cloud, mailbox, marker);
                GraphRequest::get(url, self.limited_mailbox(mailbox), Prefer::Utc, Target::MailboxReference)
            }
            CheckMailbox { mailbox } => {
                let url = urls::calendar(cloud, mailbox);
                let request =
                    GraphRequest::get(url, self.limited_mailbox(mailbox), Prefer::Utc, Target::MailboxReference);
                GraphRequest { retry_policy: RetryPolicy::ReadOnce, ..request }
            }
        })
    }
}

fn new_event<'a>(event: &'a NewEvent, transaction_id: Uuid, marker: &'a Marker) -> EventOut<'a> {
    EventOut {
        subject: Some(&event.subject),
        // Text reads back equal. With an online meeting HTML is better, since Teams adds its block to the body.
        body: Some(if event.online_meeting { BodyOut::html(escape(&event.body)) } else { BodyOut::text(&event.body) }),
        start: Some(event.span.start().into()),
        end: Some(event.span.end().into()),
        is_all_day: None,
        location: Some(LocationOut { display_name: &event.location }),
        attendees: Some(event_out::attendees(&event.attendees)),
        hide_attendees: event.hides_attendees.then_some(true),
        is_online_meeting: event.online_meeting.then_some(true),
        online_meeting_provider: event.online_meeting.then_some(TEAMS),
        show_as: event.tentative.then_some(TENTATIVE),
        transaction_id: Some(transaction_id.to_string()),
        single_value_extended_properties: Some([ExtendedProperty {
            id: urls::MARKER_PROPERTY,
            value: marker.as_str(),
        }]),
    }
}

/// Whether a request may take more than one request to Graph. Such a request never travels in a batch.
pub(crate) fn may_take_several(request: &Request) -> bool {
    requires_read_first(request) || matches!(request, Request::Delete { comment: Some(_), .. })
}

/// Whether a request depends on the event as it is, which takes a read before it.
pub(crate) fn requires_read_first(request: &Request) -> bool {
    match request {
        Request::Change { change, keep_join_block, .. } => {
            change.needs_current_span() || *keep_join_block && change.body.is_some()
        }
        _ => false,
    }
}

/// Refuses a request that is wrong whatever the calendar holds.
pub(crate) fn validate(request: &Request) -> Result<(), CalendarError> {
    if let Request::Change { change: EventChange { start: Some(start), end: Some(end), .. }, .. } = request {
        TimeSpan::new(*start, *end).map_err(|_| CalendarError::InvalidTimeSpan)?;
    }
    Ok(())
}

/// The properties that a change sets.
fn patch<'a>(
    change: &'a EventChange,
    current: Option<&EventIn>,
    keep_join_block: bool,
) -> Result<EventOut<'a>, CalendarError> {
    let (mut start, mut end) = (change.start, change.end);
    if change.needs_current_span() {
        let current = current.ok_or_else(|| failed("no event"))?;
        let (from, to) = current.times().ok_or_else(|| failed("an event without times"))?;
        // Not by `span_after`: the current event may have no length.
        TimeSpan::new(start.unwrap_or(from), end.unwrap_or(to)).map_err(|_| CalendarError::InvalidTimeSpan)?;
        if current.is_all_day() {
            // Graph takes both times when an all-day event becomes one with times of day. The time that the change does not
            // name stays where the day had it.
            (start, end) = (start.or(Some(from)), end.or(Some(to)));
        }
    }
    let html = |text| BodyOut::html(escape(text));
    let body = change.body.as_deref().map(|text| match current.filter(|_| keep_join_block) {
        Some(current) => match JoinState::of(current, Utc::now()) {
            JoinState::Block(block) => BodyOut::html(join_block::below(text, &block, current.join_url())),
            _ if current.is_online() || change.online_meeting => html(text),
            _ => BodyOut::text(text),
        },
        None if change.online_meeting => html(text),
        None => BodyOut::text(text),
    });
    Ok(EventOut {
        subject: change.subject.as_deref(),
        body,
        start: start.map(Into::into),
        end: end.map(Into::into),
        // A person may have made it an all-day event in Outlook, which Graph does not give times of day.
        is_all_day: (start.is_some() || end.is_some()).then_some(false),
        location: change.location.as_deref().map(|display_name| LocationOut { display_name }),
        attendees: change.attendees.as_deref().map(event_out::attendees),
        is_online_meeting: change.online_meeting.then_some(true),
        online_meeting_provider: change.online_meeting.then_some(TEAMS),
        show_as: change.tentative.map(|tentative| if tentative { TENTATIVE } else { BUSY }),
        ..EventOut::default()
    })
}

/// A comment that is shown as it was written, whether the service takes it as text or as HTML, which its documents do not say.
fn without_markup(comment: &str) -> String {
    comment.replace('<', "‹").replace('>', "›")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attendee, ExternalId, TenantId, parse_utc};

    fn json(body: &EventOut<'_>) -> String {
        serde_json::to_string(body).expect("JSON")
    }

    fn event() -> NewEvent {
        let at = |text| parse_utc(text).expect("a time");
        NewEvent {
            organizer: "ann@contoso.com".parse().expect("an address"),
            attendees: vec![Attendee { address: "bob@contoso.com".parse().expect("an address"), required: true }],
            subject: "Review".into(),
            body: "What we talk about".into(),
            location: "Room 7".into(),
            online_meeting: false,
            tentative: false,
            hides_attendees: false,
            span: TimeSpan::new(at("2026-05-04T09:00:00Z"), at("2026-05-04T10:00:00Z")).expect("a span"),
        }
    }

    #[test]
    fn a_new_event_names_how_it_shows_only_if_it_is_tentative() {
        let (tenant, id) = (TenantId::new("contoso").expect("an id"), ExternalId::new("one").expect("an id"));
        let marker = Marker::of_meeting(&tenant, &id, Uuid::nil());
        let sent = |event: &NewEvent| json(&new_event(event, Uuid::nil(), &marker));
        let (property, value) = (urls::MARKER_PROPERTY, marker.as_str());
        let expected = |show_as: &str| {
            let start = r#"{"subject":"Review","body":{"contentType":"text","content":"What we talk about"}"#;
            let times = r#""start":{"dateTime":"2026-05-04T09:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-05-04T10:00:00","timeZone":"UTC"}"#;
            let people = r#""location":{"displayName":"Room 7"},"attendees":[{"emailAddress":{"address":"bob@contoso.com"},"type":"required"}]"#;
            let ids = format!(
                r#""transactionId":"{}","singleValueExtendedProperties":[{{"id":"{property}","value":"{value}"}}]}}"#,
                Uuid::nil()
            );
            format!("{start},{times},{people},{show_as}{ids}")
        };
        assert_eq!(sent(&event()), expected(""));
        assert_eq!(sent(&NewEvent { tentative: true, ..event() }), expected(r#""showAs":"tentative","#));
    }

    #[test]
    fn a_change_names_how_an_event_shows_only_if_that_changes() {
        let sent = |tentative| {
            let change = EventChange { subject: Some("New".into()), tentative, ..EventChange::default() };
            json(&patch(&change, None, false).expect("a change"))
        };
        assert_eq!(sent(None), r#"{"subject":"New"}"#);
        assert_eq!(sent(Some(true)), r#"{"subject":"New","showAs":"tentative"}"#);
        assert_eq!(sent(Some(false)), r#"{"subject":"New","showAs":"busy"}"#);
    }
}
