//! What a client writes about an event, read and checked.

use serde_json::{Map, Value, json};

use crate::body;
use crate::clock::{Sent, Zone};
use crate::error::GraphError;
use crate::model::{
    Attendee, AttendeeKind, Body, ContentType, Event, Importance, Person, Property, Provider, Response, Sensitivity,
    ShowAs,
};
use crate::series::Series;

/// Graph's limit on attendees.
const ATTENDEES: usize = 500;

/// Properties of `event` that clients may send although only the server sets them.
const IGNORED: &[&str] = &[
    "id",
    "organizer",
    "iCalUId",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "isOrganizer",
    "isCancelled",
    "isDraft",
    "bodyPreview",
    "webLink",
    "onlineMeeting",
    "onlineMeetingUrl",
    "hasAttachments",
    "type",
    "seriesMasterId",
    "responseStatus",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "locations",
];

/// What is written of an event's recurrence.
#[derive(Clone, Debug)]
pub(crate) enum Recurrence {
    /// It is to be no series, or none any more.
    None,
    Series(Series),
}

/// The fields of a POST or a PATCH; `None` is a field that was not sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<Body>,
    pub(crate) start: Option<Sent>,
    pub(crate) end: Option<Sent>,
    pub(crate) location: Option<Value>,
    pub(crate) attendees: Option<Vec<Attendee>>,
    pub(crate) show_as: Option<ShowAs>,
    pub(crate) sensitivity: Option<Sensitivity>,
    pub(crate) importance: Option<Importance>,
    pub(crate) all_day: Option<bool>,
    pub(crate) response_requested: Option<bool>,
    pub(crate) allow_new_time_proposals: Option<bool>,
    pub(crate) hide_attendees: Option<bool>,
    pub(crate) reminder_on: Option<bool>,
    pub(crate) reminder_minutes: Option<i64>,
    pub(crate) categories: Option<Vec<String>>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) properties: Option<Vec<Property>>,
    pub(crate) online: Option<bool>,
    pub(crate) provider: Option<Provider>,
    pub(crate) recurrence: Option<Recurrence>,
}

impl Draft {
    pub(crate) fn read(content: &Map<String, Value>) -> Result<Self, GraphError> {
        let mut draft = Self::default();
        for (name, value) in content {
            draft.field(name, value)?;
        }
        Ok(draft)
    }

    fn field(&mut self, name: &str, value: &Value) -> Result<(), GraphError> {
        match name {
            "subject" => self.subject = Some(optional_text(name, value)?.unwrap_or_default()),
            "body" => self.body = read_body(value)?,
            "start" => self.start = Some(read_time(name, value)?),
            "end" => self.end = Some(read_time(name, value)?),
            "location" => self.location = Some(read_location(value)?),
            "attendees" => self.attendees = Some(read_attendees(value)?),
            "showAs" => self.show_as = word(value, ShowAs::from_word)?,
            "sensitivity" => self.sensitivity = word(value, Sensitivity::from_word)?,
            "importance" => self.importance = word(value, Importance::from_word)?,
            "isAllDay" => self.all_day = flag(name, value)?,
            "responseRequested" => self.response_requested = flag(name, value)?,
            "allowNewTimeProposals" => self.allow_new_time_proposals = flag(name, value)?,
            "hideAttendees" => self.hide_attendees = flag(name, value)?,
            "isReminderOn" => self.reminder_on = flag(name, value)?,
            "isOnlineMeeting" => self.online = flag(name, value)?,
            "onlineMeetingProvider" => self.provider = word(value, Provider::from_word)?,
            "reminderMinutesBeforeStart" => {
                self.reminder_minutes = Some(value.as_i64().ok_or_else(|| wrong_type(name))?);
            }
            "categories" => {
                let list = value.as_array().ok_or_else(|| wrong_type(name))?;
                let words = list.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(|| wrong_type(name)));
                self.categories = Some(words.collect::<Result<_, _>>()?);
            }
            "transactionId" => self.transaction_id = optional_text(name, value)?,
            "singleValueExtendedProperties" => self.properties = Some(read_properties(value)?),
            "recurrence" if value.is_null() => self.recurrence = Some(Recurrence::None),
            "recurrence" => self.recurrence = Some(Recurrence::Series(Series::read(value)?)),
            "multiValueExtendedProperties" | "attachments" | "extensions" => {
                return Err(GraphError::not_simulated(name));
            }
            _ if IGNORED.contains(&name) || name.starts_with('@') || name.contains("@odata.") => {}
            _ => {
                return Err(GraphError::unreadable(format!(
                    "The property '{name}' does not exist on type 'microsoft.graph.event'. Make sure to only use \
                     property names that are defined by the type."
                )));
            }
        }
        Ok(())
    }
}

fn wrong_type(name: &str) -> GraphError {
    GraphError::unreadable(format!("Cannot convert the literal of '{name}' to the expected type."))
}

fn optional_text(name: &str, value: &Value) -> Result<Option<String>, GraphError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(wrong_type(name)),
    }
}

fn flag(name: &str, value: &Value) -> Result<Option<bool>, GraphError> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        _ => Err(wrong_type(name)),
    }
}

fn word<T>(value: &Value, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, GraphError> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.as_str().unwrap_or_default();
    match read(text) {
        Some(word) => Ok(Some(word)),
        None => Err(GraphError::unreadable(format!("Requested value '{text}' was not found."))),
    }
}

fn read_body(value: &Value) -> Result<Option<Body>, GraphError> {
    let Some(fields) = value.as_object() else {
        return if value.is_null() { Ok(None) } else { Err(wrong_type("body")) };
    };
    let kind = match fields.get("contentType") {
        None => ContentType::Text,
        // Graph itself answers `html` and takes `HTML`.
        Some(kind) => {
            let text = kind.as_str().unwrap_or_default().to_ascii_lowercase();
            word(&Value::String(text), ContentType::from_word)?.unwrap_or(ContentType::Text)
        }
    };
    let content = optional_text("content", fields.get("content").unwrap_or(&Value::Null))?.unwrap_or_default();
    Ok(Some(Body { kind, content: body::crlf(&content) }))
}

/// Reads a `dateTimeTimeZone`.
pub(crate) fn read_time(name: &str, value: &Value) -> Result<Sent, GraphError> {
    let text = value.get("dateTime").and_then(Value::as_str);
    let zone = value.get("timeZone").and_then(Value::as_str);
    let (Some(text), Some(zone)) = (text, zone) else {
        return Err(GraphError::property(format!("'{name}' needs a dateTime and a timeZone.")));
    };
    let zone = Zone::named(zone)?;
    Sent::read(text, &zone.name, zone.zone)
        .ok_or_else(|| GraphError::invalid_request(format!("The value '{text}' of '{name}' is no date and time.")))
}

fn read_location(value: &Value) -> Result<Value, GraphError> {
    let empty = json!({ "displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {} });
    let Some(fields) = value.as_object() else {
        return if value.is_null() { Ok(empty) } else { Err(wrong_type("location")) };
    };
    let name = optional_text("displayName", fields.get("displayName").unwrap_or(&Value::Null))?.unwrap_or_default();
    Ok(json!({
        "displayName": name,
        "locationType": fields.get("locationType").cloned().unwrap_or_else(|| "default".into()),
        "uniqueId": name,
        "uniqueIdType": "private",
    }))
}

pub(crate) fn read_attendees(value: &Value) -> Result<Vec<Attendee>, GraphError> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let list = value.as_array().ok_or_else(|| wrong_type("attendees"))?;
    if list.len() > ATTENDEES {
        return Err(GraphError::property(format!("An event has at most {ATTENDEES} attendees, not {}.", list.len())));
    }
    let mut attendees: Vec<Attendee> = Vec::with_capacity(list.len());
    let mut seen = std::collections::HashSet::new();
    for entry in list {
        let email = &entry["emailAddress"];
        let address = email["address"].as_str().unwrap_or_default().trim();
        let kind = word(&entry["type"], AttendeeKind::from_word)?.unwrap_or(AttendeeKind::Required);
        // Exchange keeps one entry an address.
        if !seen.insert(address.to_lowercase()) {
            continue;
        }
        let name = email["name"].as_str().filter(|name| !name.is_empty()).unwrap_or(address);
        attendees.push(Attendee {
            person: Person { name: name.to_owned(), address: address.to_owned() },
            kind,
            response: Response::None,
            time: None,
        });
    }
    Ok(attendees)
}

/// Refuses attendees whose address is not a mail address. `known`: the event as it is, whose attendees may stay as they are.
pub(crate) fn check_attendees(attendees: &[Attendee], known: Option<&Event>) -> Result<(), GraphError> {
    for Attendee { person: Person { address, .. }, .. } in attendees {
        let is_mail_address = address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace)
        });
        if !is_mail_address && known.is_none_or(|event| event.attendee(address).is_none()) {
            return Err(GraphError::new(
                400,
                "ErrorInvalidRecipients",
                format!("At least one recipient isn't valid., Recipient '{address}' is not resolved."),
            ));
        }
    }
    Ok(())
}

fn read_properties(value: &Value) -> Result<Vec<Property>, GraphError> {
    let list = value.as_array().ok_or_else(|| wrong_type("singleValueExtendedProperties"))?;
    let properties = list.iter().map(|entry| {
        let id = entry["id"].as_str().unwrap_or_default();
        check_property_id(id)?;
        let value = entry["value"].as_str().ok_or_else(|| wrong_type("value"))?;
        Ok(Property { id: id.to_owned(), value: value.to_owned() })
    });
    properties.collect()
}

/// Holds an id to `{type} {guid} Name {name}`, `{type} {guid} Id {id}` or `{type} {tag}`.
pub(crate) fn check_property_id(id: &str) -> Result<(), GraphError> {
    let parts: Vec<&str> = id.splitn(4, ' ').collect();
    let valid = match parts.as_slice() {
        [_, tag] => tag.starts_with("0x"),
        [_, guid, "Name" | "Id", name] => {
            let inner = guid.strip_prefix('{').and_then(|g| g.strip_suffix('}'));
            inner.is_some_and(|g| uuid::Uuid::parse_str(g).is_ok()) && !name.is_empty()
        }
        _ => false,
    };
    if valid {
        Ok(())
    } else {
        Err(GraphError::new(400, "ErrorInvalidProperty", format!("The property ID '{id}' is invalid.")))
    }
}
