//! Endpoint 1: schedule a meeting.

use std::sync::Arc;

use convene::{
    Problem,
    domain::{Location, Meeting, MeetingId, Scope, TimeSpan},
    edge::{self, Answer, Call, Function, Object},
    problem::Kind,
};

use super::{correlate, sent};
use crate::{
    answer::{self, Failure},
    fields::Faults,
    openapi::ScheduleFailures,
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
    // Read before it is known who calls, so that a refusal can be traced as well.
    let wire = edge::json::<Object<MeetingRequest>>(&call.body);
    let mut email = String::new();
    if let Ok(Object(wire)) = &wire {
        correlate(&call, &wire.salesforce_correlation_id);
        email = sent(&wire.organizer_email);
    }
    let caller = call.authenticate(Scope::CalendarWrite).await.map_err(Failure::not_let_in(&email))?;
    let Object(wire) = wire?;
    let (id, meeting) = understand(wire).map_err(Failure::of(&email))?;
    let scheduled = call.services.scheduler(&caller).schedule(&call.context, &id, &meeting).await;
    Ok(answer::written(&email, scheduled.map_err(Failure::of(&email))?))
}

fn understand(wire: MeetingRequest) -> Result<(MeetingId, Meeting), Problem> {
    let mut faults = Faults::default();
    let id = faults.id(wire.id);
    let organizer = faults.address("organizerEmail", wire.organizer_email);
    let attendees = faults.required("attendees", wire.attendees).map(|list| faults.attendees(list));
    let body = faults.required("body", wire.body);
    let subject = faults.required("subject", wire.subject);
    let location = faults.required("location", wire.location);
    let start = faults.required_time("startTime", wire.start_time);
    let end = faults.required_time("endTime", wire.end_time);
    let values = || Some((id?, organizer?, attendees?, body?, subject?, location?, start?, end?));
    let (id, organizer, attendees, body, subject, location, start, end) = faults.finish(values)?;
    let span = TimeSpan::new(start, end)
        .map_err(|_| Problem::new(Kind::InvalidTimeInterval, "endTime must be after startTime."))?;
    Ok((id, Meeting { organizer, attendees, subject, body, location: Location::new(location), span }))
}
