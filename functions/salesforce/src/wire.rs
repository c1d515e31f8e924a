//! The documented JSON, and nothing else. Source: Revenue Grid, "Scheduler API Endpoints".
//!
//! Requests are read leniently: every field may be missing, `null` or of another type without losing the rest, so that
//! one answer can name every fault. [`fields`](crate::fields) decides what is acceptable.

use convene::edge::Object;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A field of a request: absent or `null`, as documented, or something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Absent or `null`.
    #[default]
    Missing,
    /// As documented.
    Given(T),
    /// Of another type.
    Malformed,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Lenient<T> {
            Given(T),
            Missing(()),
            Other(serde::de::IgnoredAny),
        }
        Ok(match Lenient::deserialize(deserializer)? {
            Lenient::Given(value) => Self::Given(value),
            Lenient::Missing(()) => Self::Missing,
            Lenient::Other(_) => Self::Malformed,
        })
    }
}

/// `true` or `false`, as a boolean or, as the samples write it, as a string.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Flag {
    /// A JSON boolean.
    Boolean(bool),
    /// `"true"` or `"false"`, in any case.
    Text(String),
}

/// An attendee of a request.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attendee)]
pub struct AttendeeRequest {
    /// Mail address, inside or outside the organization.
    #[serde(default)]
    #[schema(required, value_type = String, example = "attendee1@contoso.com")]
    pub email: Field<String>,
    /// `"true"` for a required attendee, `"false"` for an optional one. A JSON boolean is accepted too.
    #[serde(default)]
    #[schema(required, schema_with = crate::openapi::flag)]
    pub is_required: Field<Flag>,
}

/// Body of POST on `/api/salesforce/scheduler/meeting`, and of PATCH with most of it left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Meeting)]
pub struct MeetingRequest {
    /// The caller's own id of the meeting: 1 to 512 bytes.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 512, example = "f9b58255-8e2e-81e2-a6db-27461fa3f11e")]
    pub id: Field<String>,
    /// Mailbox of the organizer, inside the organization. Cannot be changed later.
    #[serde(default)]
    #[schema(required, value_type = String, example = "organizer@contoso.com")]
    pub organizer_email: Field<String>,
    /// Who is invited, at most 500.
    #[serde(default)]
    #[schema(required, value_type = Vec<AttendeeRequest>, max_items = 500)]
    pub attendees: Field<Vec<Object<AttendeeRequest>>>,
    /// Description, plain text.
    #[serde(default)]
    #[schema(required, value_type = String, example = "meeting description")]
    pub body: Field<String>,
    /// Subject line.
    #[serde(default)]
    #[schema(required, value_type = String, example = "meeting subject")]
    pub subject: Field<String>,
    /// Start, ISO 8601 with a zone.
    #[serde(default)]
    #[schema(required, value_type = String, format = DateTime, example = "2020-10-16T10:00:00Z")]
    pub start_time: Field<String>,
    /// End, ISO 8601 with a zone; after the start.
    #[serde(default)]
    #[schema(required, value_type = String, format = DateTime, example = "2020-10-20T23:00:00Z")]
    pub end_time: Field<String>,
    /// Place; "MS Teams" asks for an online meeting.
    #[serde(default)]
    #[schema(required, value_type = String, example = "meeting room 1")]
    pub location: Field<String>,
    /// For finding the request in logs again.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ac7b40b4-2c33-723b-8aaie-8bpf077z7539")]
    pub salesforce_correlation_id: Field<String>,
}

/// Body of DELETE on `/api/salesforce/scheduler/meeting`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeetingReference)]
pub struct MeetingReference {
    /// The id the meeting was scheduled with.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 512, example = "f9b58255-8e2e-81e2-a6db-27461fa3f11e")]
    pub id: Field<String>,
    /// Mailbox of the organizer.
    #[serde(default)]
    #[schema(required, value_type = String, example = "organizer@contoso.com")]
    pub organizer_email: Field<String>,
    /// For finding the request in logs again.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "1234567—9012-3456-789012345678")]
    pub salesforce_correlation_id: Field<String>,
}

/// One entry of the body of POST `/api/salesforce/scheduler/availability`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AvailabilityEntry)]
pub struct AvailabilityRequest {
    /// Mailbox inside the organization.
    #[serde(default)]
    #[schema(required, value_type = String, example = "attendee1@contoso.com")]
    pub email: Field<String>,
    /// Lightning Scheduler's id of the person; where given, the answer names it in place of the address.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "12345")]
    pub service_resource_id: Field<String>,
}

/// `NoError`, or what went wrong.
///
/// | code | status | when |
/// | --- | --- | --- |
/// | `NoError` | 200 | |
/// | `InvalidRequest` | 400 | a field is missing, malformed or over a limit |
/// | `ErrorInvalidTimeInterval` | 400 | the end is not after the start |
/// | `Unauthorized` | 401 | no valid credential |
/// | `ErrorAccessDenied` | 403 | the token lacks the scope, or Microsoft refuses the app |
/// | `MeetingNotFound` | 404 | no such meeting for this organizer, or it was deleted in Outlook |
/// | `ErrorMailRecipientNotFound` | 404 | the address is no mailbox of the organization |
/// | `MeetingAlreadyExists` | 409 | the id is taken by a meeting with other content |
/// | `RequestInProgress` | 409 | the same id is being worked on; try again after `Retry-After` |
/// | `ErrorServerBusy` | 503 | Microsoft throttles; try again after `Retry-After` |
/// | `ErrorTimeoutExpired` | 504 | no answer in time; the same call may be repeated safely |
/// | `ErrorInternalServerError` | 500 | anything else |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the table says it")]
pub enum ErrorCode {
    NoError,
    InvalidRequest,
    ErrorInvalidTimeInterval,
    Unauthorized,
    ErrorAccessDenied,
    MeetingNotFound,
    ErrorMailRecipientNotFound,
    MeetingAlreadyExists,
    RequestInProgress,
    ErrorServerBusy,
    ErrorTimeoutExpired,
    ErrorInternalServerError,
}

impl ErrorCode {
    /// The code as it travels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoError => "NoError",
            Self::InvalidRequest => "InvalidRequest",
            Self::ErrorInvalidTimeInterval => "ErrorInvalidTimeInterval",
            Self::Unauthorized => "Unauthorized",
            Self::ErrorAccessDenied => "ErrorAccessDenied",
            Self::MeetingNotFound => "MeetingNotFound",
            Self::ErrorMailRecipientNotFound => "ErrorMailRecipientNotFound",
            Self::MeetingAlreadyExists => "MeetingAlreadyExists",
            Self::RequestInProgress => "RequestInProgress",
            Self::ErrorServerBusy => "ErrorServerBusy",
            Self::ErrorTimeoutExpired => "ErrorTimeoutExpired",
            Self::ErrorInternalServerError => "ErrorInternalServerError",
        }
    }
}

/// The answer to a change, and to anything that failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Mailbox of the organizer as it was sent; empty if none was understood, and where the credential is refused.
    #[schema(example = "organizer@contoso.com")]
    pub email: String,
    /// `NoError`, or what went wrong.
    pub error_code: ErrorCode,
    /// What went wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// Each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<FieldProblem>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Its name, with an index in lists: `attendees[2].email`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
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
    /// Mail address.
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

/// One entry of the availability answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityAnswer {
    /// The address as it was sent, where no `serviceResourceId` was.
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
