//! Availability on the wire.

use convene::edge::Field;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use utoipa::ToSchema;

use super::ErrorCode;

/// The most entries of one request.
pub const MAX_MAILBOXES: usize = 1000;

/// One entry of the body of POST `/api/salesforce/scheduler/availability`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AvailabilityEntry)]
pub struct AvailabilityRequest {
    /// Mailbox inside the organization.
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "attendee1@contoso.com")]
    pub email: Field<String>,
    /// Lightning Scheduler's id of the person; where given, the answer names it in place of the address.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "12345")]
    pub service_resource_id: Field<String>,
    /// Whether the person is the organizer. Ignored, whatever its type.
    #[serde(default)]
    #[schema(schema_with = super::values::is_organizer)]
    pub is_organizer: IgnoredAny,
}

/// One entry of the availability answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityAnswer {
    /// The address as it was sent, or empty, where no `serviceResourceId` was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// The `serviceResourceId` as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub service_resource_id: Option<String>,
    /// `NoError`, or what went wrong for this mailbox.
    pub error_code: ErrorCode,
    /// When the person is not available: in order, within the window asked for, never touching.
    pub unavailable_timeslots: Vec<Timeslot>,
}

/// A span of time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timeslot {
    /// Start, UTC.
    #[schema(format = DateTime, example = "2020-10-16T10:00:00Z")]
    pub time_min: String,
    /// End, UTC.
    #[schema(format = DateTime, example = "2020-10-16T12:00:00Z")]
    pub time_max: String,
}
