//! Availability, sessions and bookings on the wire.

use convene::edge::{Field, Object};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Anything, List, Map, WholeNumber};

/// A request for a session.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = SessionCreation)]
pub struct SessionRequest {
    /// The configuration that the session opens. Either this or `slug`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub configuration_id: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub slug: Field<String>,
    /// In minutes. Without it, 5.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 30)]
    pub time_to_live: Field<WholeNumber>,
}

/// A session.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionAnswer {
    /// The credential: `Authorization: Bearer <session_id>`.
    pub session_id: String,
}

/// A request to book.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = BookingCreation)]
pub struct BookingRequest {
    /// Unix seconds.
    #[serde(default)]
    #[schema(required, value_type = i64, minimum = 0, maximum = 79_839_129_599_i64, example = 1_709_643_600)]
    pub start_time: Field<WholeNumber>,
    /// Unix seconds.
    #[serde(default)]
    #[schema(required, value_type = i64, minimum = 0, maximum = 79_839_129_599_i64, example = 1_709_645_400)]
    pub end_time: Field<WholeNumber>,
    /// Round-robin: the host. Without one, the first of the order who is free. Of a collective configuration all take part.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ParticipantChoice>>)]
    pub participants: List<ParticipantChoice>,
    /// Who books.
    #[serde(default)]
    #[schema(required, value_type = GuestRequest)]
    pub guest: Field<Object<GuestRequest>>,
    /// The guest's IANA time zone.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub timezone: Field<String>,
    /// The guest's language. One that is not known counts as `en`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "en")]
    pub email_language: Field<String>,
    /// At most 50.
    #[serde(default)]
    #[schema(value_type = Option<Vec<GuestRequest>>, max_items = 50)]
    pub additional_guests: List<GuestRequest>,
    /// The answers to the configuration's additional fields, by key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub additional_fields: Map<Anything>,
}

/// A request to move a booking. What is left out stays. The guest and the host stay anyway: other fields are ignored.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Reschedule)]
pub struct RescheduleRequest {
    /// Unix seconds.
    #[serde(default)]
    #[schema(required, value_type = i64, minimum = 0, maximum = 79_839_129_599_i64, example = 1_708_714_800)]
    pub start_time: Field<WholeNumber>,
    /// Unix seconds.
    #[serde(default)]
    #[schema(required, value_type = i64, minimum = 0, maximum = 79_839_129_599_i64, example = 1_708_716_600)]
    pub end_time: Field<WholeNumber>,
    /// The guest's IANA time zone.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub timezone: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "en")]
    pub email_language: Field<String>,
    /// At most 50. They replace those of the booking.
    #[serde(default)]
    #[schema(value_type = Option<Vec<GuestRequest>>, max_items = 50)]
    pub additional_guests: List<GuestRequest>,
    /// Answers to the configuration's additional fields, by key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub additional_fields: Map<Anything>,
}

/// A guest.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Guest)]
pub struct GuestRequest {
    #[serde(default)]
    #[schema(required, value_type = String, example = "Jane Doe")]
    pub name: Field<String>,
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "jane.doe@example.com")]
    pub email: Field<String>,
}

/// A participant who is to host.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = BookingParticipant)]
pub struct ParticipantChoice {
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254)]
    pub email: Field<String>,
}

/// The organizer's decision on a pending booking.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = BookingDecision)]
pub struct BookingDecision {
    /// The salt of the organizer's booking reference.
    #[serde(default)]
    #[schema(required, value_type = String)]
    pub salt: Field<String>,
    /// `confirmed` or `cancelled`; `confirm` and `cancel` mean the same.
    #[serde(default)]
    #[schema(required, value_type = String, pattern = "^(confirmed|confirm|cancelled|cancel)$", example = "confirmed")]
    pub status: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub cancellation_reason: Field<String>,
}

/// Why a booking is cancelled.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Cancellation)]
pub struct CancellationRequest {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub cancellation_reason: Field<String>,
}

/// A booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Booking)]
pub struct BookingAnswer {
    /// A UUID.
    #[schema(value_type = String, example = "5b7c1d3e-0c1a-4c53-9b86-3a3a7a5a2f10")]
    pub booking_id: Uuid,
    /// Microsoft's id of the event in the organizer's calendar; empty where there is none any more.
    pub event_id: String,
    pub title: String,
    pub organizer: OrganizerAnswer,
    /// `booked`, `pending` or `cancelled`.
    #[schema(example = "booked")]
    pub status: &'static str,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub location: Option<String>,
    /// What stands for `:booking_ref` in the guest's links.
    pub booking_ref: String,
}

/// The organizer of an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Organizer)]
pub struct OrganizerAnswer {
    pub email: String,
    pub name: String,
}

/// The times that can be booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Availability)]
pub struct AvailabilityAnswer {
    /// Round-robin: the hosts in the order of their turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub order: Option<Vec<String>>,
    pub time_slots: Vec<TimeSlotAnswer>,
}

/// A time that can be booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TimeSlot)]
pub struct TimeSlotAnswer {
    /// Who is free.
    pub emails: Vec<String>,
    /// Unix seconds.
    pub start_time: i64,
    /// Unix seconds.
    pub end_time: i64,
}
