//! Endpoint 3: delete a meeting.

use std::sync::Arc;

use convene::{
    domain::Scope,
    edge::{Answer, Call, Function},
};

use crate::{
    answer::{self, Failure},
    openapi::ReferenceFailures,
    request::{self, Admitted, Reference},
    wire::{MeetingReference, Outcome},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new("delete-meeting", answer::refused, |call| async move { answer::either(delete_meeting(call).await) })
}

/// Delete a meeting
///
/// Outlook tells the attendees. Repeating it is a success, and the id may be used again. The fields may stand in the query
/// string instead, for clients that cannot send a body with DELETE.
#[utoipa::path(
    delete,
    path = "/api/salesforce/scheduler/meeting",
    operation_id = "deleteMeeting",
    tag = "Scheduler API",
    request_body = MeetingReference,
    params(
        ("id" = Option<String>, Query, min_length = 1, max_length = 512, pattern = r"\S", description = "In place of the body's `id`, or the same."),
        ("organizerEmail" = Option<String>, Query, format = Email, max_length = 254, description = "In place of the body's `organizerEmail`, or the same. A `+` in it need not be encoded."),
        ("salesforceCorrelationId" = Option<String>, Query, description = "In place of the body's.")
    ),
    responses(
        (status = 200, description = "The meeting is in no calendar any more.", body = Outcome),
        ReferenceFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn delete_meeting(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarWrite, request::reference_of(&call)).await?;
    let Admitted { caller, wire, email } = asked;
    let Reference { id, organizer } = Reference::understand(wire).map_err(Failure::of(&email))?;
    let cancelled = call.services.meetings(&caller).cancel(&call.context, &id, &organizer).await;
    cancelled.map(|()| answer::done(&email)).map_err(Failure::of(&email))
}
