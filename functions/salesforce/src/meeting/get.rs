//! Endpoint 4: read a meeting.

use std::{sync::Arc, time::Duration};

use convene::{
    Problem,
    calendar::{self, EventAttendee},
    domain::{Scope, format_utc},
    edge::{Endpoint, Request, Response},
    problem::Kind,
};

use crate::{
    error::Failure,
    failures::ReferenceFailures,
    request::{self, Reference},
    response,
    wire::{AttendeeAnswer, AttendeeResponse, MeetingAnswer},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-meeting", get_meeting)
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
        ("id" = String, Query, min_length = 1, max_length = 512, pattern = r"\S", description = "The id the meeting was scheduled with. A `+` in it need not be encoded, unless another meeting's id has a blank in its place.", example = "f9b58255-8e2e-81e2-a6db-27461fa3f11e"),
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
pub async fn get_meeting(request: Arc<Request>) -> Result<Response, Failure> {
    let wire = Ok(request::reference_in(&request.query));
    let (caller, wire) = request::authorize(&request, Scope::CalendarRead, wire).await?;
    let reference = Reference::parse(wire)?;
    let (call, meetings) = (&request.context, &request.services.meetings(&caller));
    let organizer = &reference.organizer.clone();
    let read = |id| async move { meetings.read(call, &id, organizer).await.map(|event| (id, event)) };
    let (id, event) = reference.find(read).await?;
    let (start, end) = event.times.ok_or_else(without_times)?;
    let link_lost = event.link_lost;
    let meeting = MeetingAnswer {
        id: id.as_str().to_owned(),
        organizer_email: request.subject().to_owned(),
        body: event.body,
        subject: event.subject,
        location: event.location,
        start_time: format_utc(start),
        end_time: format_utc(end),
        attendees: event.attendees.into_iter().map(attendee).collect(),
    };
    let found = Response::json(200, &meeting);
    Ok(if link_lost { response::without_teams(found) } else { found })
}

/// Microsoft may not name the instants of an all-day event, and they are not guessed (decision 0015).
fn without_times() -> Problem {
    let message = "Microsoft 365 does not tell when this meeting is. The same call may be repeated safely.";
    let problem = Problem::new(Kind::Unavailable, message).retry_after(Some(Duration::from_secs(5)));
    problem.caused_by("an event without times")
}

fn attendee(attendee: EventAttendee) -> AttendeeAnswer {
    AttendeeAnswer {
        email: attendee.address,
        is_required: if attendee.required { "true" } else { "false" },
        response: match attendee.response {
            calendar::Response::None => AttendeeResponse::NoResponseReceived,
            calendar::Response::Accepted => AttendeeResponse::Accepted,
            calendar::Response::Declined => AttendeeResponse::Declined,
            calendar::Response::Tentative => AttendeeResponse::Tentative,
            calendar::Response::Organizer => AttendeeResponse::Organizer,
            calendar::Response::Unknown => AttendeeResponse::Unknown,
        },
    }
}
