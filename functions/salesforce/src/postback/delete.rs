//! The Lightning Scheduler adapter's endpoint 4: delete an appointment from every calendar that has it.

use std::{collections::BTreeSet, sync::Arc};

use convene::{
    Problem,
    domain::{EmailAddress, MeetingId, Scope},
    edge::{Answer, Call, Function},
};

use super::{answered, mailboxes};
use crate::{
    answer::{self, Failure},
    fields::Faults,
    openapi::{Addresses, AnyFailures, AppointmentReference},
    request::{self, Admitted, Reference},
    wire::{AppointmentAnswer, Field, ListedAttendee, ListedAttendees, MeetingReference},
};

/// The Lambda function.
pub fn function() -> Function {
    Function::new("delete-appointments", answer::refused, |call| async move {
        answer::either(delete_appointments(call).await)
    })
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
        AnyFailures
    ),
    security(("bearer" = ["calendar.write"]))
)]
pub async fn delete_appointments(call: Arc<Call>) -> Result<Answer, Failure> {
    let asked = request::admit(&call, Scope::CalendarWrite, request::reference_of(&call)).await?;
    let Admitted { caller, wire, email } = asked;
    let asked = attendees(&call).and_then(|listed| understand(wire, listed));
    let (id, mailboxes) = asked.map_err(Failure::of(&email))?;
    let results = call.services.appointments(&caller).delete(&call.context, &id, &mailboxes).await;
    Ok(answered(&mailboxes, results).await)
}

type Listed = Field<Vec<Field<ListedAttendee>>>;

/// Who is listed, in the body or in the query string. Where both list somebody, they must list the same.
fn attendees(call: &Call) -> Result<Listed, Problem> {
    let in_query = call.query.get_addresses("attendees");
    let in_query = in_query.map(|address| Field::Given(ListedAttendee::Plain(address.into_owned())));
    let in_query: Vec<_> = in_query.collect();
    let mut listed = if in_query.is_empty() { Field::Missing } else { Field::Given(in_query) };
    if !call.body.is_empty() {
        let ListedAttendees { attendees } = request::body(call)?;
        request::agree(&mut listed, attendees, |in_query, in_body| {
            in_body.is_empty() || names(in_query) == names(in_body)
        });
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

pub(super) fn understand(wire: MeetingReference, listed: Listed) -> Result<(MeetingId, Vec<EmailAddress>), Problem> {
    let mut faults = Faults::default();
    let reference = faults.reference(wire);
    let listed = faults.optional("attendees", listed).unwrap_or_default();
    let attendees = faults.each("attendees", listed, |faults, place, entry| match faults.required(place, entry)? {
        ListedAttendee::Plain(text) => faults.address(place, Field::Given(text)),
        ListedAttendee::Object(email) => faults.address(&format!("{place}.email"), email),
    });
    let Reference { id, organizer } = faults.finish(|| reference)?;
    Ok((id, mailboxes(organizer, attendees)))
}
