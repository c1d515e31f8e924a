//! A calendar service with attendees, whose copies a person can decline, whose organizer can move and delete events, and whose
//! free/busy is behind.

mod entry;
mod network;
mod service;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    CallContext,
    calendar::{Calendar, CalendarError, CalendarView, Reply, Request},
    domain::{BusyEntry, EmailAddress, TimeSpan},
};
use futures_util::future::join_all;

pub use entry::Entry;
pub use network::Fate;

use crate::world::{World, now};

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
