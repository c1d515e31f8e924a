//! A calendar service with attendees, whose copies a person can decline, whose organizer can move and delete events, and whose
//! free/busy is behind.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    CallContext,
    calendar::{Calendar, CalendarError, CalendarView, Event, EventAttendee, Reply, Request, Response, WrittenEvent},
    domain::{BusyEntry, BusyStatus, EmailAddress, EventId, EventUid, Marker, TimeSpan},
};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::world::{World, now};

/// An event.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EventId,
    pub organizer: EmailAddress,
    pub attendees: Vec<(EmailAddress, Response)>,
    pub span: TimeSpan,
    pub tentative: bool,
    pub subject: String,
    pub live: bool,
    /// Whether a person gave it its time. What people do is not held against Convene.
    pub moved_by_person: bool,
    /// What the attendees were told when it was deleted.
    pub comment: Option<String>,
    marker: Marker,
    transaction: Uuid,
    created: DateTime<Utc>,
    /// From when on it is found by its marker.
    visible: DateTime<Utc>,
}

impl Entry {
    /// Whose time it takes: the organizer's, and that of all who are invited and have not declined.
    pub fn takes_time_of(&self) -> BTreeSet<EmailAddress> {
        let invited = self.attendees.iter().filter(|(_, response)| *response != Response::Declined);
        invited.map(|(address, _)| address.clone()).chain([self.organizer.clone()]).collect()
    }

    fn status_for(&self, mailbox: &EmailAddress, adds_invitations: bool) -> Option<BusyStatus> {
        if *mailbox == self.organizer {
            return Some(if self.tentative { BusyStatus::Tentative } else { BusyStatus::Busy });
        }
        let (_, response) = self.attendees.iter().find(|(address, _)| address == mailbox)?;
        match response {
            Response::Accepted => Some(BusyStatus::Busy),
            Response::Declined => None,
            _ => adds_invitations.then_some(BusyStatus::Tentative),
        }
    }
}

/// All events as they were from a time on.
type Snapshot = (DateTime<Utc>, Vec<Entry>);

/// What happened in the calendars, as the check sees it.
pub type Watch = Arc<dyn Fn(&[Entry]) + Send + Sync>;

/// One calendar service.
#[derive(Clone)]
pub struct BookingCalendar {
    pub world: World,
    entries: Arc<Mutex<Vec<Entry>>>,
    /// The state of all calendars at each time that they changed.
    past: Arc<Mutex<Vec<Snapshot>>>,
    /// By how much free/busy is behind.
    lag: Duration,
    /// Whether invitations show in the calendars of those who have not answered.
    adds_invitations: bool,
    watch: Watch,
    script: Arc<Mutex<VecDeque<(&'static str, Fate)>>>,
    /// What the calendars show besides events of bookings.
    others: Arc<Mutex<Vec<(EmailAddress, BusyEntry)>>>,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Fine,
    /// It is carried out so much later, even if its sender has died.
    Late(Duration),
    Throttled,
    Failed,
    DoneAndFailed,
    Unanswered,
    /// 500, and it is done so much later.
    FailedAndLate(Duration),
    NeverArrives,
    /// As `NeverArrives`, and the sender waits for an answer as long as it can.
    Swallowed,
    /// The event is denied, although it is there.
    EventUnknown,
}

impl BookingCalendar {
    pub fn new(world: World, lag: Duration, adds_invitations: bool, watch: Watch) -> Self {
        let (script, others) = (Arc::default(), Arc::default());
        Self { world, entries: Arc::default(), past: Arc::default(), lag, adds_invitations, watch, script, others }
    }

    /// Decides what becomes of the next request of a kind.
    pub fn script(&self, request: &'static str, fate: Fate) {
        self.script.lock().expect("not poisoned").push_back((request, fate));
    }

    /// Whether anything that was scripted has not happened.
    pub fn is_scripted(&self) -> bool {
        !self.script.lock().expect("not poisoned").is_empty()
    }

    /// Puts something else into a calendar.
    pub fn put(&self, mailbox: EmailAddress, entry: BusyEntry) {
        self.others.lock().expect("not poisoned").push((mailbox, entry));
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().expect("not poisoned")
    }

    /// The live events.
    pub fn live(&self) -> Vec<Entry> {
        self.entries().iter().filter(|entry| entry.live).cloned().collect()
    }

    /// All events, those that were deleted too.
    pub fn all(&self) -> Vec<Entry> {
        self.entries().clone()
    }

    /// Changes an event, and notes what all calendars are like afterwards.
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        let mut entries = self.entries();
        let result = work(&mut entries);
        self.past.lock().expect("not poisoned").push((now(), entries.clone()));
        (self.watch)(&entries);
        result
    }

    /// A person does something to one of the live events.
    pub fn person(&self, what: &str, act: impl FnOnce(&mut Entry)) -> bool {
        let live = self.live();
        if live.is_empty() {
            return false;
        }
        let chosen = usize::try_from(self.world.below(live.len() as u64)).expect("few");
        self.person_at(chosen, what, act);
        true
    }

    /// A person does something to the live event of this index.
    pub fn person_at(&self, index: usize, what: &str, act: impl FnOnce(&mut Entry)) {
        let chosen = &self.live()[index].id;
        self.world.say(|| format!("a person: {what} {}", chosen.0));
        self.with(|entries| act(entries.iter_mut().find(|entry| entry.id == *chosen).expect("it is there")));
    }

    fn fate(&self, request: &Request) -> Fate {
        let scripted = {
            let mut script = self.script.lock().expect("not poisoned");
            let place = script.iter().position(|(name, _)| brief(request).starts_with(name));
            place.and_then(|place| script.remove(place))
        };
        if let Some((name, fate)) = scripted {
            self.world.say(|| format!("  script {name}: {fate:?}"));
            return fate;
        }
        if !self.world.fault() {
            return Fate::Fine;
        }
        let late = self.world.time_below(Duration::from_secs(75));
        let lands_late = self.world.weather().late_landing;
        match self.world.below(if lands_late { 7 } else { 5 }) {
            0 => Fate::Throttled,
            1 => Fate::Failed,
            2 => Fate::NeverArrives,
            3 => Fate::DoneAndFailed,
            4 => Fate::Unanswered,
            5 => Fate::FailedAndLate(late),
            _ => Fate::Late(late),
        }
    }

    async fn send(&self, call: &CallContext, request: Request) -> Result<Reply, CalendarError> {
        if call.deadline.remaining().is_zero() {
            return Err(CalendarError::NotSent { cause: "deadline".to_owned(), timed_out: true });
        }
        call.count_graph_call();
        let failed = || CalendarError::Failed { cause: "500".to_owned(), retry_after: None };
        let unanswered = || CalendarError::NoAnswer { cause: "lost".to_owned() };
        let (delay, instead) = match self.fate(&request) {
            Fate::Fine => (self.world.time_below(Duration::from_millis(50)), None),
            Fate::Late(late) => (late, None),
            Fate::Throttled => return Err(CalendarError::Throttled { retry_after: None }),
            Fate::Failed => return Err(failed()),
            Fate::NeverArrives => return Err(unanswered()),
            Fate::Swallowed => {
                call.deadline.work(std::future::pending::<()>()).await;
                return Err(unanswered());
            }
            Fate::EventUnknown => return Err(CalendarError::EventNotFound),
            Fate::DoneAndFailed => (Duration::ZERO, Some(failed())),
            Fate::Unanswered => (Duration::ZERO, Some(unanswered())),
            Fate::FailedAndLate(late) => {
                drop(self.later(late, request));
                return Err(failed());
            }
        };
        let Some(done) = call.deadline.work(self.later(delay, request)).await else { return Err(unanswered()) };
        instead.map_or_else(|| done.expect("it does not panic"), Err)
    }

    fn later(&self, delay: Duration, request: Request) -> tokio::task::JoinHandle<Result<Reply, CalendarError>> {
        let calendar = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let reply = calendar.carry_out(&request);
            calendar.world.say(|| format!("  graph {}: {}", brief(&request), answer(&reply)));
            reply
        })
    }

    fn carry_out(&self, request: &Request) -> Result<Reply, CalendarError> {
        match request {
            Request::Create { event, transaction_id, marker } => {
                let weather = self.world.weather();
                let known = self.entries().iter().find(|entry| entry.transaction == *transaction_id).cloned();
                if let Some(known) = known.filter(|known| !weather.forgets || known.visible > known.created) {
                    if weather.duplicate_error || !known.live {
                        return Err(CalendarError::DuplicateTransaction { existing: Some(known.id) });
                    }
                    return Ok(Reply::Written(written(&known)));
                }
                let attendees = event.attendees.iter().filter_map(|attendee| {
                    attendee.address.as_written().parse().ok().map(|address| (address, Response::None))
                });
                let entry = Entry {
                    id: EventId(format!("event-{}", self.entries().len())),
                    organizer: event.organizer.clone(),
                    attendees: attendees.collect(),
                    span: event.span,
                    tentative: event.tentative,
                    subject: event.subject.to_string(),
                    live: true,
                    moved_by_person: false,
                    comment: None,
                    marker: marker.clone(),
                    transaction: *transaction_id,
                    created: now(),
                    visible: now() + weather.filter_lag,
                };
                self.with(|entries| entries.push(entry.clone()));
                Ok(Reply::Written(written(&entry)))
            }
            Request::Read { mailbox, event, .. } => {
                let entry = self.find_live(mailbox, event)?;
                Ok(Reply::Event(Box::new(shown(&entry))))
            }
            Request::Change { mailbox, event, change, .. } => {
                self.find_live(mailbox, event)?;
                self.with(|entries| {
                    let entry = entries.iter_mut().find(|entry| entry.id == *event).expect("it is there");
                    if let (Some(start), Some(end)) = (change.start, change.end) {
                        entry.span = TimeSpan::new(start, end).expect("a span");
                        entry.moved_by_person = false;
                        // Everybody is asked anew.
                        entry.attendees.iter_mut().for_each(|(_, response)| *response = Response::None);
                    }
                    if let Some(tentative) = change.tentative {
                        entry.tentative = tentative;
                    }
                    if let Some(subject) = &change.subject {
                        entry.subject = subject.to_string();
                    }
                    for attendee in change.attendees.iter().flatten() {
                        let address: EmailAddress = attendee.address.as_written().parse().expect("an address");
                        if !entry.attendees.iter().any(|(known, _)| *known == address) {
                            entry.attendees.push((address, Response::None));
                        }
                    }
                    Ok(Reply::Written(written(entry)))
                })
            }
            Request::Delete { mailbox, event, comment } => {
                self.find_live(mailbox, event)?;
                self.with(|entries| {
                    let entry = entries.iter_mut().find(|entry| entry.id == *event).expect("it is there");
                    entry.live = false;
                    entry.comment = comment.as_deref().map(str::to_owned);
                });
                Ok(Reply::Done)
            }
            Request::Find { mailbox, marker } => {
                let entries = self.entries();
                let is_it = |entry: &&Entry| {
                    entry.live && entry.organizer == *mailbox && entry.marker == *marker && entry.visible <= now()
                };
                let mut found: Vec<_> = entries.iter().filter(is_it).map(|e| (e.created, e.id.clone())).collect();
                found.sort();
                Ok(Reply::Found(found.into_iter().map(|(_, id)| id).collect()))
            }
            Request::CheckMailbox { .. } => Ok(Reply::Done),
        }
    }

    fn find_live(&self, mailbox: &EmailAddress, event: &EventId) -> Result<Entry, CalendarError> {
        let entries = self.entries();
        let found = entries.iter().find(|entry| entry.live && entry.organizer == *mailbox && entry.id == *event);
        found.cloned().ok_or(CalendarError::EventNotFound)
    }

    fn busy(&self, entries: &[Entry], mailbox: &EmailAddress, except: Option<&EventUid>) -> Vec<BusyEntry> {
        let live = entries.iter().filter(|entry| entry.live && Some(&uid(entry)) != except);
        let entries = live.filter_map(|entry| {
            let status = entry.status_for(mailbox, self.adds_invitations)?;
            Some(BusyEntry { span: entry.span, status })
        });
        let others = self.others.lock().expect("not poisoned");
        let others = others.iter().filter(|(whose, _)| whose == mailbox).map(|(_, entry)| *entry);
        entries.chain(others).collect()
    }
}

#[async_trait]
impl Calendar for BookingCalendar {
    async fn execute(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        join_all(requests.into_iter().map(|request| self.send(call, request))).await
    }

    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        _window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        call.count_graph_call();
        self.world.pause(Duration::from_millis(50)).await;
        if self.world.fault() && self.world.below(4) == 0 {
            return mailboxes.iter().map(|_| Err(CalendarError::Throttled { retry_after: None })).collect();
        }
        let seen = now() - self.lag;
        let past = self.past.lock().expect("not poisoned");
        let state = past.iter().rev().find(|(time, _)| *time <= seen).map_or(&[][..], |(_, entries)| entries);
        mailboxes.iter().map(|mailbox| Ok(self.busy(state, mailbox, None))).collect()
    }

    async fn calendar_views(
        &self,
        call: &CallContext,
        views: &[CalendarView],
        _window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        call.count_graph_call();
        self.world.pause(Duration::from_millis(50)).await;
        if self.world.fault() && self.world.below(4) == 0 {
            return views.iter().map(|_| Err(CalendarError::Throttled { retry_after: None })).collect();
        }
        let entries = self.entries().clone();
        views.iter().map(|view| Ok(self.busy(&entries, &view.mailbox, view.except.as_ref()))).collect()
    }
}

fn uid(entry: &Entry) -> EventUid {
    EventUid(format!("uid-{}", entry.id.0))
}

fn written(entry: &Entry) -> WrittenEvent {
    let times = Some((entry.span.start(), entry.span.end()));
    WrittenEvent { id: entry.id.clone(), uid: Some(uid(entry)), times, online: false, link_lost: false }
}

fn shown(entry: &Entry) -> Event {
    let attendee = |(address, response): &(EmailAddress, Response)| EventAttendee {
        address: address.as_written().to_owned(),
        required: true,
        response: *response,
    };
    Event {
        id: entry.id.clone(),
        uid: Some(uid(entry)),
        subject: entry.subject.clone(),
        body: String::new(),
        location: String::new(),
        times: Some((entry.span.start(), entry.span.end())),
        attendees: entry.attendees.iter().map(attendee).collect(),
        tentative: entry.tentative,
        online: false,
        link_lost: false,
    }
}

fn brief(request: &Request) -> String {
    match request {
        Request::Create { event, .. } => format!("create {} at {}", &*event.subject, event.span.start()),
        Request::Read { event, .. } => format!("read {}", event.0),
        Request::Change { event, change, .. } => format!("change {} to {:?}", event.0, change.start),
        Request::Delete { event, .. } => format!("delete {}", event.0),
        Request::Find { mailbox, .. } => format!("find in {mailbox:?}"),
        Request::CheckMailbox { .. } => "check".to_owned(),
    }
}

fn answer(reply: &Result<Reply, CalendarError>) -> String {
    match reply {
        Ok(Reply::Written(written)) => written.id.0.clone(),
        Ok(Reply::Event(event)) => format!("{:?} {:?}", event.times, event.attendees.len()),
        Ok(Reply::Found(found)) => format!("{found:?}"),
        Ok(Reply::Done) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}
