//! A calendar service with Graph's semantics and Graph's bad days.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    CallContext,
    calendar::{BusyEntry, Calendar, CalendarError, Event, EventId, FoundEvent, WrittenEvent},
    domain::{EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
};
use uuid::Uuid;

use crate::world::{World, now};

/// An event in the calendar.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EventId,
    pub marker: Marker,
    pub transaction: Uuid,
    pub subject: String,
    pub created: DateTime<Utc>,
    pub live: bool,
    pub deleted: Option<DateTime<Utc>>,
    pub meeting: Meeting,
}

impl Entry {
    /// Takes the event out of the calendar.
    pub fn delete(&mut self) {
        self.live = false;
        self.deleted = Some(now());
    }
}

/// One mailbox's calendar.
#[derive(Clone)]
pub struct FakeCalendar {
    world: World,
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl FakeCalendar {
    pub fn new(world: World) -> Self {
        Self { world, entries: Arc::default() }
    }

    /// Every event that ever was.
    pub fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().expect("not poisoned")
    }

    /// The live events.
    pub fn live(&self) -> Vec<Entry> {
        self.entries().iter().filter(|entry| entry.live).cloned().collect()
    }

    /// Runs a request as the network does: carried out by a task of its own, which nobody's death stops.
    async fn request<T: Send + 'static>(
        &self,
        call: &CallContext,
        name: &'static str,
        work: impl FnOnce(&FakeCalendar) -> Result<T, CalendarError> + Send + 'static,
    ) -> Result<T, CalendarError> {
        if call.deadline.remaining().is_zero() {
            return Err(CalendarError::NotSent { cause: "deadline".to_owned(), timed_out: true });
        }
        call.count_graph_call();
        let fault = self
            .world
            .fault()
            .then(|| if self.world.weather.late_landing && self.world.below(3) == 0 { 4 } else { self.world.below(7) });
        match fault {
            Some(0) => {
                self.world.say(|| format!("  graph {name}: throttled"));
                return Err(CalendarError::Throttled { retry_after: None });
            }
            Some(1) => {
                self.world.say(|| format!("  graph {name}: denied"));
                return Err(CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() });
            }
            Some(2) => {
                self.world.pause(Duration::from_millis(50)).await;
                self.world.say(|| format!("  graph {name}: 500, not done"));
                return Err(failed());
            }
            Some(3) => {
                self.world.say(|| format!("  graph {name}: never arrived"));
                return Err(unanswered());
            }
            _ => {}
        }
        let late = fault == Some(4) && self.world.weather.late_landing;
        // Nothing lands later than the unsettled window allows for: that is the window's meaning.
        let delay = if late { self.world.below(75_000) } else { self.world.below(50) };
        let (calendar, world) = (self.clone(), self.world.clone());
        let done = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let result = work(&calendar);
            world.say(|| {
                format!("  graph {name}: {} after {delay} ms", if result.is_ok() { "done" } else { "refused" })
            });
            result
        });
        let result = match call.deadline.work(done).await {
            Some(done) => done.expect("the work does not panic"),
            None => return Err(unanswered()),
        };
        match fault {
            Some(5) => {
                self.world.say(|| format!("  graph {name}: 500 after all"));
                Err(failed())
            }
            Some(6) => {
                self.world.say(|| format!("  graph {name}: answer lost"));
                Err(unanswered())
            }
            _ => result,
        }
    }

    fn position(&self, id: &EventId) -> Result<usize, CalendarError> {
        self.entries().iter().position(|entry| entry.live && entry.id == *id).ok_or(CalendarError::EventNotFound)
    }
}

fn failed() -> CalendarError {
    CalendarError::Failed { cause: "500".to_owned(), retry_after: None }
}

fn unanswered() -> CalendarError {
    CalendarError::Unanswered { cause: "no answer".to_owned() }
}

#[async_trait]
impl Calendar for FakeCalendar {
    async fn create(
        &self,
        call: &CallContext,
        meeting: &Meeting,
        transaction: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError> {
        let (meeting, marker) = (meeting.clone(), marker.clone());
        self.request(call, "create", move |calendar| {
            let known = calendar.entries().iter().find(|entry| entry.transaction == transaction).cloned();
            if let Some(known) = known.filter(|_| !calendar.world.weather.forgets) {
                if calendar.world.weather.duplicate_error {
                    let existing = (calendar.world.below(2) == 0).then_some(known.id);
                    return Err(CalendarError::DuplicateTransaction { existing });
                }
                return Ok(WrittenEvent { id: known.id, online: false });
            }
            let id = EventId(format!("event-{}", calendar.entries().len()));
            calendar.world.say(|| format!("  calendar: {} appears, {}", id.0, meeting.subject));
            calendar.entries().push(Entry {
                id: id.clone(),
                marker,
                transaction,
                subject: meeting.subject.clone(),
                created: now(),
                live: true,
                deleted: None,
                meeting,
            });
            Ok(WrittenEvent { id, online: false })
        })
        .await
    }

    async fn read(&self, call: &CallContext, _: &EmailAddress, id: &EventId) -> Result<Event, CalendarError> {
        let id = id.clone();
        self.request(call, "read", move |calendar| {
            let place = calendar.position(&id)?;
            let entry = &calendar.entries()[place];
            Ok(Event {
                subject: entry.subject.clone(),
                body: String::new(),
                location: String::new(),
                span: Some(entry.meeting.span),
                start: entry.meeting.span.start(),
                end: entry.meeting.span.end(),
                attendees: Vec::new(),
                online: false,
            })
        })
        .await
    }

    async fn change(
        &self,
        call: &CallContext,
        _: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError> {
        let (id, change) = (id.clone(), change.clone());
        self.request(call, "change", move |calendar| {
            let place = calendar.position(&id)?;
            if let Some(subject) = change.subject {
                calendar.entries()[place].subject = subject;
            }
            Ok(WrittenEvent { id, online: false })
        })
        .await
    }

    async fn delete(&self, call: &CallContext, _: &EmailAddress, id: &EventId) -> Result<(), CalendarError> {
        let id = id.clone();
        self.request(call, "delete", move |calendar| {
            let place = calendar.position(&id)?;
            calendar.world.say(|| format!("  calendar: {} is deleted", id.0));
            calendar.entries()[place].delete();
            Ok(())
        })
        .await
    }

    async fn find(
        &self,
        call: &CallContext,
        _: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<FoundEvent>, CalendarError> {
        let marker = marker.clone();
        self.request(call, "find", move |calendar| {
            let visible = now() - calendar.world.weather.filter_lag;
            let found = calendar.live().into_iter().filter(|entry| entry.marker == marker && entry.created <= visible);
            Ok(found.map(|entry| FoundEvent { id: entry.id, created: entry.created }).collect())
        })
        .await
    }

    async fn free_busy(
        &self,
        _: &CallContext,
        _: &[EmailAddress],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        unreachable!("schedules do not ask for availability")
    }
}
