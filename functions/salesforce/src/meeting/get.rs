//! Endpoint 4: read a meeting.

use std::{sync::Arc, time::Duration};

use convene::{
    Problem,
    calendar::{EventAttendee, Response},
    domain::{Scope, format_utc},
    edge::{Answer, Call, Function},
    problem::Kind,
};

use crate::{
    answer::{self, Failure, NO_ERROR},
    openapi::ReferenceFailures,
    request::{self, Admitted, Reference},
    wire::{AttendeeAnswer, AttendeeResponse, MeetingAnswer},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new("get-meeting", answer::refused, |call| async move { answer::either(get_meeting(call).await) })
        .when_too_large("The meeting's description must be made shorter in Outlook.")
}

/// Read a meeting
///
/// As it is in Outlook now, with the attendees' answers.
#[utoipa::path(
    get,
    path = "/api/salesforce/scheduler/meeting",
    operation_id = "getMeeting",
    tag = "Scheduler API",
    params(
        ("id" = String, Query, min_length = 1, max_length = 512, pattern = r"\S", description = "The id the meeting was scheduled with.", example = "f9b58255-8e2e-81e2-a6db-27461fa3f11e"),
        ("organizerEmail" = String, Query, format = Email, max_length = 254, description = "Mailbox of the organizer. A `+` in it need not be encoded.", example = "organizer@contoso.com"),
        ("salesforceCorrelationId" = Option<String>, Query, description = "For finding the request in logs again.")
    ),
    responses(
        (status = 200, description = "The meeting.", body = MeetingAnswer,
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: it was a Teams meeting, and is none any more."))),
        ReferenceFailures
    ),
    security(("bearer" = ["calendar.read"]))
)]
pub async fn get_meeting(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarRead, Ok(request::reference_in(&call.query))).await?;
    let Admitted { caller, wire, email } = asked;
    let Reference { id, organizer } = Reference::understand(wire).map_err(Failure::of(&email))?;
    let event = call.services.meetings(&caller).read(&call.context, &id, &organizer).await;
    let event = event.map_err(Failure::of(&email))?;
    let (start, end) = event.times.ok_or_else(without_times).map_err(Failure::of(&email))?;
    let link_lost = event.link_lost;
    let meeting = MeetingAnswer {
        id: id.as_str().to_owned(),
        organizer_email: email,
        body: event.body,
        subject: event.subject,
        location: event.location,
        start_time: format_utc(start),
        end_time: format_utc(end),
        attendees: event.attendees.into_iter().map(attendee).collect(),
    };
    let answer = Answer::json(200, &meeting, NO_ERROR);
    Ok(if link_lost { answer::without_teams(answer) } else { answer })
}

/// Of an all-day event Microsoft may not tell the instants, which are not guessed (decision 0015).
fn without_times() -> Problem {
    Problem::new(
        Kind::ServerBusy,
        "Microsoft 365 does not tell when this meeting is. The same call may be repeated safely.",
    )
    .retry_after(Some(Duration::from_secs(5)))
    .caused_by("an event without times")
}

fn attendee(attendee: EventAttendee) -> AttendeeAnswer {
    AttendeeAnswer {
        email: attendee.address,
        is_required: if attendee.required { "true" } else { "false" },
        response: match attendee.response {
            Response::None => AttendeeResponse::NoResponseReceived,
            Response::Accepted => AttendeeResponse::Accepted,
            Response::Declined => AttendeeResponse::Declined,
            Response::Tentative => AttendeeResponse::Tentative,
            Response::Organizer => AttendeeResponse::Organizer,
            Response::Unknown => AttendeeResponse::Unknown,
        },
    }
}
