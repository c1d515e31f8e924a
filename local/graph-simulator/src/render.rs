//! Events as Graph writes them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::body;
use crate::clock::{self, Zone};
use crate::ids::{self, IdKind};
use crate::model::{Attendee, ContentType, Event, Person, Provider};

/// How a client wants its events.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) ids: IdKind,
    pub(crate) text_body: bool,
    pub(crate) zone: Zone,
    /// `$select`, when it was sent.
    pub(crate) select: Option<Vec<String>>,
    /// The extended properties asked for by `$expand`, normalised.
    pub(crate) expand: Vec<String>,
}

/// One event, of the mailbox with this id.
pub(crate) fn event(mailbox: Uuid, event: &Event, style: &Style) -> Value {
    let id = ids::encode(mailbox, event, style.ids);
    let mut fields = all_fields(mailbox, event, &id, style);
    if let Some(select) = &style.select {
        fields.retain(|name, _| name == "id" || name.starts_with('@') || select.iter().any(|wanted| wanted == name));
    }
    if !style.expand.is_empty() {
        let found: Vec<Value> = event
            .properties
            .iter()
            .filter(|p| style.expand.contains(&crate::store::normal_property_id(&p.id)))
            .map(|p| json!({ "id": p.id, "value": p.value }))
            .chain(own_times(event, &style.expand))
            .collect();
        // Graph leaves the whole property out where an event has none of those asked for.
        if !found.is_empty() {
            fields.insert("singleValueExtendedProperties".into(), Value::Array(found));
        }
    }
    Value::Object(fields)
}

/// Start and end as the item has them in itself: instants, also of an all-day event. Graph writes such ids in lower case.
fn own_times(event: &Event, expand: &[String]) -> Vec<Value> {
    const IDS: [&str; 2] = [
        "SystemTime {00062002-0000-0000-c000-000000000046} Id 0x820d",
        "SystemTime {00062002-0000-0000-c000-000000000046} Id 0x820e",
    ];
    let times = IDS.iter().zip([event.start, event.end]);
    let asked = times.filter(|(id, _)| expand.iter().any(|wanted| wanted.eq_ignore_ascii_case(id)));
    asked.map(|(id, time)| json!({ "id": id, "value": time.format("%Y-%m-%dT%H:%M:%SZ").to_string() })).collect()
}

fn all_fields(mailbox: Uuid, event: &Event, id: &str, style: &Style) -> Map<String, Value> {
    let mut fields = object(facts(event, id));
    fields.extend(object(content(event, style)));
    if event.occurrence.is_some() {
        let master = Event { occurrence: None, ..event.clone() };
        fields.insert("type".into(), "occurrence".into());
        fields.insert("seriesMasterId".into(), ids::encode(mailbox, &master, style.ids).into());
    }
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
        "originalStartTimeZone": event.zones.start,
        "originalEndTimeZone": event.zones.end,
        "iCalUId": event.ical_uid,
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
        "type": if event.series.is_some() { "seriesMaster" } else { "singleInstance" },
        "webLink": format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item"),
        "allowNewTimeProposals": event.allow_new_time_proposals,
        "isDraft": false,
        "hideAttendees": event.hide_attendees,
        "recurrence": event.series.as_ref().map(|series| series.render(event)),
    })
}

/// What people see.
fn content(event: &Event, style: &Style) -> Value {
    let (kind, content) = if style.text_body {
        (ContentType::Text, body::as_text(&event.body))
    } else {
        (ContentType::Html, body::as_html(&event.body))
    };
    let online = event.join_url.is_some();
    json!({
        "subject": event.subject,
        "bodyPreview": body::preview(&event.body),
        "body": { "contentType": kind.word(), "content": content },
        "start": event.days.map_or_else(|| style.zone.write(event.start), |days| style.zone.midnight(days.first)),
        "end": event.days.map_or_else(|| style.zone.write(event.end), |days| style.zone.midnight(days.end)),
        "location": event.location,
        "locations": locations(event),
        "attendees": event.attendees.iter().map(attendee).collect::<Vec<_>>(),
        "organizer": { "emailAddress": person(&event.organizer) },
        "responseStatus": { "response": event.response.word(), "time": clock::response_time(event.response_time) },
        "isOnlineMeeting": online,
        "onlineMeetingProvider": if online { event.provider } else { Provider::Unknown }.word(),
        "onlineMeetingUrl": null,
        "onlineMeeting": event.join_url.as_ref().filter(|_| event.link_from.is_none()).map(|url| json!({ "joinUrl": url })),
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
