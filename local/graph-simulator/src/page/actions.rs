//! What a person does on the page, behind the back of whoever booked.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;

use super::week::Week;
use super::{html, view};
use crate::Inner;
use crate::clock::{self, Sent};
use crate::draft::Draft;
use crate::error::GraphError;
use crate::graph;
use crate::ids;
use crate::meetings;
use crate::model::Event;
use crate::store::{MailboxKey, World};

/// A form, and the event that it is about.
struct Form {
    fields: HashMap<String, String>,
}

impl Form {
    fn get(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default().trim()
    }

    fn find(&self, world: &World) -> Result<(MailboxKey, Arc<Event>), GraphError> {
        let address = self.get("mailbox");
        let mailbox = world.mailbox_anywhere(address).ok_or_else(|| GraphError::invalid_user(address))?;
        let id = ids::decode(world.calendar(mailbox)?.guid, self.get("event"))?;
        Ok((mailbox, meetings::find(world, mailbox, id.key)?))
    }

    /// Back to where the form stood, or else to the event's week.
    fn back(&self, event: &Event) -> Response {
        let week = NaiveDate::parse_from_str(self.get("week"), "%Y-%m-%d").ok().and_then(Week::containing);
        let week = week.unwrap_or_else(|| Week::of(event.start));
        Redirect::to(&format!("{}#e{}", view::address(self.get("mailbox"), week), event.key)).into_response()
    }
}

fn read(body: &Bytes) -> Form {
    Form { fields: form_urlencoded::parse(body).into_owned().collect() }
}

fn refuse(inner: &Inner, error: &GraphError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    html(status, view::message(&inner.world(), "That did not work", &error.message))
}

fn answer(inner: &Inner, done: Result<Response, GraphError>) -> Response {
    done.unwrap_or_else(|error| refuse(inner, &error))
}

pub(super) async fn respond(State(inner): State<Arc<Inner>>, body: Bytes) -> Response {
    let done = (|| {
        let form = read(&body);
        let named = form.get("response");
        let unknown = || GraphError::bad_request(format!("'{named}' is no answer: accept, tentative or decline."));
        let response = meetings::answer(named).ok_or_else(unknown)?;
        let mut world = inner.world();
        let (mailbox, event) = form.find(&world)?;
        let send = event.response_requested;
        let notifications = meetings::respond(&mut world, mailbox, event.key, response, send)?;
        graph::notify(&inner, notifications);
        Ok(form.back(&event))
    })();
    answer(&inner, done)
}

pub(super) async fn delete(State(inner): State<Arc<Inner>>, body: Bytes) -> Response {
    let done = (|| {
        let form = read(&body);
        let switches = inner.switches().clone();
        let mut world = inner.world();
        let (mailbox, event) = form.find(&world)?;
        let notifications = meetings::delete(&mut world, mailbox, event.key, &switches)?;
        graph::notify(&inner, notifications);
        Ok(form.back(&event))
    })();
    answer(&inner, done)
}

/// The organizer takes an attendee off the list.
pub(super) async fn uninvite(State(inner): State<Arc<Inner>>, body: Bytes) -> Response {
    let done = (|| {
        let form = read(&body);
        let switches = inner.switches().clone();
        let mut world = inner.world();
        let (mailbox, event) = form.find(&world)?;
        let address = form.get("attendee");
        if !event.is_organizer || event.attendee(address).is_none() {
            return Err(GraphError::bad_request(format!("'{address}' is not an attendee that this mailbox invited.")));
        }
        let mut attendees = event.attendees.clone();
        attendees.retain(|attendee| !attendee.person.address.eq_ignore_ascii_case(address));
        let draft = Draft { attendees: Some(attendees), ..Draft::default() };
        let done = meetings::update(&mut world, mailbox, event.key, draft, &switches)?;
        graph::notify(&inner, done.notifications);
        Ok(form.back(&event))
    })();
    answer(&inner, done)
}

pub(super) async fn reschedule(State(inner): State<Arc<Inner>>, body: Bytes) -> Response {
    let done = (|| {
        let form = read(&body);
        let time = |name: &str| {
            clock::parse(form.get(name))
                .ok_or_else(|| GraphError::bad_request(format!("'{}' is no date and time.", form.get(name))))
        };
        let switches = inner.switches().clone();
        let mut world = inner.world();
        let (mailbox, event) = form.find(&world)?;
        let start = time("start")?;
        // Without an end the event keeps its length.
        let end = if form.get("end").is_empty() { start + (event.end - event.start) } else { time("end")? };
        let draft = Draft { start: Some(Sent::utc(start)), end: Some(Sent::utc(end)), ..Draft::default() };
        let done = meetings::update(&mut world, mailbox, event.key, draft, &switches)?;
        graph::notify(&inner, done.notifications);
        let target = format!("{}#e{}", view::address(form.get("mailbox"), Week::of(start)), event.key);
        Ok(Redirect::to(&target).into_response())
    })();
    answer(&inner, done)
}
