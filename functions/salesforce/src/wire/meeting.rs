//! Meetings on the wire.

use convene::edge::{Field, Object};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Flag;

/// The most attendees of a meeting or an appointment. Source: Microsoft Graph.
pub const MAX_ATTENDEES: usize = 500;

/// An attendee of a request.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attendee)]
pub struct AttendeeRequest {
    /// Mail address, inside or outside the organization: without a display name, quotes or `/`. At most 254 bytes.
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "attendee1@contoso.com")]
    pub email: Field<String>,
    /// `"true"` for a required attendee, `"false"` for an optional one. A JSON boolean is accepted too.
    #[serde(default)]
    #[schema(required, schema_with = super::values::flag)]
    pub is_required: Field<Flag>,
}

/// Body of POST on `/api/salesforce/scheduler/meeting`, and of PATCH with most of it left out. An appointment has the same
/// fields: POST on `/api/salesforce/scheduler/postback`, and PUT under `new`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Meeting)]
pub struct MeetingRequest {
    /// The caller's own id of the meeting: 1 to 512 bytes of UTF-8, and not only blanks. White space at its ends is not part of it.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 512, pattern = r"\S", example = "f9b58255-8e2e-81e2-a6db-27461fa3f11e")]
    pub id: Field<String>,
    /// Mailbox of the organizer, inside the organization. Cannot be changed later.
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "organizer@contoso.com")]
    pub organizer_email: Field<String>,
    /// Who is invited, at most 500.
    #[serde(default)]
    #[schema(required, value_type = Vec<AttendeeRequest>, max_items = 500)]
    pub attendees: Field<Vec<Field<Object<AttendeeRequest>>>>,
    /// Description, plain text. Line endings and blanks at the ends of lines make no difference.
    #[serde(default)]
    #[schema(required, value_type = String, example = "meeting description")]
    pub body: Field<String>,
    /// Subject line. Cut at 255 characters.
    #[serde(default)]
    #[schema(required, value_type = String, example = "meeting subject")]
    pub subject: Field<String>,
    /// Start: RFC 3339 with a zone (`Z`, `+02:00`, `+0200` or `+02`), between the years 1900 and 4500. Fractions of a second are
    /// dropped.
    #[serde(default)]
    #[schema(required, value_type = String, format = DateTime, example = "2020-10-16T10:00:00Z")]
    pub start_time: Field<String>,
    /// End, like the start and after it.
    #[serde(default)]
    #[schema(required, value_type = String, format = DateTime, example = "2020-10-20T23:00:00Z")]
    pub end_time: Field<String>,
    /// Place; "MS Teams" asks for an online meeting. Cut at 255 characters.
    #[serde(default)]
    #[schema(required, value_type = String, example = "meeting room 1")]
    pub location: Field<String>,
    /// For finding the request in logs again. What is not text counts as absent.
    #[serde(default)]
    #[schema(schema_with = super::values::correlation_id)]
    pub salesforce_correlation_id: Field<String>,
}

/// Body of DELETE on `/api/salesforce/scheduler/meeting`, and part of the one on `/api/salesforce/scheduler/postback`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeetingReference)]
pub struct MeetingReference {
    /// The id the meeting was scheduled with.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 512, pattern = r"\S", example = "f9b58255-8e2e-81e2-a6db-27461fa3f11e")]
    pub id: Field<String>,
    /// Mailbox of the organizer.
    #[serde(default)]
    #[schema(required, value_type = String, format = Email, max_length = 254, example = "organizer@contoso.com")]
    pub organizer_email: Field<String>,
    /// For finding the request in logs again. What is not text counts as absent.
    #[serde(default)]
    #[schema(schema_with = super::values::correlation_id)]
    pub salesforce_correlation_id: Field<String>,
}

/// An attendee's answer to the invitation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub enum AttendeeResponse {
    /// No answer yet.
    NoResponseReceived,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// The organizer.
    Organizer,
    /// Something Outlook says that this list has no word for.
    Unknown,
}

/// An attendee as GET answers one.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttendeeAnswer {
    /// Mail address, or the text that Outlook has in its place.
    pub email: String,
    /// `"true"` or `"false"`.
    #[schema(pattern = "^(true|false)$")]
    pub is_required: &'static str,
    /// The answer to the invitation.
    pub response: AttendeeResponse,
}

/// The answer to GET `/api/salesforce/scheduler/meeting`: the meeting as it is in Outlook now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingAnswer {
    /// The id the meeting was scheduled with.
    pub id: String,
    /// Mailbox of the organizer.
    pub organizer_email: String,
    /// Description, plain text.
    pub body: String,
    /// Subject line.
    pub subject: String,
    /// Place.
    pub location: String,
    /// Start, UTC.
    #[schema(format = DateTime)]
    pub start_time: String,
    /// End, UTC.
    #[schema(format = DateTime)]
    pub end_time: String,
    /// Who is invited.
    pub attendees: Vec<AttendeeAnswer>,
}
