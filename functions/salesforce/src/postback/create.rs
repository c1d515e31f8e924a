//! The Lightning Scheduler adapter's endpoint 2: put an appointment into several calendars.

use std::sync::Arc;

use convene::{
    domain::Scope,
    edge::{Endpoint, Field, FieldErrors, Object, Request, Response},
};

use super::{Parsed, Row, answer, mailboxes};
use crate::{
    content::{AttendeeEntries, attendee, content},
    error::Failure,
    failures::ListFailures,
    request::{self, external_id},
    wire::schemas::AppointmentRequest,
    wire::{AppointmentAnswer, AttendeeRequest, MAX_ATTENDEES, MeetingRequest},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("create-appointments", create_appointments)
}

/// Put an appointment into several calendars
///
/// The organizer and each attendee get one of their own. Outlook sends no invitations. An answer for each mailbox, the organizer's
/// first; a mailbox fails by itself, and the others have theirs. So does an entry of `attendees` that cannot be understood: its
/// answer is `InvalidRequest` with the address as it was sent. Asked again with the same content, it does only what is
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
    let Parsed { id, appointment, rows } = parse(wire)?;
    let appointments = request.services.appointments(&caller);
    let results = appointments.create(&request.context, &id, &appointment, &mailboxes(&rows)).await;
    Ok(answer(rows, results).await)
}

pub(super) fn parse(mut wire: MeetingRequest) -> Result<Parsed, Failure> {
    let mut errors = FieldErrors::default();
    let id = external_id(&mut errors, "id", std::mem::take(&mut wire.id));
    let content = content(&mut errors, "", wire, attendees);
    Parsed::finish(errors, id, content)
}

/// Reads the list of attendees. An entry that cannot be understood fails by itself, as one does whose mailbox does not exist
/// (decision 0019).
fn attendees(errors: &mut FieldErrors, name: &str, entries: AttendeeEntries) -> Vec<Row> {
    let emails: Vec<_> = entries.iter().map(email).collect();
    let read = errors.each_by_itself(name, entries, MAX_ATTENDEES, |errors, name, entry| {
        attendee(errors, name, entry, |text| text.parse()).map(|(mailbox, _)| mailbox)
    });
    emails.into_iter().zip(read).map(|(email, mailbox)| Row::of_entry(email, mailbox)).collect()
}

/// The address of an entry as it was sent.
fn email(entry: &Field<Object<AttendeeRequest>>) -> String {
    match entry {
        Field::Given(Object(AttendeeRequest { email: Field::Given(email), .. })) => email.clone(),
        _ => String::new(),
    }
}
