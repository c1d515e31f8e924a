//! The Lightning Scheduler adapter's endpoint 4: delete an appointment from every calendar that has it.

use std::{collections::BTreeSet, sync::Arc};

use convene::{
    domain::{EmailAddress, ExternalId, Scope},
    edge::{Endpoint, Field, FieldErrors, Request, Response},
};

use super::{mailboxes, rows};
use crate::{
    error::Failure,
    failures::CommonFailures,
    request::{self, Reference, reference},
    wire::schemas::AppointmentReference,
    wire::values::Addresses,
    wire::{AppointmentAnswer, ListedAttendee, ListedAttendees, MAX_ATTENDEES, MeetingReference},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("delete-appointments", delete_appointments)
}

/// Delete an appointment from every calendar that has it
///
/// Whoever is listed: `attendees` only says for whom to answer beside the organizer, whose entry also tells of failures in
/// calendars that no entry stands for. Repeating it is a success, and the id may be used again. The fields may stand in the query string instead, for clients that cannot send a body with DELETE.
#[utoipa::path(
    delete,
    path = "/api/salesforce/scheduler/postback",
    operation_id = "deleteAppointments",
    tag = "Lightning Scheduler adapter",
    request_body = AppointmentReference,
    params(
        ("id" = Option<String>, Query, min_length = 1, max_length = 512, pattern = r"\S", description = "In place of the body's `id`, or the same."),
        ("organizerEmail" = Option<String>, Query, format = Email, max_length = 254, description = "In place of the body's `organizerEmail`, or the same. A `+` in it need not be encoded."),
        ("attendees" = inline(Option<Addresses>), Query, description = "In place of the body's `attendees`: repeated, separated by commas, or both."),
        ("salesforceCorrelationId" = Option<String>, Query, description = "In place of the body's.")
    ),
    responses(
        (status = 200, description = "An entry for each mailbox.", body = Vec<AppointmentAnswer>,
            headers(("Retry-After" = u64, description = "Where an entry has `RequestInProgress` or `ErrorServerBusy`: seconds after which the same call may succeed."))),
        CommonFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn delete_appointments(request: Arc<Request>) -> Result<Response, Failure> {
    let wire = request::reference_of(&request);
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, wire).await?;
    let (id, mailboxes) = parse(wire, attendees(&request)?)?;
    let results = request.services.appointments(&caller).delete(&request.context, &id, &mailboxes).await;
    Ok(rows(&mailboxes, &results).await)
}

type Listed = Field<Vec<Field<ListedAttendee>>>;

/// Who is listed, in the body or in the query string. Where both list somebody, they must list the same.
fn attendees(request: &Request) -> Result<Listed, Failure> {
    let in_query = request.query.get_addresses("attendees");
    let in_query = in_query.map(|address| Field::Given(ListedAttendee::Plain(address.into_owned())));
    let in_query: Vec<_> = in_query.collect();
    let mut listed = if in_query.is_empty() { Field::Missing } else { Field::Given(in_query) };
    if request.has_body() {
        let ListedAttendees { attendees } = request.json_object()?;
        // An empty list in the body lists no one, so it does not contradict the query string.
        let is_empty = matches!(&attendees, Field::Given(attendees) if attendees.is_empty());
        if !is_empty || matches!(listed, Field::Missing) {
            listed.merge(attendees, |in_query, in_body| names(in_query) == names(in_body));
        }
    }
    Ok(listed)
}

/// Whom a list names, in no order. What cannot be read is told of by its place where the list is.
fn names(listed: &[Field<ListedAttendee>]) -> BTreeSet<String> {
    let named = listed.iter().filter_map(|entry| match entry {
        Field::Given(ListedAttendee::Plain(text) | ListedAttendee::Object(Field::Given(text))) => Some(text),
        _ => None,
    });
    named.map(|text| text.trim().to_ascii_lowercase()).collect()
}

pub(super) fn parse(wire: MeetingReference, listed: Listed) -> Result<(ExternalId, Vec<EmailAddress>), Failure> {
    let mut errors = FieldErrors::default();
    let reference = reference(&mut errors, wire);
    let listed = errors.optional("attendees", listed).unwrap_or_default();
    let attendees = errors.each("attendees", listed, MAX_ATTENDEES, |errors, place, entry| {
        match errors.required(place, entry)? {
            ListedAttendee::Plain(text) => errors.address(place, Field::Given(text)),
            ListedAttendee::Object(email) => errors.address(&format!("{place}.email"), email),
        }
    });
    let Reference { id, organizer } = errors.finish(|| reference)?;
    Ok((id, mailboxes(organizer, attendees)))
}
