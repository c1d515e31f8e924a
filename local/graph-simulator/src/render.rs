//! Events as Graph writes them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::body;
use crate::clock;
use crate::ids::{self, IdKind};
use crate::model::{Attendee, ContentType, Event, Person, Provider};

/// How a client wants its events.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) ids: IdKind,
    pub(crate) text_body: bool,
    /// `$select`, when it was sent.
    pub(crate) select: Option<Vec<String>>,
    /// The extended properties asked for by `$expand`, normalised.
    pub(crate) expand: Vec<String>,
}

/// One event, of the mailbox with this id.
pub(crate) fn event(mailbox: Uuid, event: &Event, style: &Style) -> Value {
    let id = ids::encode(mailbox, event, style.ids);
    let mut fields = all_fields(event, &id, style.text_body);
    if let Some(select) = &style.select {
        fields.retain(|name, _| name == "id" || name.starts_with('@') || select.iter().any(|wanted| wanted == name));
    }
    if !style.expand.is_empty() {
        let found: Vec<Value> = event
            .properties
            .iter()
            .filter(|p| style.expand.contains(&crate::store::normal_property_id(&p.id)))
            .map(|p| json!({ "id": p.id, "value": p.value }))
            .collect();
        // Graph leaves the whole property out where an event has none of those asked for.
        if !found.is_empty() {
            fields.insert("singleValueExtendedProperties".into(), Value::Array(found));
        }
    }
    Value::Object(fields)
}

fn all_fields(event: &Event, id: &str, text_body: bool) -> Map<String, Value> {
    let mut fields = object(facts(event, id));
    fields.extend(object(content(event, text_body)));
    if let Some(transaction) = &event.transaction_id {
        fields.insert("transactionId".into(), transaction.clone().into());
    }
    fields
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Ids, times of the server's own and flags.
fn facts(event: &Event, id: &str) -> Value {
    json!({
        "@odata.etag": ids::etag(event),
        "id": id,
        "createdDateTime": clock::zulu(event.created),
        "lastModifiedDateTime": clock::zulu(event.modified),
        "changeKey": ids::change_key(event),
        "categories": event.categories,
        "originalStartTimeZone": "UTC",
        "originalEndTimeZone": "UTC",
        "iCalUId": event.ical_uid,
        "uid": event.ical_uid,
        "reminderMinutesBeforeStart": event.reminder_minutes,
        "isReminderOn": event.reminder_on,
        "hasAttachments": false,
        "importance": event.importance.word(),
        "sensitivity": event.sensitivity.word(),
        "isAllDay": event.all_day,
        "isCancelled": event.cancelled,
        "isOrganizer": event.is_organizer,
        "responseRequested": event.response_requested,
        "seriesMasterId": null,
        "showAs": event.shown_as().word(),
        "type": "singleInstance",
        "webLink": format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item"),
        "allowNewTimeProposals": event.allow_new_time_proposals,
        "occurrenceId": null,
        "isDraft": false,
        "hideAttendees": event.hide_attendees,
        "recurrence": null,
    })
}

/// What people see.
fn content(event: &Event, text_body: bool) -> Value {
    let (kind, content) = if text_body {
        (ContentType::Text, body::as_text(&event.body))
    } else {
        (ContentType::Html, body::as_html(&event.body))
    };
    let online = event.join_url.is_some();
    json!({
        "subject": event.subject,
        "bodyPreview": body::preview(&event.body),
        "body": { "contentType": kind.word(), "content": content },
        "start": clock::with_zone(event.start),
        "end": clock::with_zone(event.end),
        "location": event.location,
        "locations": locations(event),
        "attendees": event.attendees.iter().map(attendee).collect::<Vec<_>>(),
        "organizer": { "emailAddress": person(&event.organizer) },
        "responseStatus": { "response": event.response.word(), "time": clock::response_time(event.response_time) },
        "isOnlineMeeting": online,
        "onlineMeetingProvider": if online { event.provider } else { Provider::Unknown }.word(),
        "onlineMeetingUrl": null,
        "onlineMeeting": event.join_url.as_ref().map(|url| json!({ "joinUrl": url })),
    })
}

fn locations(event: &Event) -> Vec<Value> {
    let named = event.location["displayName"].as_str().is_some_and(|name| !name.is_empty());
    if named { vec![event.location.clone()] } else { Vec::new() }
}

fn attendee(attendee: &Attendee) -> Value {
    json!({
        "type": attendee.kind.word(),
        "status": { "response": attendee.response.word(), "time": clock::response_time(attendee.time) },
        "emailAddress": person(&attendee.person),
    })
}

fn person(person: &Person) -> Value {
    json!({ "name": person.name, "address": person.address })
}
