//! `getSchedule`: who is free when.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::clock::{Instant, Zone};
use crate::draft::read_time;
use crate::error::GraphError;
use crate::graph::working_hours;
use crate::model::{Event, Sensitivity, ShowAs};
use crate::store::{Calendar, World};
use crate::switches::Switches;

/// Graph's limits on one call.
const MAILBOXES: usize = 100;
const ENTRIES: usize = 1000;
const WINDOW: TimeDelta = TimeDelta::days(62);

struct Window {
    start: Instant,
    end: Instant,
    interval: TimeDelta,
}

/// Answers a `getSchedule` body for the mailboxes of one directory.
pub(crate) fn get(
    world: &World,
    directory: &str,
    content: &Map<String, Value>,
    zone: &Zone,
    switches: &Switches,
) -> Result<Value, GraphError> {
    let (schedules, window) = read(content)?;
    if schedules.iter().any(|address| switches.refuses_in_schedules(address)) {
        return Err(GraphError::new(400, "ErrorInvalidRequest", "The request is invalid."));
    }
    let as_of = Utc::now() - TimeDelta::milliseconds(i64::try_from(switches.free_busy_lag_ms).unwrap_or(i64::MAX / 2));
    let lagging = switches.free_busy_lag_ms > 0;
    let value: Vec<Value> = schedules
        .iter()
        .map(|address| {
            // Free/busy is found by address; an object id is no address.
            let calendar = world.mailbox(directory, address).and_then(|key| world.calendars.get(&key));
            match calendar.filter(|_| address.contains('@')) {
                Some(calendar) => {
                    let events = if lagging {
                        calendar.overlapping_as_of(window.start, window.end, as_of)
                    } else {
                        calendar.overlapping(window.start, window.end)
                    };
                    schedule(address, calendar, &events, &window, zone)
                }
                None => json!({
                    "scheduleId": address,
                    "error": {
                        "message": "Microsoft.Exchange.InfoWorker.Common.Availability.MailRecipientNotFoundException: \
                                    Unable to resolve e-mail address to an Active Directory object.",
                        "responseCode": "5009",
                    },
                }),
            }
        })
        .collect();
    Ok(json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.scheduleInformation)",
        "value": value,
    }))
}

fn read(content: &Map<String, Value>) -> Result<(Vec<String>, Window), GraphError> {
    let invalid_interval = |why: &str| GraphError::new(400, "ErrorInvalidTimeInterval", why.to_owned());
    for name in content.keys() {
        let known = ["schedules", "startTime", "endTime", "availabilityViewInterval"];
        if !known.iter().any(|k| k.eq_ignore_ascii_case(name)) {
            return Err(GraphError::unreadable(format!("The parameter '{name}' is not known to getSchedule.")));
        }
    }
    let get = |name: &str| content.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v);
    let list = get("schedules").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list =
        list.ok_or_else(|| GraphError::new(400, "ErrorMailboxDataArrayEmpty", "There are no mailboxes to ask."))?;
    let schedules = list
        .iter()
        .map(|v| v.as_str().map(str::to_owned))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| GraphError::unreadable("'schedules' is a list of addresses."))?;
    if schedules.len() > MAILBOXES {
        return Err(GraphError::new(
            400,
            "ErrorMailboxDataArrayTooBig",
            format!("Too many mailboxes: {}, allowed limit = {MAILBOXES}.", schedules.len()),
        ));
    }
    let time = |name: &str| match get(name) {
        Some(value) => read_time(name, value).map(|sent| sent.instant).map_err(|error| match error.code.as_str() {
            "TimeZoneNotSupportedException" => error,
            _ => invalid_interval(&error.message),
        }),
        None => Err(invalid_interval(&format!("'{name}' is missing."))),
    };
    let (start, end) = (time("startTime")?, time("endTime")?);
    if end <= start {
        return Err(invalid_interval("The end time is not after the start time."));
    }
    if end - start >= WINDOW {
        return Err(GraphError::new(
            400,
            "ErrorTimeIntervalTooBig",
            "The requested time interval is too big, allowed limit = 62 days.",
        ));
    }
    let minutes = match get("availabilityViewInterval") {
        None => 30,
        Some(value) => value.as_i64().filter(|m| (5..=1440).contains(m)).ok_or_else(|| {
            GraphError::new(400, "ErrorInvalidMergedFreeBusyInterval", "The interval is 5 to 1440 minutes.")
        })?,
    };
    Ok((schedules, Window { start, end, interval: TimeDelta::minutes(minutes) }))
}

fn schedule(address: &str, calendar: &Calendar, events: &[Arc<Event>], window: &Window, zone: &Zone) -> Value {
    if events.len() > ENTRIES {
        return json!({
            "scheduleId": address,
            "availabilityView": "",
            "scheduleItems": [],
            "error": {
                "message": format!(
                    "Microsoft.Exchange.InfoWorker.Common.Availability.ResultSetTooBigException: The result set \
                     contains too many calendar entries. The allowed size = {ENTRIES}; the actual size = {}.",
                    events.len()
                ),
                "responseCode": "5006",
            },
        });
    }
    json!({
        "scheduleId": address,
        "availabilityView": view(events, window),
        "scheduleItems": events.iter().map(|event| item(event, zone)).collect::<Vec<_>>(),
        "workingHours": working_hours(calendar),
    })
}

/// Items come back whole, also where they reach over the edge of the window.
fn item(event: &Event, zone: &Zone) -> Value {
    let private = event.sensitivity == Sensitivity::Private;
    let mut item = json!({
        "isPrivate": private,
        "status": status(event),
        "start": zone.write(event.start),
        "end": zone.write(event.end),
    });
    if !private && let Some(fields) = item.as_object_mut() {
        fields.insert("subject".into(), event.subject.clone().into());
        fields.insert("location".into(), event.location["displayName"].clone());
    }
    item
}

/// The case of a status varies; here by event, so that the same question gets the same answer.
fn status(event: &Event) -> String {
    let word = event.shown_as().word();
    if event.key % 3 == 0 { word[..1].to_uppercase() + &word[1..] } else { word.to_owned() }
}

/// A digit for each interval: the most that is taken in it.
fn view(events: &[Arc<Event>], window: &Window) -> String {
    let step = window.interval.num_seconds();
    let length = (window.end - window.start).num_seconds();
    let slots = usize::try_from((length + step - 1) / step).unwrap_or(0);
    let mut digits = vec![b'0'; slots];
    for event in events {
        let digit = match event.shown_as() {
            ShowAs::Free | ShowAs::WorkingElsewhere | ShowAs::Unknown => continue,
            ShowAs::Tentative => b'1',
            ShowAs::Busy => b'2',
            ShowAs::Oof => b'3',
        };
        let from = (event.start - window.start).num_seconds().max(0) / step;
        let to = ((event.end - window.start).num_seconds().min(length) + step - 1) / step;
        let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0).min(slots));
        for slot in digits.iter_mut().take(to).skip(from) {
            *slot = (*slot).max(digit);
        }
    }
    digits.into_iter().map(char::from).collect()
}
