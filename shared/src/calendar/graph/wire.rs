//! Graph's JSON: what is sent and what is read of an event.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use super::{
    body::{normalize, normalize_from_html},
    join_block,
    stored_times::{self, PropertyIn},
};
use crate::{
    calendar::{Event, EventAttendee, EventId, Response},
    domain::Attendee,
};

/// An event to be created, or what of one is to change. What is absent stays.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<BodyOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<TimeOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<TimeOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_all_day: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<LocationOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attendees: Option<Vec<AttendeeOut<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_online_meeting: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) online_meeting_provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) single_value_extended_properties: Option<[ExtendedProperty<'a>; 1]>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BodyOut<'a> {
    content_type: &'static str,
    content: Cow<'a, str>,
}

impl<'a> BodyOut<'a> {
    /// Plain text, which is not copied: the same text goes into many calendars.
    pub(super) fn text(content: &'a str) -> Self {
        Self { content_type: "text", content: Cow::Borrowed(content) }
    }

    /// HTML.
    pub(super) fn html(content: String) -> Self {
        Self { content_type: "html", content: Cow::Owned(content) }
    }
}

/// Always UTC: names of zones are where Windows, IANA and Graph disagree.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TimeOut {
    date_time: String,
    time_zone: &'static str,
}

impl From<DateTime<Utc>> for TimeOut {
    fn from(time: DateTime<Utc>) -> Self {
        Self { date_time: time.format("%Y-%m-%dT%H:%M:%S").to_string(), time_zone: "UTC" }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LocationOut<'a> {
    pub(super) display_name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttendeeOut<'a> {
    email_address: AddressOut<'a>,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct AddressOut<'a> {
    address: &'a str,
}

pub(super) fn attendees(attendees: &[Attendee]) -> Vec<AttendeeOut<'_>> {
    let out = attendees.iter().map(|attendee| AttendeeOut {
        email_address: AddressOut { address: attendee.address.as_written() },
        r#type: if attendee.required { "required" } else { "optional" },
    });
    out.collect()
}

#[derive(Debug, Serialize)]
pub(super) struct ExtendedProperty<'a> {
    pub(super) id: &'static str,
    pub(super) value: &'a str,
}

/// What is read of an event. Everything may be missing: which properties come depends on what was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EventIn {
    pub(super) id: Option<String>,
    pub(super) created_date_time: Option<String>,
    last_modified_date_time: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: Option<BodyIn>,
    pub(super) start: Option<TimeIn>,
    pub(super) end: Option<TimeIn>,
    pub(super) location: Option<LocationIn>,
    pub(super) attendees: Option<Vec<AttendeeIn>>,
    pub(super) is_cancelled: Option<bool>,
    pub(super) is_all_day: Option<bool>,
    pub(super) is_online_meeting: Option<bool>,
    pub(super) online_meeting: Option<OnlineMeetingIn>,
    single_value_extended_properties: Option<Vec<PropertyIn>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BodyIn {
    pub(super) content: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LocationIn {
    display_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OnlineMeetingIn {
    pub(super) join_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AttendeeIn {
    email_address: Option<AddressIn>,
    r#type: Option<String>,
    status: Option<StatusIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AddressIn {
    address: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusIn {
    response: Option<String>,
}

/// A time in UTC: asked for with `Prefer`, and Graph's default.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TimeIn {
    date_time: Option<String>,
    time_zone: Option<String>,
}

impl TimeIn {
    /// The instant in whole seconds: what is left of one does not count.
    pub(super) fn instant(&self) -> Option<DateTime<Utc>> {
        Some(self.exact()?.trunc_subsecs(0))
    }

    /// The instant as it is: seven digits of a second's fraction, and as a rule no offset. `None`: it cannot be read, or
    /// is not in UTC. Taken for UTC all the same, it would be hours off.
    pub(super) fn exact(&self) -> Option<DateTime<Utc>> {
        if !self.time_zone.as_deref().is_none_or(is_utc) {
            return None;
        }
        let text = self.date_time.as_deref()?;
        let time = match DateTime::parse_from_rfc3339(text) {
            Ok(time) => time.to_utc(),
            Err(_) => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc(),
        };
        Some(time)
    }
}

/// Whether a zone is UTC by one of its names, those of Windows, IANA and Exchange. London has a name of its own.
fn is_utc(zone: &str) -> bool {
    const NAMES: [&str; 11] = [
        "",
        "utc",
        "etc/utc",
        "uct",
        "etc/uct",
        "gmt",
        "etc/gmt",
        "zulu",
        "etc/zulu",
        "tzone://microsoft/utc",
        "coordinated universal time",
    ];
    NAMES.contains(&zone.trim().to_ascii_lowercase().as_str())
}

impl EventIn {
    pub(super) fn is_online(&self) -> bool {
        self.is_online_meeting == Some(true)
    }

    pub(super) fn is_all_day(&self) -> bool {
        self.is_all_day == Some(true)
    }

    pub(super) fn join_url(&self) -> Option<&str> {
        self.online_meeting.as_ref().and_then(|meeting| meeting.join_url.as_deref())
    }

    /// When it was changed last.
    pub(super) fn last_modified(&self) -> Option<DateTime<Utc>> {
        let text = self.last_modified_date_time.as_deref()?;
        DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
    }

    /// Whether it shows a way to join and is no online meeting any more.
    pub(super) fn has_lost_link(&self) -> bool {
        let body = self.body.as_ref().and_then(|body| body.content.as_deref());
        !self.is_online() && body.is_some_and(join_block::is_in)
    }

    /// Start and end. Those of an all-day event are no times in UTC, whatever they are called.
    pub(super) fn times(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        if self.is_all_day() {
            return stored_times::of(self.single_value_extended_properties.as_deref()?);
        }
        Some((self.start.as_ref()?.instant()?, self.end.as_ref()?.instant()?))
    }

    /// The event for the rest of Convene. `None`: it has no id.
    pub(super) fn into_event(self) -> Option<Event> {
        let times = self.times();
        let (online, link_lost) = (self.is_online(), self.has_lost_link());
        let body = self.body.and_then(|body| body.content).unwrap_or_default();
        // The body of an online meeting is HTML, and what is read is made of that.
        let body = if online || link_lost { normalize_from_html(&body) } else { normalize(&body) };
        Some(Event {
            id: self.id.filter(|id| !id.is_empty()).map(EventId)?,
            subject: self.subject.unwrap_or_default(),
            body,
            location: self.location.and_then(|location| location.display_name).unwrap_or_default(),
            times,
            attendees: self.attendees.unwrap_or_default().into_iter().filter_map(AttendeeIn::into_attendee).collect(),
            online,
            link_lost,
        })
    }
}

impl AttendeeIn {
    fn into_attendee(self) -> Option<EventAttendee> {
        let response = match self.status.and_then(|status| status.response).as_deref() {
            None | Some("none" | "notResponded") => Response::None,
            Some("organizer") => Response::Organizer,
            Some("accepted") => Response::Accepted,
            Some("declined") => Response::Declined,
            Some("tentativelyAccepted") => Response::Tentative,
            Some(_) => Response::Unknown,
        };
        Some(EventAttendee {
            address: self.email_address?.address?,
            required: self.r#type.is_none_or(|kind| kind == "required"),
            response,
        })
    }
}

/// A page of events.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EventsIn {
    pub(super) value: Vec<EventIn>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_seven_digits_and_no_zone() {
        let instant = |text: &str| {
            TimeIn { date_time: Some(text.to_owned()), time_zone: None }.instant().map(crate::domain::format_utc)
        };
        assert_eq!(instant("2019-03-15T12:00:00.0000000").as_deref(), Some("2019-03-15T12:00:00Z"));
        assert_eq!(instant("2019-03-15T12:00:59.9990000").as_deref(), Some("2019-03-15T12:00:59Z"));
        for text in [
            "2019-03-15T12:00:00Z",
            "2019-03-15T12:00:00.0000000Z",
            "2019-03-15T12:00:00+00:00",
            "2019-03-15T14:00:00.0000000+02:00",
        ] {
            assert_eq!(instant(text).as_deref(), Some("2019-03-15T12:00:00Z"), "{text}");
        }
        assert_eq!((instant("2019-03-15"), instant("soon"), TimeIn::default().instant()), (None, None, None));
    }

    #[test]
    fn a_time_elsewhere_is_no_time_in_utc() {
        let read = |zone: &str| {
            let time = TimeIn { date_time: Some("2019-03-15T12:00:00".to_owned()), time_zone: Some(zone.to_owned()) };
            time.instant().is_some()
        };
        assert!(["UTC", "utc", "Etc/UTC", "tzone://Microsoft/Utc", "GMT", ""].into_iter().all(read));
        let elsewhere = ["Pacific Standard Time", "GMT Standard Time", "Europe/London", "tzone://Microsoft/Custom"];
        assert!(!elsewhere.into_iter().any(read));
    }

    #[test]
    fn an_event_is_read_as_graph_writes_it() {
        let json = r#"{"@odata.etag": "W/\"x\"", "id": "AAMk=", "subject": null, "isOnlineMeeting": false, "onlineMeeting": null,
            "body": {"contentType": "text", "content": "Hello\r\nyou\r\n"}, "location": {"displayName": "Room 1"},
            "start": {"dateTime": "2020-10-16T10:00:00.0000000", "timeZone": "UTC"},
            "end": {"dateTime": "2020-10-16T10:00:00.0000000", "timeZone": "UTC"},
            "attendees": [
              {"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"}, "emailAddress": {"name": "A", "address": "a@x.com"}},
              {"type": "resource", "status": {"response": "accepted"}, "emailAddress": {"address": "room@x.com"}},
              {"type": "optional", "status": {"response": "later"}, "emailAddress": {"address": "b@x.com"}}]}"#;
        let event = serde_json::from_str::<EventIn>(json).expect("readable").into_event().expect("with times");
        assert_eq!(
            (event.subject.as_str(), event.body.as_str(), event.location.as_str()),
            ("", "Hello\nyou", "Room 1")
        );
        assert!(event.times.is_some_and(|(start, end)| start == end) && !event.online);
        assert_eq!(event.id, EventId("AAMk=".to_owned()));
        let answers: Vec<_> = event.attendees.iter().map(|a| (a.address.as_str(), a.required, a.response)).collect();
        let room = ("room@x.com", false, Response::Accepted);
        assert_eq!(answers, [("a@x.com", true, Response::None), room, ("b@x.com", false, Response::Unknown)]);
    }

    #[test]
    fn only_what_is_named_is_sent() {
        let change = EventOut { subject: Some("New"), ..EventOut::default() };
        assert_eq!(serde_json::to_string(&change).expect("JSON"), r#"{"subject":"New"}"#);
    }
}
