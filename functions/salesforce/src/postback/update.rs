//! The Lightning Scheduler adapter's endpoint 3: change an appointment in every calendar that has it.

use std::sync::Arc;

use convene::{
    domain::{EmailAddress, Scope},
    edge::{Endpoint, FieldErrors, Object, Request, Response},
};

use super::{Parsed, Row, answer, mailboxes};
use crate::{
    content::{AttendeeEntries, attendee, content},
    error::Failure,
    failures::ListFailures,
    request::{self, external_id},
    wire::{AppointmentAnswer, AppointmentChange, MAX_ATTENDEES},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("update-appointments", update_appointments)
}

/// Change an appointment in every calendar that has it
///
/// `new` is the appointment as it is to be, whole: a mailbox that is new gets one, one that is not listed any more loses its
/// own, the others are changed. So every entry of `attendees` must be understood. Of `original` only the id is looked at. An answer for each mailbox of `new`, the organizer's
/// first, which also reports failures in calendars that have no row.
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
pub async fn update_appointments(request: Arc<Request>) -> Result<Response, Failure> {
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, request.json_object()).await?;
    let Parsed { id, appointment, rows } = parse(wire)?;
    let appointments = request.services.appointments(&caller);
    let results = appointments.update(&request.context, &id, &appointment, &mailboxes(&rows)).await;
    Ok(answer(rows, results).await)
}

pub(super) fn parse(wire: AppointmentChange) -> Result<Parsed, Failure> {
    let mut errors = FieldErrors::default();
    let original = errors.required("original", wire.original);
    let id = original.and_then(|Object(original)| external_id(&mut errors, "original.id", original.id));
    let new = errors.required("new", wire.new);
    let content = new.and_then(|Object(new)| content(&mut errors, "new.", new, attendees));
    Parsed::finish(errors, id, content)
}

/// Reads the list of attendees. An entry that cannot be understood makes the request invalid: it may stand for a mailbox that has a
/// copy, which a mailbox that is not listed loses (decision 0019).
fn attendees(errors: &mut FieldErrors, name: &str, entries: AttendeeEntries) -> Vec<Row> {
    errors.each(name, entries, MAX_ATTENDEES, |errors, name, entry| {
        let (mailbox, _) = attendee(errors, name, entry, |text| text.parse::<EmailAddress>())?;
        Some(mailbox.into())
    })
}
