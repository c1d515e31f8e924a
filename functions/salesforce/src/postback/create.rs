//! The Lightning Scheduler adapter's endpoint 2: put an appointment into several calendars.

use std::sync::Arc;

use convene::{
    Problem,
    domain::Scope,
    edge::{Answer, Call, Function},
};

use super::{Asked, answered};
use crate::{
    answer::{self, Failure},
    fields::Faults,
    openapi::{AppointmentRequest, ListFailures},
    request::{self, Admitted},
    wire::{AppointmentAnswer, MeetingRequest},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new("create-appointments", answer::refused, |call| async move {
        answer::either(create_appointments(call).await)
    })
}

/// Put an appointment into several calendars
///
/// The organizer and each attendee get one of their own, and nobody is invited. An answer for each mailbox, the organizer's
/// first; a mailbox fails by itself, and the others have theirs. Asked again with the same content, it does only what is
/// still missing; with other content, every entry is `MeetingAlreadyExists` and nothing changes.
#[utoipa::path(
    post,
    path = "/api/salesforce/scheduler/postback",
    operation_id = "createAppointments",
    tag = "Lightning Scheduler adapter",
    request_body = AppointmentRequest,
    responses(
        (status = 200, description = "An entry for each mailbox.", body = Vec<AppointmentAnswer>,
            headers(("Retry-After" = u64, description = "Where an entry has `RequestInProgress` or `ErrorServerBusy`: seconds after which the same call may succeed."))),
        ListFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn create_appointments(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarWrite, request::body(&call)).await?;
    let Admitted { caller, wire, email } = asked;
    let Asked { id, appointment, mailboxes } = understand(wire).map_err(Failure::of(&email))?;
    let appointments = call.services.appointments(&caller);
    let results = appointments.create(&call.context, &id, &appointment, &mailboxes).await;
    Ok(answered(&mailboxes, results).await)
}

pub(super) fn understand(mut wire: MeetingRequest) -> Result<Asked, Problem> {
    let mut faults = Faults::default();
    let id = faults.id("id", std::mem::take(&mut wire.id));
    let content = faults.content("", wire);
    Asked::finish(faults, id, content)
}
