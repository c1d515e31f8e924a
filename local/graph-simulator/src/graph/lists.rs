//! Lists of events: `$filter`, windows, order and pages.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::events::Call;
use super::request::Response;
use crate::clock;
use crate::error::GraphError;
use crate::filter;
use crate::model::Event;
use crate::render;
use crate::store::World;
use crate::teams;

const PAGE: usize = 10;
const LARGEST_PAGE: usize = 1000;

impl Call<'_> {
    pub(super) fn list(&self, calendar: Option<&str>) -> Result<Response, GraphError> {
        let conditions = match self.request.parameter("$filter") {
            Some(clause) => filter::parse(&clause)?,
            None => Vec::new(),
        };
        let lag = self.inner.switches().filter_lag_ms;
        let known_until = Utc::now() - TimeDelta::milliseconds(i64::try_from(lag).unwrap_or(i64::MAX / 2));
        let world = self.inner.world();
        let folder = self.folder(&world, calendar)?;
        let mut events = filter::select(world.calendar(self.mailbox)?, &conditions, known_until);
        events.retain(|event| event.folder == folder);
        // Nobody promises an order; the newest first keeps clients from taking the first for the oldest.
        events.reverse();
        self.page(&world, events)
    }

    pub(super) fn calendar_view(&self, calendar: Option<&str>) -> Result<Response, GraphError> {
        let edge = |name: &str| {
            let text = self.request.parameter(name).or_else(|| self.request.parameter(&capitalized(name)));
            text.as_deref().and_then(clock::parse).ok_or_else(|| {
                GraphError::new(
                    400,
                    "ErrorInvalidParameter",
                    "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
                )
            })
        };
        let (start, end) = (edge("startDateTime")?, edge("endDateTime")?);
        if end < start {
            return Err(GraphError::new(
                400,
                "ErrorInvalidParameter",
                "The end of the time window is before its start.",
            ));
        }
        let world = self.inner.world();
        let folder = self.folder(&world, calendar)?;
        let mut events = world.calendar(self.mailbox)?.overlapping_in(folder, start, end);
        if let Some(clause) = self.request.parameter("$filter") {
            let conditions = filter::parse(&clause)?;
            let all = filter::select(world.calendar(self.mailbox)?, &conditions, Utc::now());
            events.retain(|event| all.iter().any(|other| other.key == event.key));
        }
        self.page(&world, events)
    }

    fn page(&self, world: &World, mut events: Vec<Arc<Event>>) -> Result<Response, GraphError> {
        for event in &mut events {
            *event = teams::as_of(event, Utc::now());
        }
        if let Some(order) = self.request.parameter("$orderby") {
            sort(&mut events, &order)?;
        }
        let top = self.number("$top")?.unwrap_or(PAGE);
        if top == 0 || top > LARGEST_PAGE {
            return Err(GraphError::bad_request(format!(
                "Invalid value '{top}' for $top query option found. It must be 1 to {LARGEST_PAGE}."
            )));
        }
        let skip = self.number("$skip")?.unwrap_or(0);
        let style = self.style()?;
        let guid = world.calendar(self.mailbox)?.guid;
        let value: Vec<Value> = events.iter().skip(skip).take(top).map(|e| render::event(guid, e, &style)).collect();
        let mut body = json!({ "@odata.context": self.context(world, "events"), "value": value });
        if let Some(fields) = body.as_object_mut() {
            if self.request.parameter("$count").as_deref() == Some("true") {
                fields.insert("@odata.count".into(), events.len().into());
            }
            if events.len() > skip + top {
                fields.insert("@odata.nextLink".into(), self.next_link(skip + top).into());
            }
        }
        Ok(self.answer(200, body))
    }

    fn number(&self, name: &str) -> Result<Option<usize>, GraphError> {
        self.request
            .parameter(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    GraphError::bad_request(format!("Invalid value '{text}' for {name} query option found."))
                })
            })
            .transpose()
    }

    fn next_link(&self, skip: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(self.request.query.as_bytes()).filter(|(name, _)| name != "$skip") {
            query.append_pair(&name, &value);
        }
        query.append_pair("$skip", &skip.to_string());
        let query = query.finish().replace("%24", "$");
        format!("{}{}?{query}", self.request.base_url(), self.request.path)
    }
}

fn capitalized(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn sort(events: &mut [Arc<Event>], order: &str) -> Result<(), GraphError> {
    let mut words = order.split_whitespace();
    match words.next() {
        Some("start/dateTime") => events.sort_by_key(|e| (e.start, e.key)),
        Some("end/dateTime") => events.sort_by_key(|e| (e.end, e.key)),
        Some("createdDateTime") => events.sort_by_key(|e| (e.created, e.key)),
        Some("lastModifiedDateTime") => events.sort_by_key(|e| (e.modified, e.key)),
        Some("subject") => events.sort_by(|a, b| a.subject.cmp(&b.subject)),
        _ => {
            return Err(GraphError::bad_request(format!("Invalid $orderby: '{order}'.")));
        }
    }
    match words.next() {
        None | Some("asc") => Ok(()),
        Some("desc") => {
            events.reverse();
            Ok(())
        }
        Some(_) => Err(GraphError::bad_request(format!("Invalid $orderby: '{order}'."))),
    }
}
