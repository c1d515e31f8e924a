//! The documented JSON, and nothing else. Sources: Revenue Grid, "Scheduler API Endpoints" and "API Calls for Salesforce
//! Lightning Scheduler".
//!
//! Requests are read leniently: every field may be missing, `null` or of another type without losing the rest, so that
//! one answer can name every fault. [`fields`](crate::fields) decides what is acceptable.

mod appointment;
mod availability;
mod meeting;

pub use appointment::{AppointmentAnswer, AppointmentChange, ListedAttendee, ListedAttendees, OriginalAppointment};
pub use availability::{AvailabilityAnswer, AvailabilityRequest, Timeslot};
pub use meeting::{AttendeeAnswer, AttendeeRequest, AttendeeResponse, MeetingAnswer, MeetingReference, MeetingRequest};

use convene::edge::Repeated;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
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
    /// Several times in the query string.
    Repeated,
    /// Something else in the query string than in the body.
    Contradictory,
}

impl Field<String> {
    /// A field that is a parameter of the query string.
    pub fn of_query(parameter: Result<Option<impl Into<String>>, Repeated>) -> Self {
        match parameter {
            Ok(Some(value)) => Self::Given(value.into()),
            Ok(None) => Self::Missing,
            Err(Repeated) => Self::Repeated,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    /// Taken as text first: what is wrong within a field is wrong with that field alone.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match <&RawValue>::deserialize(deserializer)?.get() {
            "null" => Self::Missing,
            text => serde_json::from_str(text).map_or(Self::Malformed, Self::Given),
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

/// `NoError`, or what went wrong.
///
/// | code | status | when |
/// | --- | --- | --- |
/// | `NoError` | 200 | |
/// | `InvalidRequest` | 400 | a field is missing, malformed or over a limit, or the answer would be |
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
