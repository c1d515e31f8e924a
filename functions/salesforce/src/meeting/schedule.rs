//! Endpoint 1: schedule a meeting.

use std::sync::Arc;

use convene::{
    Problem,
    domain::{ExternalId, NewEvent, Scope, merge_attendees},
    edge::{Answer, Call, Function},
};

use super::requests_online_meeting;
use crate::{
    answer::{self, Failure},
    fields::Faults,
    openapi::ScheduleFailures,
    request::{self, Admitted},
    wire::{MeetingRequest, Outcome},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new(
        "schedule-meeting",
        answer::refused,
        |call| async move { answer::either(schedule_meeting(call).await) },
    )
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
pub async fn schedule_meeting(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarWrite, request::body(&call)).await?;
    let Admitted { caller, wire, email } = asked;
    let (id, meeting) = understand(wire).map_err(Failure::of(&email))?;
    let scheduled = call.services.meetings(&caller).schedule(&call.context, &id, &meeting).await;
    Ok(answer::written(&email, scheduled.map_err(Failure::of(&email))?))
}

fn understand(mut wire: MeetingRequest) -> Result<(ExternalId, NewEvent), Problem> {
    let mut faults = Faults::default();
    let id = faults.id("id", std::mem::take(&mut wire.id));
    let content = faults.content("", wire);
    let (id, content) = faults.finish(|| id.zip(content))?;
    let span = content.span()?;
    let meeting = NewEvent {
        organizer: content.organizer,
        attendees: merge_attendees(content.attendees),
        subject: content.subject.into(),
        body: content.body.into(),
        online_meeting: requests_online_meeting(&content.location),
        location: content.location.into(),
        span,
    };
    Ok((id, meeting))
}
