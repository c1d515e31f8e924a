//! Endpoint 1: schedule a meeting.

use std::sync::Arc;

use convene::{
    domain::{ExternalId, NewEvent, Scope, merge_attendees},
    edge::{Endpoint, FieldErrors, Request, Response},
};

use super::requests_online_meeting;
use crate::{
    content::{content, new_attendees},
    error::Failure,
    failures::ScheduleFailures,
    request::{self, external_id},
    response,
    wire::{MeetingRequest, Outcome},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("schedule-meeting", schedule_meeting)
}

/// Schedule a meeting
///
/// It is put into the organizer's Outlook calendar, and Outlook invites the attendees. Asked again with the same content,
/// the answer is the same and there is still one meeting. The location `MS Teams` makes it a Teams meeting.
#[utoipa::path(
    post,
    path = "/api/salesforce/scheduler/meeting",
    operation_id = "scheduleMeeting",
    tag = "Scheduler API",
    request_body = MeetingRequest,
    responses(
        (status = 200, description = "The meeting is in the calendar.", body = Outcome,
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: the meeting stands, but no Teams meeting could be attached."))),
        ScheduleFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn schedule_meeting(request: Arc<Request>) -> Result<Response, Failure> {
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, request.json_object()).await?;
    let (id, meeting) = parse(wire)?;
    let scheduled = request.services.meetings(&caller).schedule(&request.context, &id, &meeting).await?;
    Ok(response::written(&request, scheduled))
}

fn parse(mut wire: MeetingRequest) -> Result<(ExternalId, NewEvent), Failure> {
    let mut errors = FieldErrors::default();
    let id = external_id(&mut errors, "id", std::mem::take(&mut wire.id));
    let content = content(&mut errors, "", wire, new_attendees);
    let (id, content) = errors.finish(|| id.zip(content))?;
    let span = content.span()?;
    let meeting = NewEvent {
        organizer: content.organizer,
        attendees: merge_attendees(content.attendees),
        subject: content.subject,
        body: content.body,
        online_meeting: requests_online_meeting(&content.location),
        tentative: false,
        hides_attendees: false,
        location: content.location,
        span,
    };
    Ok((id, meeting))
}
