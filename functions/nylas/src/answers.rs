//! A booking as callers get it.

use convene::{
    domain::{BookingId, Tenant},
    scheduling::records::{booking::BookingRecord, event::State},
};

use crate::{
    configuration::Configuration,
    reference::reference,
    wire::{BookingAnswer, OrganizerAnswer},
};

/// `configuration`: for the organizer's name. `None`: the tenant's members have it.
pub fn booking(
    id: BookingId,
    record: &BookingRecord,
    configuration: Option<&Configuration>,
    tenant: &Tenant,
) -> BookingAnswer {
    BookingAnswer {
        booking_id: id.0,
        event_id: record.event.event.as_ref().map(|event| event.0.clone()).unwrap_or_default(),
        title: record.content.title.clone(),
        organizer: organizer(record, configuration, tenant),
        status: status(record),
        description: record.content.description.clone(),
        location: Some(record.content.location.clone()).filter(|location| !location.is_empty()),
        booking_ref: booking_ref(id, record),
    }
}

pub fn status(record: &BookingRecord) -> &'static str {
    match record.event.state {
        State::Deleting | State::Deleted => "cancelled",
        _ if record.pending => "pending",
        _ => "booked",
    }
}

/// The guest's reference.
pub fn booking_ref(id: BookingId, record: &BookingRecord) -> String {
    reference(record.configuration, id, &record.guest_salt)
}

/// The person in whose calendar the event is.
pub fn organizer(record: &BookingRecord, configuration: Option<&Configuration>, tenant: &Tenant) -> OrganizerAnswer {
    let address = &record.event.organizer;
    let named = configuration.and_then(|configuration| configuration.person(address)).map(|person| person.name.clone());
    let member = tenant.members.iter().find(|member| member.email.to_lowercase() == address.folded());
    let name = named.or_else(|| member.map(|member| member.name.clone()));
    OrganizerAnswer {
        email: address.as_written().to_owned(),
        name: name.unwrap_or_else(|| address.as_written().to_owned()),
    }
}
