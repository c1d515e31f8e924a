//! Endpoint 2: update a meeting.

use std::sync::Arc;

use convene::{
    Problem,
    domain::{EmailAddress, EventChange, ExternalId, Scope, merge_attendees},
    edge::{Answer, Call, Function},
};

use super::requests_online_meeting;
use crate::{
    answer::{self, Failure},
    fields::{Faults, span},
    openapi::{MeetingChangeRequest, MeetingFailures},
    request::{self, Admitted},
    wire::{MeetingRequest, Outcome},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new("update-meeting", answer::refused, |call| async move { answer::either(update_meeting(call).await) })
}

/// Change a meeting
///
/// What is left out or `null` stays as it is in Outlook now; `attendees` replaces the whole list. A new body on a Teams
/// meeting keeps the lines that say how to join; where Teams has not written them yet, the answer is `ErrorServerBusy`. Outlook
/// tells the attendees.
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
pub async fn update_meeting(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarWrite, request::body(&call)).await?;
    let Admitted { caller, wire, email } = asked;
    let (id, organizer, change) = understand(wire).map_err(Failure::of(&email))?;
    let updated = call.services.meetings(&caller).update(&call.context, &id, &organizer, &change).await;
    Ok(answer::written(&email, updated.map_err(Failure::of(&email))?))
}

fn understand(wire: MeetingRequest) -> Result<(ExternalId, EmailAddress, EventChange), Problem> {
    let mut faults = Faults::default();
    let id = faults.id("id", wire.id);
    let organizer = faults.address("organizerEmail", wire.organizer_email);
    let attendees = faults.optional("attendees", wire.attendees);
    let change = EventChange {
        attendees: attendees.map(|list| merge_attendees(faults.attendees("attendees", list))),
        subject: faults.optional("subject", wire.subject).map(Into::into),
        body: faults.optional("body", wire.body).map(Into::into),
        location: faults.optional("location", wire.location).map(Into::into),
        start: faults.time("startTime", wire.start_time),
        end: faults.time("endTime", wire.end_time),
        online_meeting: false,
    };
    let online_meeting = change.location.as_deref().is_some_and(requests_online_meeting);
    let change = EventChange { online_meeting, ..change };
    let (id, organizer) = faults.finish(|| id.zip(organizer))?;
    if let (Some(start), Some(end)) = (change.start, change.end) {
        span(start, end)?;
    }
    Ok((id, organizer, change))
}
