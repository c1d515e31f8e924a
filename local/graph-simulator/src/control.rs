//! `/simulator`: what tests and people ask of the simulator itself.

mod mailboxes;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::Inner;
use crate::bulk;
use crate::faults::Spec;
use crate::graph;
use crate::ids::{self, IdKind};
use crate::meetings;
use crate::model::{self, Attendee, AttendeeKind, Person};
use crate::switches::Switches;

type Simulator = State<Arc<Inner>>;

/// A refusal, told in one sentence.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

fn bad(why: impl std::fmt::Display) -> Refused {
    Refused(StatusCode::BAD_REQUEST, why.to_string())
}

fn missing(what: &str) -> Refused {
    Refused(StatusCode::NOT_FOUND, what.to_owned())
}

fn broken(why: impl std::fmt::Display) -> Refused {
    Refused(StatusCode::INTERNAL_SERVER_ERROR, why.to_string())
}

/// Reads a JSON body whatever its content type says; an empty one is `{}`.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(bad)
}

pub(crate) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/simulator/requests", get(requests).delete(clear_requests))
        .route("/simulator/notifications", get(notifications).delete(clear_notifications))
        .route("/simulator/concurrency", get(concurrency).delete(reset_concurrency))
        .route("/simulator/concurrency/apps", get(concurrency_of_apps))
        .route("/simulator/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/simulator/faults/{id}", delete(remove_fault))
        .route("/simulator/faults/{id}/release", post(release_fault))
        .route("/simulator/switches", get(switches).post(set_switches).delete(reset_switches))
        .route(
            "/simulator/mailboxes",
            get(mailboxes::list).post(mailboxes::add).patch(mailboxes::change).delete(mailboxes::remove),
        )
        .route("/simulator/events", post(insert_events).delete(clear_events))
        .route("/simulator/events/move", post(refile))
        .route("/simulator/events/attendees", post(show_attendee))
        .route("/simulator/events/respond", post(respond))
        .route("/simulator/tokens/revoke", post(revoke))
        .route("/simulator/reset", post(reset))
}

async fn requests(State(inner): Simulator) -> Json<Value> {
    let entries = inner.journal().entries();
    Json(json!(entries))
}

async fn clear_requests(State(inner): Simulator) -> StatusCode {
    inner.journal().clear();
    StatusCode::NO_CONTENT
}

async fn notifications(State(inner): Simulator) -> Json<Value> {
    let notifications = inner.journal().notifications();
    Json(json!(notifications))
}

async fn clear_notifications(State(inner): Simulator) -> StatusCode {
    inner.journal().clear_notifications();
    StatusCode::NO_CONTENT
}

async fn concurrency(State(inner): Simulator) -> Json<Value> {
    let counts = inner.gate.mailboxes().into_iter().map(|((directory, mailbox), count)| {
        json!({
            "directory": directory, "mailbox": mailbox, "in_flight": count.in_flight,
            "in_flight_peak": count.in_flight_peak, "refused": count.refused,
        })
    });
    Json(counts.collect())
}

async fn concurrency_of_apps(State(inner): Simulator) -> Json<Value> {
    let counts = inner.gate.apps().into_iter().map(|((directory, app), count)| {
        json!({
            "directory": directory, "app": app, "in_flight": count.in_flight,
            "in_flight_peak": count.in_flight_peak, "refused": count.refused,
        })
    });
    Json(counts.collect())
}

async fn reset_concurrency(State(inner): Simulator) -> StatusCode {
    inner.gate.reset_peaks();
    StatusCode::NO_CONTENT
}

async fn faults(State(inner): Simulator) -> Json<Value> {
    Json(inner.faults.list())
}

async fn add_fault(State(inner): Simulator, body: Bytes) -> Result<Response, Refused> {
    let spec: Spec = read(&body)?;
    let id = inner.faults.add(spec);
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn clear_faults(State(inner): Simulator) -> StatusCode {
    inner.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(inner): Simulator, Path(id): Path<u64>) -> Result<StatusCode, Refused> {
    if inner.faults.remove(id) { Ok(StatusCode::NO_CONTENT) } else { Err(missing("no such fault")) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    #[serde(default)]
    discard: bool,
}

async fn release_fault(State(inner): Simulator, Path(id): Path<u64>, body: Bytes) -> Result<Json<Value>, Refused> {
    let release: Release = read(&body)?;
    let released = inner.faults.release(id, release.discard).ok_or_else(|| missing("no such fault"))?;
    Ok(Json(json!({ "released": released })))
}

async fn switches(State(inner): Simulator) -> Json<Value> {
    let switches = inner.switches().clone();
    Json(json!(switches))
}

async fn set_switches(State(inner): Simulator, body: Bytes) -> Result<Json<Value>, Refused> {
    let changes: Map<String, Value> = read(&body)?;
    let mut switches = inner.switches();
    *switches = switches.with(changes).map_err(bad)?;
    Ok(Json(json!(*switches)))
}

async fn reset_switches(State(inner): Simulator) -> StatusCode {
    *inner.switches() = Switches::default();
    StatusCode::NO_CONTENT
}

async fn insert_events(State(inner): Simulator, body: Bytes) -> Result<Response, Refused> {
    let events: bulk::Events = read(&body)?;
    let inserted = bulk::insert(&mut inner.world(), events).map_err(bad)?;
    Ok((StatusCode::CREATED, Json(inserted)).into_response())
}

async fn clear_events(State(inner): Simulator) -> Result<StatusCode, Refused> {
    inner.world().clear_events().map_err(|error| broken(error.message))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refile {
    mailbox: String,
    event: String,
}

async fn refile(State(inner): Simulator, body: Bytes) -> Result<Json<Value>, Refused> {
    let refile: Refile = read(&body)?;
    let mut world = inner.world();
    let mailbox = world.mailbox_anywhere(&refile.mailbox).ok_or_else(|| missing("no such mailbox"))?;
    let guid = world.calendar(mailbox).map_err(|e| bad(e.message))?.guid;
    let id = ids::decode(guid, &refile.event).map_err(|e| bad(e.message))?;
    let event = meetings::refile(&mut world, mailbox, id.key).map_err(|e| missing(&e.message))?;
    Ok(Json(json!({
        "id": ids::encode(guid, &event, IdKind::Mutable),
        "immutable_id": ids::encode(guid, &event, IdKind::Immutable),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShownAttendee {
    mailbox: String,
    event: String,
    address: String,
}

/// Adds an attendee to an event with an address in any form.
async fn show_attendee(State(inner): Simulator, body: Bytes) -> Result<StatusCode, Refused> {
    let ShownAttendee { mailbox, event, address } = read(&body)?;
    let mut world = inner.world();
    let mailbox = world.mailbox_anywhere(&mailbox).ok_or_else(|| missing("no such mailbox"))?;
    let guid = world.calendar(mailbox).map_err(|e| bad(e.message))?.guid;
    let id = ids::decode(guid, &event).map_err(|e| bad(e.message))?;
    let person = Person { name: address.clone(), address };
    let attendee = Attendee { person, kind: AttendeeKind::Required, response: model::Response::None, time: None };
    meetings::show_attendee(&mut world, mailbox, id.key, attendee).map_err(|e| missing(&e.message))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    mailbox: String,
    #[serde(rename = "iCalUId")]
    ical_uid: String,
    response: String,
}

/// Answers an invitation as its recipient, who need not have it in the calendar.
async fn respond(State(inner): Simulator, body: Bytes) -> Result<StatusCode, Refused> {
    let Answer { mailbox, ical_uid, response } = read(&body)?;
    let response = meetings::answer(&response).ok_or_else(|| bad("'response' is accept, tentative or decline"))?;
    let mut world = inner.world();
    let mailbox = world.mailbox_anywhere(&mailbox).ok_or_else(|| missing("no such mailbox"))?;
    let calendar = world.calendar(mailbox).map_err(|e| bad(e.message))?;
    let event = calendar.with_ical_uid(&ical_uid).ok_or_else(|| missing("no such invitation"))?.clone();
    let done = meetings::respond(&mut world, mailbox, event.key, response, event.response_requested);
    graph::notify(&inner, done.map_err(|e| bad(e.message))?);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Revoke {
    directory: Option<String>,
    client_id: Option<String>,
    user: Option<String>,
    token: Option<String>,
    /// `access`, `refresh`, or both when left out.
    kind: Option<String>,
}

async fn revoke(State(inner): Simulator, body: Bytes) -> Result<Json<Value>, Refused> {
    let revoke: Revoke = read(&body)?;
    let (access, refresh) = match revoke.kind.as_deref() {
        None => (true, true),
        Some("access") => (true, false),
        Some("refresh") => (false, true),
        Some(_) => return Err(bad("'kind' is access or refresh")),
    };
    let same = |wanted: &Option<String>, actual: &str| wanted.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(actual));
    let revoked = inner
        .world()
        .revoke(access, refresh, |token, grant| {
            same(&revoke.directory, &grant.directory)
                && same(&revoke.client_id, &grant.client_id)
                && same(&revoke.user, grant.user.as_deref().unwrap_or_default())
                && revoke.token.as_deref().is_none_or(|wanted| wanted == token)
        })
        .map_err(broken)?;
    Ok(Json(json!({ "revoked": revoked })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default)]
    events: bool,
}

async fn reset(State(inner): Simulator, body: Bytes) -> Result<StatusCode, Refused> {
    let reset: Reset = read(&body)?;
    inner.faults.clear();
    *inner.switches() = Switches::default();
    inner.gate.reset_peaks();
    if reset.events {
        inner.world().clear_events().map_err(|error| broken(error.message))?;
    }
    let mut journal = inner.journal();
    journal.clear();
    journal.clear_notifications();
    Ok(StatusCode::NO_CONTENT)
}
