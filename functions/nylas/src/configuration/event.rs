//! What the event of a booking is like.

use convene::{
    domain::TimeZone,
    edge::{Field, FieldErrors, Object},
};
use serde_json::Value;

use super::{hours, read::text};
use crate::wire::{Anything, ConferencingRequest, EventBookingRequest};

/// The longest title, location and description, in characters. A subject in Outlook has 255, which a title's tokens may exceed.
const MAX_TITLE: usize = 1024;
const MAX_LOCATION: usize = 1024;
const MAX_DESCRIPTION: usize = 16 * 1024;

/// What the event of a booking is like.
#[derive(Debug)]
pub struct EventSettings {
    /// With tokens, as `description`.
    pub title: String,
    pub description: String,
    pub location: String,
    /// Of hours and texts that have none of their own.
    pub zone: TimeZone,
    /// Whether the organizer has to confirm each booking.
    pub needs_confirmation: bool,
    pub online_meeting: bool,
    /// Whether guests do not see who else is invited.
    pub hides_attendees: bool,
}

pub fn read(errors: &mut FieldErrors, wire: EventBookingRequest) -> Option<EventSettings> {
    let is_missing =
        matches!(&wire.title, Field::Missing) || matches!(&wire.title, Field::Given(title) if title.trim().is_empty());
    if is_missing {
        errors.add("event_booking.title", "is required");
    }
    let title = text(errors, "event_booking.title", wire.title, MAX_TITLE);
    let description = text(errors, "event_booking.description", wire.description, MAX_DESCRIPTION);
    let location = text(errors, "event_booking.location", wire.location, MAX_LOCATION);
    let zone = hours::zone(errors, "event_booking.timezone", wire.timezone);
    let needs_confirmation = match errors.optional("event_booking.booking_type", wire.booking_type).as_deref() {
        None | Some("" | "booking") => false,
        Some("organizer-confirmation") => true,
        Some(_) => {
            errors.add("event_booking.booking_type", "must be booking or organizer-confirmation");
            false
        }
    };
    let conferencing = errors.optional("event_booking.conferencing", wire.conferencing);
    let online_meeting = conferencing.is_some_and(|Object(conferencing)| has_online_meeting(errors, conferencing));
    let hides_attendees = errors.optional("event_booking.hide_participants", wire.hide_participants).unwrap_or(false);
    let utc = || "UTC".parse().ok();
    Some(EventSettings {
        title: title?,
        description: description.unwrap_or_default(),
        location: location.unwrap_or_default(),
        zone: zone.or_else(utc)?,
        needs_confirmation,
        online_meeting,
        hides_attendees,
    })
}

/// An empty object means none.
fn has_online_meeting(errors: &mut FieldErrors, wire: ConferencingRequest) -> bool {
    let name = "event_booking.conferencing";
    let provider = errors.optional(&format!("{name}.provider"), wire.provider).filter(|provider| !provider.is_empty());
    let autocreate = errors.optional(&format!("{name}.autocreate"), wire.autocreate);
    let details = errors.optional(&format!("{name}.details"), wire.details);
    if details.is_some_and(|Anything(details)| details.as_object().is_none_or(|details| !details.is_empty())) {
        errors.add(format!("{name}.details"), "must be empty: only meetings that Microsoft Teams creates are served");
    }
    if let Some(provider) = &provider
        && provider != "Microsoft Teams"
    {
        errors.add(format!("{name}.provider"), "must be Microsoft Teams");
    }
    provider.is_some() && !matches!(autocreate, Some(Anything(Value::Bool(false))))
}
