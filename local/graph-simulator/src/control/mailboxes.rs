//! `/simulator/mailboxes`: which mailboxes there are, and their properties.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{Refused, Simulator, bad, broken, missing, read};
use crate::Inner;
use crate::options::Mailbox;

pub(super) async fn list(State(inner): Simulator) -> Json<Value> {
    let world = inner.world();
    let list = world.calendars.values().map(|calendar| {
        json!({
            "directory": calendar.directory, "address": calendar.info.address, "display_name": calendar.name(),
            "time_zone": calendar.info.time_zone, "kind": calendar.info.kind, "teams": calendar.info.teams,
            "working_hours": calendar.info.working_hours,
            "id": calendar.guid.to_string(), "events": calendar.events.len(),
        })
    });
    Json(list.collect())
}

/// The directory that a body names, by id or domain.
fn directory(inner: &Inner, fields: &mut Map<String, Value>) -> Result<String, Refused> {
    let named = fields.remove("directory");
    let named = named.as_ref().and_then(Value::as_str).ok_or_else(|| bad("'directory' is missing"))?;
    let world = inner.world();
    Ok(world.directory(named).ok_or_else(|| missing("no such directory"))?.0.to_owned())
}

pub(super) async fn add(State(inner): Simulator, body: Bytes) -> Result<Response, Refused> {
    let mut fields: Map<String, Value> = read(&body)?;
    let directory = directory(&inner, &mut fields)?;
    let mailbox: Mailbox = serde_json::from_value(fields.into()).map_err(bad)?;
    let mut world = inner.world();
    let key = world.add_mailbox(&directory, mailbox).map_err(bad)?;
    let id = world.calendars.get(&key).map(|c| c.guid.to_string());
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

/// Changes the properties that the body names. The mailbox keeps its id and its events.
pub(super) async fn change(State(inner): Simulator, body: Bytes) -> Result<StatusCode, Refused> {
    let mut fields: Map<String, Value> = read(&body)?;
    let directory = directory(&inner, &mut fields)?;
    let address = fields.get("address").and_then(Value::as_str).ok_or_else(|| bad("'address' is missing"))?;
    let mut world = inner.world();
    let mailbox = world.mailbox(&directory, address).ok_or_else(|| missing("no such mailbox"))?;
    let info = &world.calendar(mailbox).map_err(|e| bad(e.message))?.info;
    let mut all = match serde_json::to_value(info).map_err(broken)? {
        Value::Object(all) => all,
        other => return Err(broken(other)),
    };
    // An id instead of an address would add a mailbox.
    fields.insert("address".to_owned(), info.address.clone().into());
    all.extend(fields);
    let changed: Mailbox = serde_json::from_value(all.into()).map_err(bad)?;
    world.add_mailbox(&directory, changed).map_err(bad)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(State(inner): Simulator, body: Bytes) -> Result<StatusCode, Refused> {
    let mut fields: Map<String, Value> = read(&body)?;
    let directory = directory(&inner, &mut fields)?;
    let address = fields.get("address").and_then(Value::as_str).ok_or_else(|| bad("'address' is missing"))?;
    if inner.world().remove_mailbox(&directory, address).map_err(broken)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing("no such mailbox"))
    }
}
