//! The documented JSON, and nothing else. Sources: Revenue Grid, "Scheduler API Endpoints" and "API Calls for Salesforce
//! Lightning Scheduler".
//!
//! Requests are read leniently: every field may be missing, `null` or of another type without losing the rest, so that
//! one answer can name every fault. [`FieldErrors`](convene::edge::FieldErrors) collects what is wrong.

mod appointment;
mod availability;
mod error_code;
mod meeting;
pub mod schemas;
pub mod values;

pub use appointment::{AppointmentAnswer, AppointmentChange, AppointmentDeletion, ListedAttendee, OriginalAppointment};
pub use availability::{AvailabilityAnswer, AvailabilityRequest, MAX_MAILBOXES, Timeslot};
pub use error_code::ErrorCode;
pub use meeting::{
    AttendeeAnswer, AttendeeRequest, AttendeeResponse, MAX_ATTENDEES, MeetingAnswer, MeetingReference, MeetingRequest,
};

use convene::edge::JsonType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `true` or `false`, as a boolean or, as the samples write it, as a string.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Flag {
    /// A JSON boolean.
    Boolean(bool),
    /// `"true"` or `"false"`, in any case.
    Text(String),
}

impl JsonType for Flag {
    const MUST_BE: &'static str = "must be true or false";
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
