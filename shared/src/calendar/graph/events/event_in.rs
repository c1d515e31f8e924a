//! The JSON that Graph sends of an event.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    body::{normalize, normalize_from_html},
    join_block,
    stored_times::{self, PropertyIn},
    time::TimeIn,
};
use crate::{
    calendar::{Event, EventAttendee, Response},
    domain::{EventId, EventUid},
};

/// An event. Every property may be absent: the request says which ones Graph sends.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EventIn {
    pub(super) id: Option<String>,
    #[serde(rename = "iCalUId")]
    ical_uid: Option<String>,
    pub(super) created_date_time: Option<String>,
    last_modified_date_time: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: Option<BodyIn>,
    pub(super) start: Option<TimeIn>,
    pub(super) end: Option<TimeIn>,
    pub(super) location: Option<LocationIn>,
    pub(super) attendees: Option<Vec<AttendeeIn>>,
    is_cancelled: Option<bool>,
    pub(super) is_all_day: Option<bool>,
    show_as: Option<String>,
    pub(super) is_online_meeting: Option<bool>,
    pub(super) online_meeting: Option<OnlineMeetingIn>,
    single_value_extended_properties: Option<Vec<PropertyIn>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BodyIn {
    pub(super) content: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LocationIn {
    display_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OnlineMeetingIn {
    pub(super) join_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AttendeeIn {
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

impl EventIn {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled == Some(true)
    }

    /// Graph's word for how it occupies its time.
    pub(crate) fn show_as(&self) -> &str {
        self.show_as.as_deref().unwrap_or_default()
    }

    pub(crate) fn uid(&self) -> Option<EventUid> {
        self.ical_uid.clone().filter(|uid| !uid.is_empty()).map(EventUid)
    }

    pub(super) fn is_online(&self) -> bool {
        self.is_online_meeting == Some(true)
    }

    pub(super) fn is_all_day(&self) -> bool {
        self.is_all_day == Some(true)
    }

    pub(super) fn join_url(&self) -> Option<&str> {
        self.online_meeting.as_ref().and_then(|meeting| meeting.join_url.as_deref())
    }

    pub(super) fn last_modified(&self) -> Option<DateTime<Utc>> {
        let text = self.last_modified_date_time.as_deref()?;
        DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
    }

    /// Whether its body still shows a join block although it is not an online meeting any more.
    pub(super) fn has_lost_link(&self) -> bool {
        let body = self.body.as_ref().and_then(|body| body.content.as_deref());
        !self.is_online() && body.is_some_and(join_block::is_in)
    }

    /// Start and end. For an all-day event Graph's own times are dates that it labels as UTC, so the stored times count.
    pub(super) fn times(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        if self.is_all_day() {
            return stored_times::of(self.single_value_extended_properties.as_deref()?);
        }
        Some((self.start.as_ref()?.instant()?, self.end.as_ref()?.instant()?))
    }

    /// The exact time that it occupies, which may have no length. `None`: the times cannot be read.
    pub(crate) fn occupied(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let times = (self.start.as_ref()?.exact()?, self.end.as_ref()?.exact()?);
        if !self.is_all_day() {
            return Some(times);
        }
        Some(stored_times::of_dates(times, self.single_value_extended_properties.as_deref().unwrap_or_default()))
    }

    /// `None`: the event has no id.
    pub(super) fn into_event(self) -> Option<Event> {
        let (times, uid) = (self.times(), self.uid());
        let (online, link_lost) = (self.is_online(), self.has_lost_link());
        let tentative = self.show_as().eq_ignore_ascii_case("tentative");
        let body = self.body.and_then(|body| body.content).unwrap_or_default();
        // The body of an online meeting is HTML, which Exchange converted to text.
        let body = if online || link_lost { normalize_from_html(&body) } else { normalize(&body) };
        Some(Event {
            id: self.id.filter(|id| !id.is_empty()).map(EventId)?,
            uid,
            subject: self.subject.unwrap_or_default(),
            body,
            location: self.location.and_then(|location| location.display_name).unwrap_or_default(),
            times,
            attendees: self.attendees.unwrap_or_default().into_iter().filter_map(AttendeeIn::into_attendee).collect(),
            tentative,
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
pub(crate) struct EventsIn {
    pub(super) value: Vec<EventIn>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_from_graphs_json() {
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
}
