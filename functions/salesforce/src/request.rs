//! What requests have in common, whichever meeting or appointment they are about.

use convene::{
    Problem,
    auth::Caller,
    domain::{EmailAddress, ExternalId, Scope},
    edge::{self, Call, Object, Query},
};
use serde::de::DeserializeOwned;

use crate::{
    answer::Failure,
    fields::Faults,
    wire::{AppointmentChange, Field, MeetingReference, MeetingRequest},
};

/// What is known of a request before it is known who calls.
pub trait Traced {
    /// The mailbox of the organizer.
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

/// A request whose caller may make it.
pub struct Admitted<T> {
    /// Who calls.
    pub caller: Caller,
    /// What was sent.
    pub wire: T,
    /// The organizer's address as it was sent, for the answer; empty if there is none.
    pub email: String,
}

/// Lets a caller in that has the scope. The request is read before, so that a refusal can be traced as well; what is wrong
/// with it is told only to those who are let in.
pub async fn admit<T: Traced>(call: &Call, scope: Scope, wire: Result<T, Problem>) -> Result<Admitted<T>, Failure> {
    let mut email = String::new();
    if let Ok(wire) = &wire {
        if let Field::Given(id) = wire.correlation_id() {
            call.context.correlate(id);
        }
        if let Field::Given(text) = wire.organizer() {
            email.clone_from(text);
        }
    }
    let caller = call.authenticate(scope).await.map_err(Failure::not_let_in(&email))?;
    call.concerns(&email);
    Ok(Admitted { caller, wire: wire?, email })
}

/// The body of a request that must have one.
pub fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Problem> {
    edge::json(&call.body).map(|Object(wire)| wire)
}

/// Which meeting or appointment a request is about.
pub struct Reference {
    /// The caller's id of it.
    pub id: ExternalId,
    /// Whose it is.
    pub organizer: EmailAddress,
}

impl Reference {
    /// Reads one, if nothing else of the request needs to be.
    pub fn understand(wire: MeetingReference) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let reference = faults.reference(wire);
        faults.finish(|| reference)
    }
}

impl Faults {
    /// Which meeting or appointment a request is about.
    pub fn reference(&mut self, wire: MeetingReference) -> Option<Reference> {
        let id = self.id("id", wire.id);
        let organizer = self.address("organizerEmail", wire.organizer_email);
        Some(Reference { id: id?, organizer: organizer? })
    }
}

/// The fields of a reference in a query string.
pub fn reference_in(query: &Query) -> MeetingReference {
    MeetingReference {
        id: Field::of_query(query.get("id")),
        organizer_email: Field::of_query(query.get_address("organizerEmail")),
        salesforce_correlation_id: Field::of_query(query.get("salesforceCorrelationId")),
    }
}

/// The reference of a DELETE, from the body and the query string: what one leaves out, the other says. A request that
/// names one meeting here and another one there is refused: either could be meant.
pub fn reference_of(call: &Call) -> Result<MeetingReference, Problem> {
    let mut wire = reference_in(&call.query);
    if !call.body.is_empty() {
        let sent: MeetingReference = body(call)?;
        agree(&mut wire.id, sent.id, |one, other| one == other);
        agree(&mut wire.organizer_email, sent.organizer_email, |one, other| is_same_address(one, other));
        fill(&mut wire.salesforce_correlation_id, sent.salesforce_correlation_id);
    }
    Ok(wire)
}

/// Puts what a body says in place of what the query string does, which must not say something else.
pub fn agree<T>(field: &mut Field<T>, from_body: Field<T>, are_same: impl Fn(&T, &T) -> bool) {
    match (&*field, &from_body) {
        (Field::Given(in_query), Field::Given(in_body)) if !are_same(in_query, in_body) => {
            *field = Field::Contradictory;
        }
        (Field::Repeated, _) => {}
        _ => fill(field, from_body),
    }
}

/// Whether two texts are the same address, as addresses are compared everywhere: without regard to case and to blanks
/// around them.
fn is_same_address(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// Puts what a body says in place of what the query string does.
fn fill<T>(field: &mut Field<T>, from_body: Field<T>) {
    if !matches!(from_body, Field::Missing) {
        *field = from_body;
    }
}
