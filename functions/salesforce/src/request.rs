//! What the requests about meetings and appointments have in common.

use convene::{
    Problem,
    auth::Principal,
    domain::{EmailAddress, ExternalId, Scope},
    edge::{Field, FieldErrors, Object, Query, Request},
};

use crate::{
    error::Failure,
    wire::{AppointmentChange, MeetingReference, MeetingRequest},
};

/// The fields of a request that its log line and its error response have.
pub trait Traced {
    /// The organizer's mailbox.
    fn organizer(&self) -> &Field<String>;
    /// The caller's correlation id.
    fn correlation_id(&self) -> &Field<String>;
}

impl Traced for MeetingRequest {
    fn organizer(&self) -> &Field<String> {
        &self.organizer_email
    }

    fn correlation_id(&self) -> &Field<String> {
        &self.salesforce_correlation_id
    }
}

impl Traced for MeetingReference {
    fn organizer(&self) -> &Field<String> {
        &self.organizer_email
    }

    fn correlation_id(&self) -> &Field<String> {
        &self.salesforce_correlation_id
    }
}

impl Traced for AppointmentChange {
    fn organizer(&self) -> &Field<String> {
        match &self.new {
            Field::Given(Object(new)) => &new.organizer_email,
            _ => &Field::Missing,
        }
    }

    fn correlation_id(&self) -> &Field<String> {
        &self.salesforce_correlation_id
    }
}

/// Authorizes a request. Its body was read before, so that the log line of a refusal has the caller's correlation id. Errors of the
/// body are returned only to authorized callers.
pub async fn authorize<T: Traced>(
    request: &Request,
    scope: Scope,
    wire: Result<T, Problem>,
) -> Result<(Principal, T), Failure> {
    if let Ok(wire) = &wire {
        if let Field::Given(id) = wire.correlation_id() {
            request.context.correlate(id);
        }
        if let Field::Given(organizer) = wire.organizer() {
            request.concerns(organizer);
        }
    }
    let caller = request.authorize(&request.services.bearer_or_signature, scope).await?;
    Ok((caller, wire?))
}

/// The meeting or appointment that a request is about.
pub struct Reference {
    pub id: ExternalId,
    pub organizer: EmailAddress,
}

impl Reference {
    /// Reads a reference that is the whole request.
    pub fn parse(wire: MeetingReference) -> Result<Self, Failure> {
        let mut errors = FieldErrors::default();
        let reference = reference(&mut errors, wire);
        Ok(errors.finish(|| reference)?)
    }
}

/// Reads a reference.
pub fn reference(errors: &mut FieldErrors, wire: MeetingReference) -> Option<Reference> {
    let id = external_id(errors, "id", wire.id);
    let organizer = errors.address("organizerEmail", wire.organizer_email);
    Some(Reference { id: id?, organizer: organizer? })
}

/// Reads the id of a meeting or an appointment, which is required.
pub fn external_id(errors: &mut FieldErrors, name: &str, field: Field<String>) -> Option<ExternalId> {
    let text = errors.required(name, field);
    errors.parsed(name, text, ExternalId::new)
}

/// The fields of a reference in a query string.
pub fn reference_in(query: &Query) -> MeetingReference {
    MeetingReference {
        id: Field::of_query(query.get("id")),
        organizer_email: Field::of_query(query.get_address("organizerEmail")),
        salesforce_correlation_id: Field::of_query(query.get("salesforceCorrelationId")),
    }
}

/// The reference of a DELETE, from the query string and the body. A field can be in either. If it is in both, it must be the same:
/// otherwise either meeting could be meant.
pub fn reference_of(request: &Request) -> Result<MeetingReference, Problem> {
    let mut wire = reference_in(&request.query);
    if request.has_body() {
        let sent: MeetingReference = request.json_object()?;
        wire.id.merge(sent.id, |one, other| one == other);
        wire.organizer_email.merge(sent.organizer_email, |one, other| is_same_address(one, other));
        wire.salesforce_correlation_id.replace(sent.salesforce_correlation_id);
    }
    Ok(wire)
}

/// Whether two texts are the same address. Addresses are compared without regard to case and to blanks around them.
fn is_same_address(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}
