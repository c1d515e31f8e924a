//! Endpoint 3: delete a meeting.

use std::sync::Arc;

use convene::{
    Problem,
    domain::Scope,
    edge::{self, Answer, Call, Function, Object},
};

use super::{Reference, correlate, reference_in, sent};
use crate::{
    answer::{self, Failure},
    openapi::ReferenceFailures,
    wire::{Field, MeetingReference, Outcome},
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
        ("id" = Option<String>, Query, description = "In place of the body's `id`."),
        ("organizerEmail" = Option<String>, Query, description = "In place of the body's `organizerEmail`. A `+` in it need not be encoded."),
        ("salesforceCorrelationId" = Option<String>, Query, description = "In place of the body's.")
    ),
    responses(
        (status = 200, description = "The meeting is in no calendar any more.", body = Outcome),
        ReferenceFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn delete_meeting(call: Arc<Call>) -> Result<Answer, Failure> {
    // Read before it is known who calls, so that a refusal can be traced as well.
    let wire = reference(&call);
    let mut email = String::new();
    if let Ok(wire) = &wire {
        correlate(&call, &wire.salesforce_correlation_id);
        email = sent(&wire.organizer_email);
    }
    let caller = call.authenticate(Scope::CalendarWrite).await.map_err(Failure::not_let_in(&email))?;
    let Reference { id, organizer } = Reference::understand(wire?).map_err(Failure::of(&email))?;
    let cancelled = call.services.scheduler(&caller).cancel(&call.context, &id, &organizer).await;
    cancelled.map(|()| answer::done(&email)).map_err(Failure::of(&email))
}

/// What the body says counts; the query string fills in what it leaves out.
fn reference(call: &Call) -> Result<MeetingReference, Problem> {
    let mut wire = reference_in(&call.query);
    if !call.body.is_empty() {
        let Object(body) = edge::json::<Object<MeetingReference>>(&call.body)?;
        fill(&mut wire.id, body.id);
        fill(&mut wire.organizer_email, body.organizer_email);
        fill(&mut wire.salesforce_correlation_id, body.salesforce_correlation_id);
    }
    Ok(wire)
}

fn fill(field: &mut Field<String>, from_body: Field<String>) {
    if !matches!(from_body, Field::Missing) {
        *field = from_body;
    }
}
