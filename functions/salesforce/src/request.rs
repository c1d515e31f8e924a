//! What the requests about meetings and appointments have in common.

use convene::{
    Problem,
    auth::{Prefetch, Principal},
    domain::{EmailAddress, ExternalId, Scope},
    edge::{Field, FieldErrors, Object, Query, Request},
    scheduling::SchedulingError,
};
use serde::de::DeserializeOwned;

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

impl Traced for ReferenceRequest {
    fn organizer(&self) -> &Field<String> {
        &self.fields.organizer_email
    }

    fn correlation_id(&self) -> &Field<String> {
        &self.fields.salesforce_correlation_id
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
    let caller = request.authorize(&request.services.bearer_or_signature(Prefetch::Calendar), scope).await?;
    Ok((caller, wire?))
}

/// A reference as it is sent.
#[derive(Default)]
pub struct ReferenceRequest {
    pub fields: MeetingReference,
    /// The second reading of an id in the query string: see [`Query::get_with_pluses`].
    pub id_with_pluses: Option<String>,
}

/// The meeting or appointment that a request is about.
pub struct Reference {
    pub id: ExternalId,
    /// The id to try if nothing has the first one.
    id_with_pluses: Option<ExternalId>,
    pub organizer: EmailAddress,
}

impl Reference {
    /// Reads a reference that is the whole request.
    pub fn parse(wire: ReferenceRequest) -> Result<Self, Failure> {
        let mut errors = FieldErrors::default();
        let reference = reference(&mut errors, wire);
        Ok(errors.finish(|| reference)?)
    }

    /// Looks for the id as it was sent, and if there is none, as it may be meant. As long as anything is known of the first reading,
    /// such as that it was deleted, the second one is not touched: a caller that encodes its query string must never delete a
    /// meeting with another id.
    pub async fn find<T, F: Future<Output = Result<T, SchedulingError>>>(
        self,
        look: impl Fn(ExternalId) -> F,
    ) -> Result<T, SchedulingError> {
        match (look(self.id).await, self.id_with_pluses) {
            (Err(SchedulingError::NotFound), Some(id)) => look(id).await,
            (found, _) => found,
        }
    }
}

/// Reads a reference.
pub fn reference(errors: &mut FieldErrors, wire: ReferenceRequest) -> Option<Reference> {
    let ReferenceRequest { fields, id_with_pluses } = wire;
    let id_with_pluses = id_with_pluses.and_then(|id| ExternalId::new(id).ok());
    let id = external_id(errors, "id", fields.id);
    let organizer = errors.address("organizerEmail", fields.organizer_email);
    Some(Reference { id: id?, id_with_pluses, organizer: organizer? })
}

/// Reads the id of a meeting or an appointment, which is required.
pub fn external_id(errors: &mut FieldErrors, name: &str, field: Field<String>) -> Option<ExternalId> {
    let text = errors.required(name, field);
    errors.parsed(name, text, ExternalId::new)
}

/// A reference in a query string.
pub fn reference_in(query: &Query) -> ReferenceRequest {
    let fields = MeetingReference {
        id: Field::of_query(query.get("id")),
        organizer_email: Field::of_query(query.get_address("organizerEmail")),
        salesforce_correlation_id: Field::of_query(query.get("salesforceCorrelationId")),
    };
    let id_with_pluses = query.get_with_pluses("id").ok().flatten().map(str::to_owned);
    ReferenceRequest { fields, id_with_pluses }
}

/// The body of a DELETE, which may have none.
pub fn optional_body<T: DeserializeOwned>(request: &Request) -> Result<Option<T>, Problem> {
    if request.has_body() { request.json_object().map(Some) } else { Ok(None) }
}

/// The reference of a DELETE, from the query string and the body. A field can be in either. If it is in both, it must be the same:
/// otherwise either meeting could be meant. An id in the body decides which reading of the query string is right.
pub fn reference_of(query: &Query, body: Option<MeetingReference>) -> ReferenceRequest {
    let mut wire = reference_in(query);
    if let Some(sent) = body {
        let second = if matches!(sent.id, Field::Missing) { None } else { wire.id_with_pluses.take() };
        let fields = &mut wire.fields;
        fields.id.merge(sent.id, |one, other| {
            is_same_id(one, other) || second.as_deref().is_some_and(|second| is_same_id(second, other))
        });
        fields.organizer_email.merge(sent.organizer_email, |one, other| is_same_address(one, other));
        fields.salesforce_correlation_id.replace(sent.salesforce_correlation_id);
    }
    wire
}

/// Whether two texts are the same id. Blanks around them do not count.
fn is_same_id(one: &str, other: &str) -> bool {
    one.trim() == other.trim()
}

/// Whether two texts are the same address. Addresses are compared without regard to case and to blanks around them.
fn is_same_address(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}
