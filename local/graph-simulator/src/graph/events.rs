//! Single events: `POST`, `GET`, `PATCH`, `DELETE` and the answers to an invitation.

use std::sync::Arc;

use serde_json::Value;

use super::notify;
use super::request::{Request, Response};
use crate::Inner;
use crate::clock::Zone;
use crate::draft::{self, Draft};
use crate::error::GraphError;
use crate::filter;
use crate::ids;
use crate::meetings;
use crate::model::{self, Event, Folder};
use crate::render::{self, Style};
use crate::series;
use crate::store::{MailboxKey, World};

/// A call to one mailbox.
pub(super) struct Call<'a> {
    pub(super) inner: &'a Inner,
    pub(super) request: &'a Request,
    pub(super) mailbox: MailboxKey,
    /// The zone that times are wanted in.
    pub(super) zone: Zone,
}

/// What an id leads to.
enum Found {
    Event(Arc<Event>),
    /// One meeting of a series.
    Occurrence(Arc<Event>),
    /// It was deleted, and its immutable id still leads to it.
    Deleted(Arc<Event>),
}

impl Call<'_> {
    /// How this client wants its events.
    pub(super) fn style(&self) -> Result<Style, GraphError> {
        let preferences = self.request.preferences();
        let expand = match self.request.parameter("$expand") {
            Some(clause) => filter::parse_expand(&clause)?,
            None => Vec::new(),
        };
        let select = self.request.parameter("$select");
        Ok(Style {
            ids: preferences.ids(),
            text_body: preferences.text_body,
            zone: self.zone.clone(),
            select: select.map(|list| list.split(',').map(|name| name.trim().to_owned()).collect()),
            expand,
        })
    }

    /// An answer that says which preferences it heeded.
    pub(super) fn answer(&self, status: u16, body: Value) -> Response {
        let response = Response::json(status, body);
        match self.request.preferences().applied() {
            Some(applied) => response.header("preference-applied", applied),
            None => response,
        }
    }

    pub(super) fn context(&self, world: &World, what: &str) -> String {
        let address = world.person(self.mailbox).address;
        format!("https://graph.microsoft.com/v1.0/$metadata#users('{}')/{what}", address.replace('@', "%40"))
    }

    fn answer_event(&self, world: &World, status: u16, event: &Event, style: &Style) -> Result<Response, GraphError> {
        let guid = world.calendar(self.mailbox)?.guid;
        let mut value = render::event(guid, event, style);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("@odata.context".into(), self.context(world, "events/$entity").into());
        }
        Ok(self.answer(status, value).header("etag", ids::etag(event)))
    }

    /// The calendar that an id names. `None`: the default one.
    pub(super) fn folder(&self, world: &World, id: Option<&str>) -> Result<Folder, GraphError> {
        let Some(id) = id else { return Ok(Folder::Calendar) };
        let calendar = world.calendar(self.mailbox)?;
        let folder =
            ids::decode_calendar(calendar.guid, id).map_err(|error| self.inner.switches().refused_id(error))?;
        match folder {
            Folder::Other(number) if calendar.others.iter().all(|other| other.number != number) => {
                Err(GraphError::item_not_found())
            }
            folder => Ok(folder),
        }
    }

    /// What an id leads to here and now.
    fn look_up(&self, world: &World, id: &str) -> Result<Found, GraphError> {
        let calendar = world.calendar(self.mailbox)?;
        let id = ids::decode(calendar.guid, id).map_err(|error| self.inner.switches().refused_id(error))?;
        let event = match meetings::find(world, self.mailbox, id.key) {
            Ok(event) => event,
            Err(error) => {
                let deleted = calendar.deleted.get(&id.key).filter(|_| id.moves.is_none());
                return deleted.map(|event| Found::Deleted(event.clone())).ok_or(error);
            }
        };
        if id.moves.is_some_and(|moves| moves != event.moves) {
            return Err(GraphError::item_not_found());
        }
        match id.occurrence {
            None => Ok(Found::Event(event)),
            Some(day) => {
                let meeting = series::on(&event, day).ok_or_else(GraphError::item_not_found)?;
                Ok(Found::Occurrence(Arc::new(meeting)))
            }
        }
    }

    /// The event that an id names here and now.
    fn find(&self, world: &World, id: &str) -> Result<Arc<Event>, GraphError> {
        match self.look_up(world, id)? {
            Found::Event(event) => Ok(event),
            Found::Occurrence(_) => Err(GraphError::not_simulated("a change to one meeting of a series")),
            Found::Deleted(_) => Err(GraphError::item_not_found()),
        }
    }

    fn check_match(&self, event: &Event) -> Result<(), GraphError> {
        let Some(wanted) = self.request.header("if-match") else {
            return Ok(());
        };
        let current = ids::etag(event);
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        if wanted.trim() == "*" || wanted.split(',').any(|tag| opaque(tag) == opaque(&current)) {
            return Ok(());
        }
        Err(GraphError::new(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not \
             match the current change key for the item.",
        ))
    }

    pub(super) fn create(&self, calendar: Option<&str>) -> Result<Response, GraphError> {
        let style = self.style()?;
        let draft = Draft::read(&self.request.object()?)?;
        let switches = self.inner.switches().clone();
        let mut world = self.inner.world();
        let guid = world.calendar(self.mailbox)?.guid;
        let id_of = |event: &Event| ids::encode(guid, event, style.ids);
        let folder = self.folder(&world, calendar)?;
        let done = meetings::create(&mut world, self.mailbox, folder, draft, &switches, id_of)?;
        notify(self.inner, done.notifications);
        self.answer_event(&world, 201, &done.event, &style)
    }

    pub(super) fn get(&self, id: &str) -> Result<Response, GraphError> {
        let style = self.style()?;
        let world = self.inner.world();
        let reachable = self.inner.switches().deleted_items_reachable;
        let event = match self.look_up(&world, id)? {
            Found::Event(event) | Found::Occurrence(event) => event,
            Found::Deleted(event) if reachable => event,
            Found::Deleted(_) => return Err(GraphError::item_not_found()),
        };
        self.answer_event(&world, 200, &event, &style)
    }

    pub(super) fn update(&self, id: &str) -> Result<Response, GraphError> {
        let style = self.style()?;
        let draft = Draft::read(&self.request.object()?)?;
        let switches = self.inner.switches().clone();
        let mut world = self.inner.world();
        if switches.deleted_items_reachable
            && let Found::Deleted(event) = self.look_up(&world, id)?
        {
            self.check_match(&event)?;
            let event = meetings::update_deleted(&mut world, self.mailbox, &event, draft)?;
            return self.answer_event(&world, 200, &event, &style);
        }
        let event = self.find(&world, id)?;
        self.check_match(&event)?;
        let done = meetings::update(&mut world, self.mailbox, event.key, draft, &switches)?;
        notify(self.inner, done.notifications);
        self.answer_event(&world, 200, &done.event, &style)
    }

    pub(super) fn delete(&self, id: &str) -> Result<Response, GraphError> {
        let switches = self.inner.switches().clone();
        let mut world = self.inner.world();
        if switches.second_delete_refused
            && let Found::Deleted(_) = self.look_up(&world, id)?
        {
            return Err(GraphError::new(403, "ErrorCannotDeleteObject", "Object cannot be deleted."));
        }
        let event = self.find(&world, id)?;
        self.check_match(&event)?;
        let notifications = meetings::delete(&mut world, self.mailbox, event.key, &switches)?;
        notify(self.inner, notifications);
        Ok(Response::empty(204))
    }

    pub(super) fn respond(&self, id: &str, response: model::Response) -> Result<Response, GraphError> {
        let content = self.request.object()?;
        let send = match content.iter().find(|(name, _)| name.eq_ignore_ascii_case("sendResponse")) {
            None => true,
            Some((_, value)) => {
                value.as_bool().ok_or_else(|| GraphError::bad_request("'sendResponse' is true or false."))?
            }
        };
        let mut world = self.inner.world();
        let event = self.find(&world, id)?;
        let notifications = meetings::respond(&mut world, self.mailbox, event.key, response, send)?;
        notify(self.inner, notifications);
        Ok(Response::empty(202))
    }

    /// Invites more people to a meeting, as an attendee may.
    pub(super) fn forward(&self, id: &str) -> Result<Response, GraphError> {
        let content = self.request.object()?;
        let recipients = content.iter().find(|(name, _)| name.eq_ignore_ascii_case("toRecipients"));
        let recipients = draft::read_attendees(recipients.map_or(&Value::Null, |(_, list)| list))?;
        draft::check_attendees(&recipients, None)?;
        if recipients.is_empty() {
            return Err(GraphError::new(400, "ErrorInvalidRecipients", "At least one recipient is required."));
        }
        let switches = self.inner.switches().clone();
        let mut world = self.inner.world();
        let event = self.find(&world, id)?;
        let notifications = meetings::forward(&mut world, self.mailbox, event.key, recipients, &switches)?;
        notify(self.inner, notifications);
        Ok(Response::empty(202))
    }

    pub(super) fn cancel(&self, id: &str) -> Result<Response, GraphError> {
        let content = self.request.object()?;
        let comment = match content.iter().find(|(name, _)| name.eq_ignore_ascii_case("comment")) {
            None | Some((_, Value::Null)) => None,
            Some((_, value)) => Some(value.as_str().ok_or_else(|| GraphError::bad_request("'comment' is a string."))?),
        };
        let switches = self.inner.switches().clone();
        let mut world = self.inner.world();
        let event = self.find(&world, id)?;
        let notifications = meetings::cancel(&mut world, self.mailbox, event.key, comment, &switches)?;
        notify(self.inner, notifications);
        Ok(Response::empty(202))
    }
}
