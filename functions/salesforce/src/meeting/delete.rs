//! Endpoint 3: delete a meeting.

use std::sync::Arc;

use convene::{
    domain::Scope,
    edge::{Endpoint, Request, Response},
};

use crate::{
    error::Failure,
    failures::ReferenceFailures,
    request::{self, Reference},
    response,
    wire::{MeetingReference, Outcome},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("delete-meeting", delete_meeting)
}

/// Delete a meeting
///
/// Outlook notifies the attendees. Repeating it is a success, and the id may be used again. The fields may stand in the query
/// string instead, for clients that cannot send a body with DELETE.
#[utoipa::path(
    delete,
    path = "/api/salesforce/scheduler/meeting",
    operation_id = "deleteMeeting",
    tag = "Scheduler API",
    request_body = MeetingReference,
    params(
        ("id" = Option<String>, Query, min_length = 1, max_length = 512, pattern = r"\S", description = "In place of the body's `id`, or the same. A `+` in it need not be encoded, unless another id has a blank in its place."),
        ("organizerEmail" = Option<String>, Query, format = Email, max_length = 254, description = "In place of the body's `organizerEmail`, or the same. A `+` in it need not be encoded."),
        ("salesforceCorrelationId" = Option<String>, Query, description = "In place of the body's.")
    ),
    responses(
        (status = 200, description = "The meeting is in no calendar any more.", body = Outcome),
        ReferenceFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn delete_meeting(request: Arc<Request>) -> Result<Response, Failure> {
    let wire = request::optional_body(&request).map(|body| request::reference_of(&request.query, body));
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, wire).await?;
    let reference = Reference::parse(wire)?;
    let (call, meetings) = (&request.context, &request.services.meetings(&caller));
    let organizer = &reference.organizer.clone();
    reference.find(|id| async move { meetings.cancel(call, &id, organizer).await }).await?;
    Ok(response::done(&request))
}
