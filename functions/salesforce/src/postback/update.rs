//! The Lightning Scheduler adapter's endpoint 3: change an appointment in every calendar that has it.

use std::sync::Arc;

use convene::{
    Problem,
    domain::Scope,
    edge::{Answer, Call, Function, Object},
};

use super::{Asked, answered};
use crate::{
    answer::{self, Failure},
    fields::Faults,
    openapi::ListFailures,
    request::{self, Admitted},
    wire::{AppointmentAnswer, AppointmentChange},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new("update-appointments", answer::refused, |call| async move {
        answer::either(update_appointments(call).await)
    })
}

/// Change an appointment in every calendar that has it
///
/// `new` is the appointment as it is to be, whole: a mailbox that is new gets one, one that is not listed any more loses its
/// own, the others are changed. Of `original` only the id is looked at. An answer for each mailbox of `new`, the organizer's
/// first, which also tells of failures in calendars that no entry stands for.
#[utoipa::path(
    put,
    path = "/api/salesforce/scheduler/postback",
    operation_id = "updateAppointments",
    tag = "Lightning Scheduler adapter",
    request_body = AppointmentChange,
    responses(
        (status = 200, description = "An entry for each mailbox.", body = Vec<AppointmentAnswer>,
            headers(("Retry-After" = u64, description = "Where an entry has `RequestInProgress` or `ErrorServerBusy`: seconds after which the same call may succeed."))),
        ListFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn update_appointments(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarWrite, request::body(&call)).await?;
    let Admitted { caller, wire, email } = asked;
    let Asked { id, appointment, mailboxes } = understand(wire).map_err(Failure::of(&email))?;
    let appointments = call.services.appointments(&caller);
    let results = appointments.update(&call.context, &id, &appointment, &mailboxes).await;
    Ok(answered(&mailboxes, results).await)
}

pub(super) fn understand(wire: AppointmentChange) -> Result<Asked, Problem> {
    let mut faults = Faults::default();
    let original = faults.required("original", wire.original);
    let id = original.and_then(|Object(original)| faults.id("original.id", original.id));
    let new = faults.required("new", wire.new);
    let content = new.and_then(|Object(new)| faults.content("new.", new));
    Asked::finish(faults, id, content)
}
