//! What the calendar service does with a request once it is carried out.

use async_trait::async_trait;
use convene::{
    CallContext,
    calendar::{Calendar, CalendarError, CalendarView, Event, Reply, Request, WrittenEvent},
    domain::{BusyEntry, EmailAddress, EventChange, EventId, Marker, NewEvent, TimeSpan},
};
use uuid::Uuid;

use super::{Entry, FakeCalendar, MUTABLE};
use crate::{history::content, world::now};

#[async_trait]
impl Calendar for FakeCalendar {
    async fn execute(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        match &requests[..] {
            [request] => {
                self.watch(call, request);
                vec![self.single(call, request).await]
            }
            requests => self.batch(call, requests).await,
        }
    }

    async fn free_busy(
        &self,
        _: &CallContext,
        _: &[EmailAddress],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        unreachable!("schedules do not ask for availability")
    }

    async fn calendar_views(
        &self,
        _: &CallContext,
        views: &[CalendarView],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        vec![Ok(Vec::new()); views.len()]
    }

    fn max_batch_size(&self) -> usize {
        2
    }
}

impl FakeCalendar {
    /// Runs one request, by itself or as an item of a batch.
    pub(super) async fn single(&self, call: &CallContext, request: &Request) -> Result<Reply, CalendarError> {
        match request {
            Request::Create { event, transaction_id, marker } => {
                self.create(call, event, *transaction_id, marker).await.map(Reply::Written)
            }
            Request::Read { mailbox, event, .. } => {
                self.read(call, mailbox, event).await.map(|event| Reply::Event(Box::new(event)))
            }
            Request::Change { mailbox, event, change, .. } => {
                self.change(call, mailbox, event, change).await.map(Reply::Written)
            }
            Request::Delete { mailbox, event, .. } => self.delete(call, mailbox, event).await.map(|()| Reply::Done),
            Request::Find { mailbox, marker } => self.find(call, mailbox, marker).await.map(Reply::Found),
            Request::CheckMailbox { mailbox } => {
                self.request(call, "check mailbox", mailbox, |_, _| Ok(())).await.map(|()| Reply::Done)
            }
        }
    }

    async fn create(
        &self,
        call: &CallContext,
        event: &NewEvent,
        transaction: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError> {
        let (subject, body, marker) = (event.subject.to_string(), event.body.clone(), marker.clone());
        self.request(call, "create", &event.organizer, move |calendar, deed| {
            let (world, place) = (&calendar.world, deed.place);
            if let Some(known) = calendar.remembered(place.mailbox, transaction) {
                if world.weather().duplicate_error {
                    let existing = (world.below(2) == 0).then(|| EventId(format!("{MUTABLE}{}", known.0)));
                    return Err(CalendarError::DuplicateTransaction { existing });
                }
                return Ok(WrittenEvent { id: known, uid: None, times: None, online: false, link_lost: false });
            }
            let mut entries = calendar.entries();
            let id = EventId(format!("event-{}", entries.len()));
            world.say(|| format!("  calendar {}: {} appears, {subject}", place.mailbox, id.0));
            let content = content(&subject).expect("a content");
            world.history.appears(deed, &id.0, content, &body, transaction);
            let (created, visible, live, denied) = (now(), now() + world.weather().filter_lag, true, false);
            let of_ours = id.clone();
            entries.push(Entry {
                id: of_ours,
                place,
                content,
                marker,
                transaction,
                subject,
                created,
                visible,
                live,
                denied,
            });
            Ok(WrittenEvent { id, uid: None, times: None, online: false, link_lost: false })
        })
        .await
    }

    async fn read(&self, call: &CallContext, mailbox: &EmailAddress, id: &EventId) -> Result<Event, CalendarError> {
        let id = EventId(id.0.strip_prefix(MUTABLE).unwrap_or(&id.0).to_owned());
        self.request(call, "read", mailbox, move |calendar, deed| {
            let place = calendar.position(deed, &id)?;
            calendar.world.history.is_read(deed.by, &id.0);
            Ok(Event {
                id,
                uid: None,
                subject: calendar.entries()[place].subject.clone(),
                body: String::new(),
                location: String::new(),
                times: None,
                attendees: Vec::new(),
                online: false,
                tentative: false,
                link_lost: false,
            })
        })
        .await
    }

    async fn change(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        id: &EventId,
        change: &EventChange,
    ) -> Result<WrittenEvent, CalendarError> {
        let (id, change) = (id.clone(), change.clone());
        self.request(call, "change", mailbox, move |calendar, deed| {
            let place = calendar.position(deed, &id)?;
            if let Some(subject) = change.subject {
                calendar.world.say(|| format!("  calendar {}: {} says {}", deed.place.mailbox, id.0, &*subject));
                calendar.world.history.is_changed(deed, &id.0, &subject, change.body.as_deref());
                let entry = &mut calendar.entries()[place];
                // A meeting's content is what it was made with; a change of it says something else.
                entry.content = content(&subject).unwrap_or(entry.content);
                entry.subject = subject.to_string();
            }
            Ok(WrittenEvent { id, uid: None, times: None, online: false, link_lost: false })
        })
        .await
    }

    async fn delete(&self, call: &CallContext, mailbox: &EmailAddress, id: &EventId) -> Result<(), CalendarError> {
        let id = id.clone();
        self.request(call, "delete", mailbox, move |calendar, deed| {
            let refused = |error| {
                if !calendar.world.weather().refuses_to_delete {
                    return error;
                }
                calendar.world.note("an event is refused to be deleted");
                CalendarError::CannotDelete { code: "ErrorCannotDeleteObject".to_owned() }
            };
            let place = calendar.position(deed, &id).map_err(refused)?;
            calendar.world.say(|| format!("  calendar {}: {} is deleted", deed.place.mailbox, id.0));
            calendar.entries()[place].live = false;
            if calendar.world.history.is_deleted(deed, &id.0) {
                calendar.world.note("a double is deleted");
            }
            Ok(())
        })
        .await
    }

    async fn find(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<EventId>, CalendarError> {
        let marker = marker.clone();
        self.request(call, "find", mailbox, move |calendar, deed| {
            let is_it = |entry: &&Entry| {
                entry.live
                    && entry.place.mailbox == deed.place.mailbox
                    && entry.marker == marker
                    && entry.visible <= now()
            };
            let entries = calendar.entries();
            let mut found: Vec<_> =
                entries.iter().filter(is_it).map(|entry| (entry.created, entry.id.clone())).collect();
            found.sort();
            Ok(found.into_iter().map(|(_, id)| id).collect())
        })
        .await
    }
}
