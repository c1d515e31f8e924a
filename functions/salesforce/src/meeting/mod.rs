//! The four endpoints on `/api/salesforce/scheduler/meeting`.

pub mod delete;
pub mod get;
pub mod schedule;
pub mod update;

use convene::{
    domain::{EmailAddress, MeetingId},
    edge::{Call, Query},
};

use crate::{
    answer::Failure,
    fields::Faults,
    wire::{Field, MeetingReference},
};

/// Which meeting a request is about.
struct Reference {
    id: MeetingId,
    organizer: EmailAddress,
}

impl Reference {
    fn understand(wire: MeetingReference) -> Result<Self, Failure> {
        let mut faults = Faults::default();
        let email = sent(&wire.organizer_email);
        let id = faults.id(wire.id);
        let organizer = faults.address("organizerEmail", wire.organizer_email);
        faults.into_result().map_err(Failure::of(&email))?;
        match (id, organizer) {
            (Some(id), Some(organizer)) => Ok(Self { id, organizer }),
            _ => unreachable!("a missing field is a fault"),
        }
    }
}

/// The fields of a reference in a query string.
fn reference_in(query: &Query) -> MeetingReference {
    let field = |name| query.get(name).map_or(Field::Missing, |value| Field::Given(value.to_owned()));
    MeetingReference {
        id: field("id"),
        organizer_email: field("organizerEmail"),
        salesforce_correlation_id: field("salesforceCorrelationId"),
    }
}

/// Takes the caller's correlation id.
fn correlate(call: &Call, field: &Field<String>) {
    if let Field::Given(id) = field {
        call.context.correlate(id);
    }
}

/// An address as it was sent, for the answer.
fn sent(field: &Field<String>) -> String {
    match field {
        Field::Given(text) => text.clone(),
        _ => String::new(),
    }
}
