//! Configurations as callers send them.
//!
//! `null` and an empty list mean that a field is not set. Fields that are not listed here are stored and returned.

use convene::edge::{Field, Object};
use serde::Deserialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{AdditionalProperties, Schema, Type},
    },
};

use super::{
    Anything, List, Map, WholeNumber,
    availability::{AvailabilityRequest, OpenHoursRequest, SpecificTimeRequest},
};

/// What can be booked: who takes part, when they can be booked, and what the event is like. At most 200 KB.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Configuration)]
pub struct ConfigurationRequest {
    /// A UUID that no configuration has, for one that is moved here from elsewhere. A change ignores it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Field<Anything>,
    /// The name of the page. Without it, the organizer's name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 255)]
    pub name: Field<String>,
    /// Names the configuration in URLs, together with `client_id`. Unique among the tenant's configurations, without regard to case.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]*$", max_length = 128)]
    pub slug: Field<String>,
    /// Whether availability and bookings need a session.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub requires_session_auth: Field<bool>,
    /// Who takes part: one is the organizer, unless the method is round-robin.
    #[serde(default)]
    #[schema(required, value_type = Vec<ParticipantRequest>, min_items = 1, max_items = 200)]
    pub participants: List<ParticipantRequest>,
    /// When they can be booked.
    #[serde(default)]
    #[schema(required, value_type = AvailabilityRequest)]
    pub availability: Field<Object<AvailabilityRequest>>,
    /// What the event is like.
    #[serde(default)]
    #[schema(required, value_type = EventBookingRequest)]
    pub event_booking: Field<Object<EventBookingRequest>>,
    /// Limits and texts for guests.
    #[serde(default)]
    #[schema(value_type = Option<SchedulerRequest>)]
    pub scheduler: Field<Object<SchedulerRequest>>,
    /// Colors and texts of pages. Stored and returned.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    pub appearance: Field<Anything>,
    /// Only configurations for single bookings are served: `group` is refused.
    #[serde(default, rename = "type")]
    #[schema(value_type = Option<String>)]
    pub kind: Field<String>,
}

/// A person who takes part.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Participant)]
pub struct ParticipantRequest {
    /// The address of the mailbox.
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "organizer@contoso.com")]
    pub email: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: Field<String>,
    /// Whether the event is in this person's calendar. Not for round-robin.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub is_organizer: Field<bool>,
    /// IANA time zone of the open hours that have none of their own.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub timezone: Field<String>,
    /// Which calendars show busy time, and the open hours. Without it the person is always free.
    #[serde(default)]
    #[schema(value_type = Option<CalendarsRequest>)]
    pub availability: Field<Object<CalendarsRequest>>,
    /// Whether bookings take this person's time. The calendar must be the default one.
    #[serde(default)]
    #[schema(value_type = Option<BookingCalendarRequest>)]
    pub booking: Field<Object<BookingCalendarRequest>>,
    /// Hours of single dates, which replace the open hours of that date.
    #[serde(default)]
    #[schema(value_type = Option<Vec<SpecificTimeRequest>>)]
    pub specific_time_availability: List<SpecificTimeRequest>,
    /// Whether the open hours do not count.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub only_specific_time_availability: Field<bool>,
}

/// Which calendars show a person's busy time.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = ParticipantAvailability)]
pub struct CalendarsRequest {
    /// `primary` or the mailbox's address for the default calendar, or Microsoft's ids of others.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["primary"]))]
    pub calendar_ids: Field<Vec<Field<String>>>,
    /// The person's open hours. They replace the default ones.
    #[serde(default)]
    #[schema(value_type = Option<Vec<OpenHoursRequest>>)]
    pub open_hours: List<OpenHoursRequest>,
}

/// Into which calendar a person is booked.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = ParticipantBooking)]
pub struct BookingCalendarRequest {
    /// `primary` or the mailbox's address.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "primary")]
    pub calendar_id: Field<String>,
}

/// Settings of a recording, which Convene does not make.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = NotetakerSettings)]
pub struct NotetakerRequest {
    /// Must not be true.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub enabled: Field<bool>,
}

/// What the event is like.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = EventBooking)]
pub struct EventBookingRequest {
    /// `${invitee}`, `${invitee_email}`, `${duration}` and the keys of additional fields are replaced.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, example = "My test event")]
    pub title: Field<String>,
    /// As the title.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub description: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub location: Field<String>,
    /// IANA time zone of hours and texts that have none of their own. Without it, UTC.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub timezone: Field<String>,
    /// `booking` (the default), or `organizer-confirmation`: the organizer has to confirm each booking.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(booking|organizer-confirmation)?$", example = "booking")]
    pub booking_type: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<ConferencingRequest>)]
    pub conferencing: Field<Object<ConferencingRequest>>,
    /// Whether guests do not see who else is invited.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub hide_participants: Field<bool>,
}

/// The online meeting of each event.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = Conferencing)]
pub struct ConferencingRequest {
    /// `Microsoft Teams`. Other providers are refused.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Microsoft Teams")]
    pub provider: Field<String>,
    /// An object, as documented, or a boolean.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>, example = json!({}))]
    pub autocreate: Field<Anything>,
    /// Details of a meeting that exists already. Refused.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    pub details: Field<Anything>,
}

/// Limits and texts for guests.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = SchedulerSettings)]
pub struct SchedulerRequest {
    /// Times are offered to the end of the date that is so many days after today. Without it, 30.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 3650)]
    pub available_days_in_future: Field<WholeNumber>,
    /// From now to the earliest start, in minutes. Without it, 60.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 525_600)]
    pub min_booking_notice: Field<WholeNumber>,
    /// How long before the start guests can change or cancel a booking at the latest, in minutes. Without it, 0.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 525_600)]
    pub min_cancellation_notice: Field<WholeNumber>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub cancellation_policy: Field<String>,
    /// An https URL for guests. `:booking_ref` in it is replaced by the booking's reference.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub rescheduling_url: Field<String>,
    /// As `rescheduling_url`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub cancellation_url: Field<String>,
    /// As `rescheduling_url`, for the organizer of a pending booking.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub organizer_confirmation_url: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub confirmation_redirect_url: Field<String>,
    /// Kept, and not served.
    #[serde(default)]
    #[schema(value_type = Option<NotetakerRequest>)]
    pub notetaker_settings: Field<Object<NotetakerRequest>>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub hide_rescheduling_options: Field<bool>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub hide_cancellation_options: Field<bool>,
    /// Whether additional guests are refused.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub hide_additional_guests: Field<bool>,
    /// What guests are asked, by a key: at most 50.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, AdditionalFieldRequest>>)]
    pub additional_fields: Map<Object<AdditionalFieldRequest>>,
}

/// A question to guests.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = AdditionalField)]
pub struct AdditionalFieldRequest {
    /// The question. Without it, the key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub label: Field<String>,
    /// `text` (the default), `multi_line_text`, `email`, `phone_number`, `dropdown`, `multi_select`, `date`, `checkbox`,
    /// `radio_button` or `metadata`, which guests do not see.
    #[serde(default, rename = "type")]
    #[schema(value_type = Option<String>, example = "text")]
    pub kind: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub required: Field<bool>,
    /// Of `metadata`: the value if the request has none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub default: Field<String>,
    /// A regular expression that the whole answer must match. Look-around and back-references are refused.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub pattern: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub order: Field<WholeNumber>,
    /// The answers of `dropdown`, `radio_button` and `multi_select`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub options: Field<Vec<Field<String>>>,
}

/// A change of a configuration: a [`ConfigurationRequest`] of which nothing must be there.
pub struct ConfigurationChange;

impl PartialSchema for ConfigurationChange {
    fn schema() -> RefOr<Schema> {
        let mut schema = ConfigurationRequest::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.description =
                Some("Each field replaces the stored one as a whole. What is left out stays.".to_owned());
            object.required.clear();
            // It is ignored, whatever it is.
            object.properties.remove("id");
        }
        schema
    }
}

impl ToSchema for ConfigurationChange {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ConfigurationRequest::schemas(schemas);
    }
}

/// A configuration as it was sent, with its `id` and the keys that clients need.
pub struct ConfigurationAnswer;

impl PartialSchema for ConfigurationAnswer {
    fn schema() -> RefOr<Schema> {
        let id = ObjectBuilder::new().schema_type(Type::String).description(Some("A UUID."));
        let fields = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A configuration as it was sent, with its id."))
            .property("id", id)
            .required("id")
            .additional_properties(Some(AdditionalProperties::FreeForm(true)));
        Schema::from(fields).into()
    }
}

impl ToSchema for ConfigurationAnswer {}
