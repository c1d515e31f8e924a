//! What a booking page asks first.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::OrganizerAnswer;

/// A configuration, as far as guests may see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UiSettings)]
pub struct UiSettingsAnswer {
    /// A UUID.
    #[schema(value_type = String)]
    pub configuration_id: Uuid,
    /// The tenant's client id.
    pub app_client_id: Option<String>,
    pub slug: Option<String>,
    /// The name of the page. Without one, the organizer's.
    pub name: String,
    /// `booking` or `organizer-confirmation`.
    #[schema(example = "booking")]
    pub booking_type: &'static str,
    /// Empty texts with a round-robin.
    pub organizer: OrganizerAnswer,
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub appearance: Map<String, Value>,
    /// The configuration's `scheduler`, with each default that a page needs.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub scheduler: Map<String, Value>,
    /// Only with `booking_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub booking: Option<UiBookingAnswer>,
}

/// A booking, for a page that moves or cancels it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UiBooking)]
pub struct UiBookingAnswer {
    /// A UUID.
    #[schema(value_type = String)]
    pub booking_id: Uuid,
    pub booking_ref: String,
    /// The guest's. It does not confirm a pending booking.
    pub booking_ref_salt: String,
    /// `booked`, `pending` or `cancelled`.
    pub status: &'static str,
    pub guest: GuestAnswer,
    pub additional_guests: Vec<GuestAnswer>,
    pub additional_fields: BTreeMap<String, String>,
    pub timezone: String,
    pub email_language: String,
    pub event_data: EventDataAnswer,
    pub event_organizer: EventOrganizerAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NamedGuest)]
pub struct GuestAnswer {
    pub name: String,
    pub email: String,
}

/// Where and when the event takes place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventData)]
pub struct EventDataAnswer {
    pub location: String,
    pub when: TimespanAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Timespan)]
pub struct TimespanAnswer {
    /// Always `timespan`.
    pub object: &'static str,
    /// Unix seconds.
    pub start_time: i64,
    /// Unix seconds.
    pub end_time: i64,
    pub start_timezone: String,
    pub end_timezone: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventOrganizer)]
pub struct EventOrganizerAnswer {
    pub name: String,
    pub email: String,
    /// Always true.
    pub is_organizer: bool,
}
