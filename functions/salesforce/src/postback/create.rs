//! The Lightning Scheduler adapter's endpoint 2: put an appointment into several calendars.

use std::sync::Arc;

use convene::{
    domain::Scope,
    edge::{Endpoint, FieldErrors, Request, Response},
};

use super::{Parsed, rows};
use crate::{
    content::content,
    error::Failure,
    failures::ListFailures,
    request::{self, external_id},
    wire::schemas::AppointmentRequest,
    wire::{AppointmentAnswer, MeetingRequest},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("create-appointments", create_appointments)
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
pub async fn create_appointments(request: Arc<Request>) -> Result<Response, Failure> {
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, request.json_object()).await?;
    let Parsed { id, appointment, mailboxes } = parse(wire)?;
    let appointments = request.services.appointments(&caller);
    let results = appointments.create(&request.context, &id, &appointment, &mailboxes).await;
    Ok(rows(&mailboxes, &results).await)
}

pub(super) fn parse(mut wire: MeetingRequest) -> Result<Parsed, Failure> {
    let mut errors = FieldErrors::default();
    let id = external_id(&mut errors, "id", std::mem::take(&mut wire.id));
    let content = content(&mut errors, "", wire);
    Parsed::finish(errors, id, content)
}
