//! The four endpoints on `/api/salesforce/scheduler/meeting`.

pub mod delete;
pub mod get;
pub mod schedule;
pub mod update;

use convene::{
    Problem,
    domain::{EmailAddress, MeetingId},
    edge::{Call, Query},
};

use crate::{
    fields::Faults,
    wire::{Field, MeetingReference},
};

/// Which meeting a request is about.
struct Reference {
    id: MeetingId,
    organizer: EmailAddress,
}

impl Reference {
    fn understand(wire: MeetingReference) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let id = faults.id(wire.id);
        let organizer = faults.address("organizerEmail", wire.organizer_email);
        faults.finish(|| Some(Self { id: id?, organizer: organizer? }))
    }
}

/// The fields of a reference in a query string.
fn reference_in(query: &Query) -> MeetingReference {
    let field = |name| query.get(name).map_or(Field::Missing, |value| Field::Given(value.to_owned()));
    let organizer = query.get_address("organizerEmail");
    MeetingReference {
        id: field("id"),
        organizer_email: organizer.map_or(Field::Missing, |address| Field::Given(address.into_owned())),
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
