//! The Lightning Scheduler adapter's endpoint 4: delete an appointment from every calendar that has it.

use std::{collections::BTreeSet, sync::Arc};

use convene::{
    Problem,
    domain::Scope,
    edge::{Endpoint, Field, FieldErrors, Query, Request, Response},
    scheduling::SchedulingError,
};

use super::{Row, answer, mailboxes, rows};
use crate::{
    error::Failure,
    failures::CommonFailures,
    request::{self, Reference, ReferenceRequest, Traced, reference},
    wire::schemas::AppointmentReference,
    wire::values::Addresses,
    wire::{AppointmentAnswer, AppointmentDeletion, ListedAttendee, MAX_ATTENDEES},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("delete-appointments", delete_appointments)
}

/// Delete an appointment from every calendar that has it
///
/// Every copy is deleted. `attendees` selects the rows of the response besides the organizer's, whose row also reports failures in
/// calendars that have no row. An entry of `attendees` that cannot be understood is answered with `InvalidRequest` alone. Repeating it is a success, and the id may be used again. The fields may stand in the query string instead, for clients that cannot send a body with DELETE.
#[utoipa::path(
    delete,
    path = "/api/salesforce/scheduler/postback",
    operation_id = "deleteAppointments",
    tag = "Lightning Scheduler adapter",
    request_body = AppointmentReference,
    params(
        ("id" = Option<String>, Query, min_length = 1, max_length = 512, pattern = r"\S", description = "In place of the body's `id`, or the same. A `+` in it need not be encoded, unless another id has a blank in its place."),
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
    let (caller, wire) = request::authorize(&request, Scope::CalendarWrite, Deletion::read(&request)).await?;
    let (reference, rows) = wire.parse()?;
    let (call, appointments) = (&request.context, &request.services.appointments(&caller));
    let mailboxes = &mailboxes(&rows);
    let delete = |id| async move {
        let results = appointments.delete(call, &id, mailboxes).await;
        let is_known = results.iter().any(|result| !matches!(result, Err(SchedulingError::NotFound)));
        if is_known { Ok(results) } else { Err(SchedulingError::NotFound) }
    };
    let results = reference.find(delete).await;
    let results = results.unwrap_or_else(|error| mailboxes.iter().map(|_| Err(error.clone())).collect());
    Ok(answer(rows, results).await)
}

type Listed = Field<Vec<Field<ListedAttendee>>>;

/// A request as it is sent, in the body, the query string or both.
pub(super) struct Deletion {
    pub(super) reference: ReferenceRequest,
    pub(super) listed: Listed,
}

impl Traced for Deletion {
    fn organizer(&self) -> &Field<String> {
        self.reference.organizer()
    }

    fn correlation_id(&self) -> &Field<String> {
        self.reference.correlation_id()
    }
}

impl Deletion {
    fn read(request: &Request) -> Result<Self, Problem> {
        let body = request::optional_body(request)?.map(AppointmentDeletion::into_parts);
        let (reference, attendees) = body.unzip();
        let reference = request::reference_of(&request.query, reference);
        Ok(Self { reference, listed: listed(&request.query, attendees) })
    }

    /// Reads the reference and the rows of the response. An entry that cannot be understood fails by itself: it makes no difference
    /// to what is deleted.
    pub(super) fn parse(self) -> Result<(Reference, Vec<Row>), Failure> {
        let mut errors = FieldErrors::default();
        let reference = reference(&mut errors, self.reference);
        let listed = errors.optional("attendees", self.listed).unwrap_or_default();
        let emails: Vec<_> = listed.iter().map(email).collect();
        let mailboxes = errors.each_by_itself("attendees", listed, MAX_ATTENDEES, |errors, name, entry| {
            let email = match errors.required(name, entry)? {
                ListedAttendee::Plain(text) => Field::Given(text),
                ListedAttendee::Object(email) => email,
            };
            errors.address(name, email)
        });
        let reference = errors.finish(|| reference)?;
        let attendees = emails.into_iter().zip(mailboxes).map(|(email, mailbox)| Row::of_entry(email, mailbox));
        let rows = rows(reference.organizer.clone(), attendees);
        Ok((reference, rows))
    }
}

/// Who is listed, in the body or in the query string. Where both list somebody, they must list the same.
fn listed(query: &Query, in_body: Option<Listed>) -> Listed {
    let in_query = query.get_addresses("attendees");
    let in_query = in_query.map(|address| Field::Given(ListedAttendee::Plain(address.into_owned())));
    let in_query: Vec<_> = in_query.collect();
    let mut listed = if in_query.is_empty() { Field::Missing } else { Field::Given(in_query) };
    if let Some(attendees) = in_body {
        // An empty list in the body lists no one, so it does not contradict the query string.
        let is_empty = matches!(&attendees, Field::Given(attendees) if attendees.is_empty());
        if !is_empty || matches!(listed, Field::Missing) {
            listed.merge(attendees, |in_query, in_body| names(in_query) == names(in_body));
        }
    }
    listed
}

/// The addresses of a list, in no order.
fn names(listed: &[Field<ListedAttendee>]) -> BTreeSet<String> {
    listed.iter().map(|entry| email(entry).trim().to_ascii_lowercase()).collect()
}

/// The address of an entry as it was sent.
fn email(entry: &Field<ListedAttendee>) -> String {
    match entry {
        Field::Given(ListedAttendee::Plain(text) | ListedAttendee::Object(Field::Given(text))) => text.clone(),
        _ => String::new(),
    }
}
