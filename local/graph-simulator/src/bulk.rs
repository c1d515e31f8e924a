//! Thousands of events at once, put into calendars as they are: nobody is invited, nothing is checked but times.

use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::{Sent, Zone};
use crate::error::GraphError;
use crate::ids::{self, IdKind};
use crate::meetings::{self, Times};
use crate::model::{Event, Property, Response, Sensitivity, ShowAs, Zones};
use crate::store::{World, Write};

/// One event, or a list of them bare or under `events`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Events {
    Listed { events: Vec<Raw> },
    Bare(Vec<Raw>),
    One(Box<Raw>),
}

/// An event in Graph's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Raw {
    mailbox: String,
    #[serde(default)]
    directory: Option<String>,
    /// Date and time in `timeZone`, or with an offset.
    start: String,
    end: String,
    /// UTC if it is left out. An all-day event is on the same days in any.
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    show_as: Option<ShowAs>,
    #[serde(default)]
    sensitivity: Option<Sensitivity>,
    #[serde(default)]
    is_all_day: bool,
    #[serde(default)]
    is_cancelled: bool,
    #[serde(default)]
    transaction_id: Option<String>,
    #[serde(default)]
    single_value_extended_properties: Vec<Property>,
}

/// Inserts all of them in one transaction, or none.
pub(crate) fn insert(world: &mut World, events: Events) -> Result<Value, String> {
    let events = match events {
        Events::Listed { events } | Events::Bare(events) => events,
        Events::One(event) => vec![*event],
    };
    let mut writes = Vec::with_capacity(events.len());
    let mut inserted = Vec::with_capacity(events.len());
    for (at, raw) in events.into_iter().enumerate() {
        let mailbox = match &raw.directory {
            Some(directory) => {
                let directory = world.directory(directory).map(|(id, _)| id.to_owned());
                directory.and_then(|id| world.mailbox(&id, &raw.mailbox))
            }
            None => world.mailbox_anywhere(&raw.mailbox),
        };
        let mailbox = mailbox.ok_or_else(|| format!("event {at}: there is no mailbox '{}'", raw.mailbox))?;
        let told = |error: GraphError| format!("event {at}: {}", error.message);
        let zone = raw.time_zone.as_deref().map_or(Ok(Zone::utc()), Zone::named).map_err(told)?;
        let time = |text: &str| {
            let sent = Sent::read(text, &zone.name, zone.zone);
            sent.ok_or_else(|| format!("event {at}: '{text}' is no date and time"))
        };
        let (start, end) = (time(&raw.start)?, time(&raw.end)?);
        let times = Times::of_new(&start, &end, raw.is_all_day, world.zone(mailbox)).map_err(told)?;
        let key = world.new_key();
        let mut event = Event {
            organizer: world.person(mailbox),
            response: Response::Organizer,
            ical_uid: format!("040000008200E00074C5B7101A82E008B{key:031X}"),
            subject: raw.subject,
            location: json!({ "displayName": raw.location, "locationType": "default", "uniqueIdType": "unknown" }),
            show_as: raw.show_as.unwrap_or(ShowAs::Busy),
            sensitivity: raw.sensitivity.unwrap_or(Sensitivity::Normal),
            zones: Zones { start: start.zone, end: end.zone },
            cancelled: raw.is_cancelled,
            transaction_id: raw.transaction_id,
            properties: raw.single_value_extended_properties,
            ..meetings::blank(key, Utc::now())
        };
        times.set(&mut event);
        let guid = world.calendar(mailbox).map_err(|error| error.message)?.guid;
        inserted.push(ids::encode(guid, &event, IdKind::Immutable));
        writes.push(Write::put(mailbox, event));
    }
    world.commit(writes).map_err(|error| error.message)?;
    Ok(json!({ "inserted": inserted.len(), "ids": inserted }))
}
