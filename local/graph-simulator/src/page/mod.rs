//! `/calendars`: each mailbox's week, for people. It needs no login and no network.

mod actions;
mod cards;
mod grid;
mod style;
mod view;
mod week;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{NaiveDate, TimeDelta, Utc};
use maud::Markup;

use self::view::Shown;
use self::week::Week;
use crate::Inner;
use crate::store::{Calendar, World};
use crate::teams;

/// What the page may load and do: its own style and its own forms.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/calendars") }))
        .route("/calendars", get(show))
        .route("/calendars/respond", post(actions::respond))
        .route("/calendars/delete", post(actions::delete))
        .route("/calendars/uninvite", post(actions::uninvite))
        .route("/calendars/move", post(actions::reschedule))
}

fn html(status: StatusCode, markup: Markup) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, markup.into_string()).into_response()
}

async fn show(State(inner): State<Arc<Inner>>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let world = inner.world();
    let asked = query.get("mailbox").filter(|name| !name.is_empty());
    let directory = query.get("directory");
    let key = match asked {
        Some(name) => directory.and_then(|d| world.mailbox(d, name)).or_else(|| world.mailbox_anywhere(name)),
        None => first_mailbox(&world),
    };
    let Some(calendar) = key.and_then(|key| world.calendars.get(&key)) else {
        let text = match asked {
            Some(name) => format!("There is no mailbox {name} in this simulator."),
            None => "This simulator has no mailboxes yet.".to_owned(),
        };
        return html(StatusCode::NOT_FOUND, view::message(&world, "Nothing to show", &text));
    };
    let wanted = query.get("week").and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
    let week = wanted.and_then(Week::containing).unwrap_or_else(Week::current);
    html(StatusCode::OK, page(&world, calendar, week))
}

fn page(world: &World, calendar: &Calendar, week: Week) -> Markup {
    // A day may begin half a day before it does in UTC, or end half a day after.
    let (from, to) = (week.start() - TimeDelta::days(1), week.end() + TimeDelta::days(1));
    let mut events = calendar.overlapping(from, to);
    events.retain(|event| week.shows(event));
    for event in &mut events {
        *event = teams::as_of(event, Utc::now());
    }
    let now = Utc::now();
    let invitations = calendar.invitations();
    view::page(world, &Shown { calendar, week, events: &events, invitations: &invitations, now })
}

fn first_mailbox(world: &World) -> Option<usize> {
    world.calendars.keys().next().copied()
}
