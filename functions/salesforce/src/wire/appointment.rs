//! Appointments on the wire, where they are not like meetings.

use convene::edge::{Field, JsonType, Object};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{ErrorCode, MeetingReference, MeetingRequest};

/// Body of PUT on `/api/salesforce/scheduler/postback`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentChange {
    /// Which appointment.
    #[serde(default)]
    #[schema(required, value_type = super::schemas::OriginalAppointment)]
    pub original: Field<Object<OriginalAppointment>>,
    /// What it is to be, whole.
    #[serde(default)]
    #[schema(required, value_type = super::schemas::AppointmentContent)]
    pub new: Field<Object<MeetingRequest>>,
    /// For finding the request in logs again. What is not text counts as absent.
    #[serde(default)]
    #[schema(schema_with = super::values::correlation_id)]
    pub salesforce_correlation_id: Field<String>,
}

/// An appointment before a change. Nothing but its id is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct OriginalAppointment {
    /// The id the appointment was created with.
    #[serde(default)]
    pub id: Field<String>,
}

/// Body of DELETE on `/api/salesforce/scheduler/postback`: a [`MeetingReference`] with a list of attendees. Without `flatten`, which
/// loses the text of the JSON that [`Field`] reads.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentDeletion {
    #[serde(default)]
    pub id: Field<String>,
    #[serde(default)]
    pub organizer_email: Field<String>,
    #[serde(default)]
    pub salesforce_correlation_id: Field<String>,
    /// Whom to answer for beside the organizer.
    #[serde(default)]
    pub attendees: Field<Vec<Field<ListedAttendee>>>,
}

impl AppointmentDeletion {
    /// The reference, and who is listed.
    pub fn into_parts(self) -> (MeetingReference, Field<Vec<Field<ListedAttendee>>>) {
        let Self { id, organizer_email, salesforce_correlation_id, attendees } = self;
        (MeetingReference { id, organizer_email, salesforce_correlation_id }, attendees)
    }
}

/// An entry of that list, in either way it can be written.
#[derive(Debug, Clone)]
pub enum ListedAttendee {
    /// The mail address alone.
    Plain(String),
    /// An object with the mail address, as the other endpoints have it.
    Object(Field<String>),
}

impl JsonType for ListedAttendee {
    const MUST_BE: &'static str = "must be a mail address, or an object with one as email";
}

impl<'de> Deserialize<'de> for ListedAttendee {
    /// Nothing else in an object is looked at, not even to see whether it can be understood.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Person {
            #[serde(default)]
            email: Field<String>,
        }
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let read = if text.starts_with('{') {
            serde_json::from_str(text).map(|Person { email }| Self::Object(email))
        } else {
            serde_json::from_str(text).map(Self::Plain)
        };
        read.map_err(D::Error::custom)
    }
}

/// What came of one mailbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentAnswer {
    /// The mailbox as it was sent, or empty: the organizer's first, then the attendees' in the order sent.
    #[schema(example = "attendee1@contoso.com")]
    pub email: String,
    /// `NoError`, or what went wrong for this mailbox.
    pub error_code: ErrorCode,
}
