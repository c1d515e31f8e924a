//! Endpoint 2: update a meeting.

use std::sync::Arc;

use convene::{
    domain::{EmailAddress, EventChange, ExternalId, Scope, merge_attendees},
    edge::{Endpoint, FieldErrors, Request, Response},
};

use super::requests_online_meeting;
use crate::{
    content::{changed_attendees, span},
    error::Failure,
    failures::MeetingFailures,
    request::{self, external_id},
    response,
    wire::schemas::MeetingChangeRequest,
    wire::{MeetingRequest, Outcome},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("update-meeting", update_meeting)
}

/// Change a meeting
///
/// What is left out or `null` stays as it is in Outlook now; `attendees` replaces the whole list, and takes every address that GET
/// answers. A new body on a Teams
/// meeting keeps the lines that say how to join; where Teams has not written them yet, the answer is `ErrorServerBusy`. Outlook
/// notifies the attendees.
#[utoipa::path(
    patch,
    path = "/api/salesforce/scheduler/meeting",
    operation_id = "updateMeeting",
    tag = "Scheduler API",
    request_body = MeetingChangeRequest,
    responses(
        (status = 200, description = "The meeting is changed.", body = Outcome,
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: the meeting stands, but no Teams meeting could be attached, or the one it had is gone."))),
        MeetingFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn update_meeting(request: Arc<Request>) -> Result<Response, Failure> {
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, request.json_object()).await?;
    let (id, organizer, change) = parse(wire)?;
    let updated = request.services.meetings(&caller).update(&request.context, &id, &organizer, &change).await?;
    Ok(response::written(&request, updated))
}

fn parse(wire: MeetingRequest) -> Result<(ExternalId, EmailAddress, EventChange), Failure> {
    let mut errors = FieldErrors::default();
    let id = external_id(&mut errors, "id", wire.id);
    let organizer = errors.address("organizerEmail", wire.organizer_email);
    let invited = errors.optional("attendees", wire.attendees);
    let change = EventChange {
        attendees: invited.map(|list| merge_attendees(changed_attendees(&mut errors, "attendees", list))),
        subject: errors.optional("subject", wire.subject).map(Into::into),
        body: errors.optional("body", wire.body).map(Into::into),
        location: errors.optional("location", wire.location).map(Into::into),
        online_meeting: false,
        tentative: None,
        start: errors.time("startTime", wire.start_time),
        end: errors.time("endTime", wire.end_time),
    };
    let online_meeting = change.location.as_deref().is_some_and(requests_online_meeting);
    let change = EventChange { online_meeting, ..change };
    let (id, organizer) = errors.finish(|| id.zip(organizer))?;
    if let (Some(start), Some(end)) = (change.start, change.end) {
        span(start, end)?;
    }
    Ok((id, organizer, change))
}
