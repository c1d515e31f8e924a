//! A calendar service with Graph's semantics and Graph's bad days. Everybody's events are in one calendar, so that
//! nothing but the product keeps tenants and ids apart.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    CallContext,
    calendar::{BusyEntry, Calendar, CalendarError, Event, EventId, WrittenEvent},
    domain::{EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
};
use uuid::Uuid;

use crate::{
    history::{Doer, Key, Number},
    world::{World, now},
};

/// Before an id of the kind that changes when the event moves: it does to read an event by, and to put nothing on record.
const MUTABLE: &str = "mutable ";

/// An event in the calendar.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EventId,
    pub key: Key,
    pub content: u64,
    pub marker: Marker,
    pub transaction: Uuid,
    pub subject: String,
    pub created: DateTime<Utc>,
    /// From when on it is found by its marker.
    pub visible: DateTime<Utc>,
    pub live: bool,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Fine,
    /// It is carried out so much later, whether or not anybody waits for it.
    Late(Duration),
    /// It is carried out at once, and answered so much later.
    SlowAnswer(Duration),
    Throttled,
    Denied,
    NeverArrives,
    /// It is carried out, and the answer is lost.
    Unanswered,
    /// 500, and nothing is done.
    Failed,
    /// 500, although it is done.
    DoneAndFailed,
    /// 500, and it is done so much later.
    FailedAndLate(Duration),
    /// 409, and nothing is done.
    Clash,
    /// 409, although it is done.
    DoneAndClash,
}

/// One calendar service.
#[derive(Clone)]
pub struct FakeCalendar {
    world: World,
    entries: Arc<Mutex<Vec<Entry>>>,
    script: Arc<Mutex<VecDeque<(&'static str, Fate)>>>,
    caller: Option<(Number, Key)>,
}

impl FakeCalendar {
    pub fn new(world: World) -> Self {
        Self { world, entries: Arc::default(), script: Arc::default(), caller: None }
    }

    /// The service, as a call for a meeting uses it.
    pub fn used_by(&self, caller: Number, key: Key) -> Self {
        Self { caller: Some((caller, key)), ..self.clone() }
    }

    /// Every event that ever was, to look at or to tamper with.
    pub fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().expect("not poisoned")
    }

    /// The live events of a meeting.
    pub fn live(&self, key: Key) -> Vec<Entry> {
        self.entries().iter().filter(|entry| entry.live && entry.key == key).cloned().collect()
    }

    /// Decides what becomes of the next request of a kind.
    pub fn script(&self, request: &'static str, fate: Fate) {
        self.script.lock().expect("not poisoned").push_back((request, fate));
    }

    /// A person deletes an event in Outlook, behind our back. Tells which, if there is one.
    pub fn delete_in_outlook(&self) -> Option<EventId> {
        let id = self.entries().iter_mut().find(|entry| entry.live).map(|entry| {
            entry.live = false;
            entry.id.clone()
        })?;
        self.world.say(|| format!("Outlook deletes {}", id.0));
        self.world.history.disappears(Doer::Person, &id.0);
        Some(id)
    }

    fn fate(&self, request: &str) -> Fate {
        let mut script = self.script.lock().expect("not poisoned");
        if let Some(place) = script.iter().position(|(name, _)| *name == request) {
            return script.remove(place).expect("it is there").1;
        }
        if !self.world.fault() {
            return Fate::Fine;
        }
        // Nothing lands later than the unsettled window allows for: that is the window's meaning.
        let late = self.world.time_below(Duration::from_secs(75));
        let lands_late = self.world.weather().late_landing;
        match self.world.below(if lands_late { 14 } else { 9 }) {
            0 => Fate::Throttled,
            1 => Fate::Denied,
            2 => Fate::Failed,
            3 => Fate::NeverArrives,
            4 => Fate::DoneAndFailed,
            5 => Fate::Unanswered,
            6 => Fate::Clash,
            7 => Fate::DoneAndClash,
            8 => Fate::SlowAnswer(late / 3),
            9..=10 => Fate::FailedAndLate(late),
            _ => Fate::Late(late),
        }
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
        let fate = self.fate(name);
        let say = |what: &str| self.world.say(|| format!("  graph {name}: {what}"));
        let refusal = match fate {
            Fate::Throttled => Some(CalendarError::Throttled { retry_after: None }),
            Fate::Denied => Some(CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() }),
            Fate::NeverArrives => Some(unanswered()),
            Fate::Failed => Some(failed()),
            Fate::Clash => Some(clash()),
            Fate::FailedAndLate(late) => {
                drop(self.later(name, late, work));
                say("500, and done later");
                return Err(failed());
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.world.pause(Duration::from_millis(50)).await;
            say(&format!("{refusal}, and not done"));
            return Err(refusal);
        }
        let delay = match fate {
            Fate::Late(late) => late,
            _ => self.world.time_below(Duration::from_millis(50)),
        };
        let done = self.later(name, delay, work);
        let Some(done) = call.deadline.work(done).await else { return Err(unanswered()) };
        if let Fate::SlowAnswer(slow) = fate
            && call.deadline.work(tokio::time::sleep(slow)).await.is_none()
        {
            return Err(unanswered());
        }
        let lost = match fate {
            Fate::DoneAndFailed => failed(),
            Fate::DoneAndClash => clash(),
            Fate::Unanswered => unanswered(),
            _ => return done.expect("the work does not panic"),
        };
        say(&format!("{lost}, after all"));
        Err(lost)
    }

    fn later<T: Send + 'static>(
        &self,
        name: &'static str,
        delay: Duration,
        work: impl FnOnce(&FakeCalendar) -> Result<T, CalendarError> + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<T, CalendarError>> {
        let (calendar, (caller, _)) = (self.clone(), self.caller());
        self.world.history.calendar_open_until(caller, now() + delay);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let result = work(&calendar);
            let how = if result.is_ok() { "done" } else { "refused" };
            calendar.world.say(|| format!("  graph {name}: {how} after {delay:?}"));
            result
        })
    }

    fn caller(&self) -> (Number, Key) {
        self.caller.expect("a call uses it")
    }

    fn position(&self, id: &EventId) -> Result<usize, CalendarError> {
        self.entries().iter().position(|entry| entry.live && entry.id == *id).ok_or(CalendarError::EventNotFound)
    }

    /// The event that a transaction made before, where the service remembers. It forgets none of an event that was not found
    /// by its marker from the start: for every event one of the two safeguards holds.
    fn remembered(&self, transaction: Uuid) -> Option<EventId> {
        let entries = self.entries();
        let made: Vec<&Entry> = entries.iter().filter(|entry| entry.transaction == transaction).collect();
        let known = made.iter().find(|entry| entry.live).or(made.first())?;
        (!self.world.weather().forgets || known.visible > known.created).then(|| known.id.clone())
    }
}

fn failed() -> CalendarError {
    CalendarError::Failed { cause: "500".to_owned(), retry_after: None }
}

fn clash() -> CalendarError {
    CalendarError::Inconclusive { cause: "409".to_owned() }
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
        let (subject, marker) = (meeting.subject.clone(), marker.clone());
        let waiting = Arc::new(());
        let awaited = Arc::downgrade(&waiting);
        let request = self.request(call, "create", move |calendar| {
            let (world, (caller, key)) = (&calendar.world, calendar.caller());
            if let Some(known) = calendar.remembered(transaction) {
                if world.weather().duplicate_error {
                    let existing = (world.below(2) == 0).then(|| EventId(format!("{MUTABLE}{}", known.0)));
                    return Err(CalendarError::DuplicateTransaction { existing });
                }
                return Ok(WrittenEvent { id: known, online: false });
            }
            let mut entries = calendar.entries();
            let id = EventId(format!("event-{}", entries.len()));
            world.say(|| format!("  calendar: {} appears, {subject}", id.0));
            let content = subject.rsplit_once('/').and_then(|(_, content)| content.parse().ok()).expect("a content");
            let given_up = awaited.upgrade().is_none();
            world.history.appears(caller, &id.0, content, transaction, given_up);
            let (created, visible) = (now(), now() + world.weather().filter_lag);
            entries.push(Entry {
                id: id.clone(),
                key,
                content,
                marker,
                transaction,
                subject,
                created,
                visible,
                live: true,
            });
            Ok(WrittenEvent { id, online: false })
        });
        let answer = request.await;
        drop(waiting);
        answer
    }

    async fn read(&self, call: &CallContext, _: &EmailAddress, id: &EventId) -> Result<Event, CalendarError> {
        let id = EventId(id.0.strip_prefix(MUTABLE).unwrap_or(&id.0).to_owned());
        self.request(call, "read", move |calendar| {
            let place = calendar.position(&id)?;
            calendar.world.history.is_read(calendar.caller().0, &id.0);
            Ok(Event {
                id,
                subject: calendar.entries()[place].subject.clone(),
                body: String::new(),
                location: String::new(),
                span: None,
                start: now(),
                end: now(),
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
                calendar.world.history.is_changed(calendar.caller().0, &id.0, &subject);
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
            calendar.entries()[place].live = false;
            calendar.world.history.disappears(Doer::Call(calendar.caller().0), &id.0);
            Ok(())
        })
        .await
    }

    async fn find(&self, call: &CallContext, _: &EmailAddress, marker: &Marker) -> Result<Vec<EventId>, CalendarError> {
        let marker = marker.clone();
        self.request(call, "find", move |calendar| {
            let entries = calendar.entries();
            let found = entries.iter().filter(|entry| entry.live && entry.marker == marker && entry.visible <= now());
            let mut found: Vec<_> = found.map(|entry| (entry.created, entry.id.clone())).collect();
            found.sort();
            Ok(found.into_iter().map(|(_, id)| id).collect())
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
