//! The JSON that Graph gets with requests about events.

use std::borrow::Cow;

use serde::Serialize;

use super::time::TimeOut;
use crate::domain::Attendee;

/// The body of a request.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum RequestOut<'a> {
    Event(Box<EventOut<'a>>),
    Cancellation { comment: String },
}

impl<'a> From<EventOut<'a>> for RequestOut<'a> {
    fn from(event: EventOut<'a>) -> Self {
        Self::Event(Box::new(event))
    }
}

/// A new event, or a change of one. Absent properties stay as they are.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<BodyOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<TimeOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<TimeOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_all_day: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<LocationOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attendees: Option<Vec<AttendeeOut<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hide_attendees: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_online_meeting: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) online_meeting_provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) show_as: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) single_value_extended_properties: Option<[ExtendedProperty<'a>; 1]>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BodyOut<'a> {
    content_type: &'static str,
    content: Cow<'a, str>,
}

impl<'a> BodyOut<'a> {
    /// Plain text. It is not copied: the same text goes into many calendars.
    pub(crate) fn text(content: &'a str) -> Self {
        Self { content_type: "text", content: Cow::Borrowed(content) }
    }

    pub(crate) fn html(content: String) -> Self {
        Self { content_type: "html", content: Cow::Owned(content) }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocationOut<'a> {
    pub(crate) display_name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttendeeOut<'a> {
    email_address: AddressOut<'a>,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct AddressOut<'a> {
    address: &'a str,
}

pub(crate) fn attendees(attendees: &[Attendee]) -> Vec<AttendeeOut<'_>> {
    let out = attendees.iter().map(|attendee| AttendeeOut {
        email_address: AddressOut { address: attendee.address.as_written() },
        r#type: if attendee.required { "required" } else { "optional" },
    });
    out.collect()
}

#[derive(Debug, Serialize)]
pub(crate) struct ExtendedProperty<'a> {
    pub(crate) id: &'static str,
    pub(crate) value: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_properties_are_not_sent() {
        let change = EventOut { subject: Some("New"), ..EventOut::default() };
        assert_eq!(serde_json::to_string(&change).expect("JSON"), r#"{"subject":"New"}"#);
    }
}
