//! A calendar service with Graph's semantics and Graph's bad days. Nothing but the product keeps tenants and ids apart:
//! all have the same mailboxes.

mod network;
mod service;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::{DateTime, Utc};
use convene::{
    calendar::{CalendarError, Request},
    domain::{EmailAddress, EventId, Marker},
};
use uuid::Uuid;

use crate::{
    history::{Deed, Doer, Key, Number, Place},
    world::{World, now},
};

pub use network::Fate;

/// Before an id of the kind that changes when the event moves: it does to read an event by, and to put nothing on record.
const MUTABLE: &str = "mutable ";

/// An event in a calendar.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EventId,
    pub place: Place,
    pub content: u64,
    pub marker: Marker,
    pub transaction: Uuid,
    pub subject: String,
    pub created: DateTime<Utc>,
    /// From when on it is found by its marker.
    pub visible: DateTime<Utc>,
    pub live: bool,
    /// Whether the service has said that it is not there, although it was.
    pub denied: bool,
}

/// Sees what is about to be asked.
pub type Watch = Arc<dyn Fn(&Request) + Send + Sync>;

/// One calendar service.
#[derive(Clone)]
pub struct FakeCalendar {
    world: World,
    entries: Arc<Mutex<Vec<Entry>>>,
    /// The mailboxes that the organization does not have at the moment.
    away: Arc<Mutex<BTreeSet<usize>>>,
    script: Arc<Mutex<VecDeque<(&'static str, Fate)>>>,
    caller: Option<(Number, Key)>,
    /// What becomes of all requests that are made together.
    shared_fate: Option<Fate>,
    watch: Option<Watch>,
}

impl FakeCalendar {
    pub fn new(world: World) -> Self {
        let (entries, away, script) = (Arc::default(), Arc::default(), Arc::default());
        Self { world, entries, away, script, caller: None, shared_fate: None, watch: None }
    }

    /// The service, as a call uses it.
    pub fn used_by(&self, caller: Number, key: Key) -> Self {
        Self { caller: Some((caller, key)), ..self.clone() }
    }

    /// The service, with a watch that sees each request.
    pub fn watched_by(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Every event that ever was, to look at or to tamper with.
    pub fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().expect("not poisoned")
    }

    /// The live events at a place.
    pub fn live(&self, place: Place) -> Vec<Entry> {
        self.entries().iter().filter(|entry| entry.live && entry.place == place).cloned().collect()
    }

    /// A person deletes the first live event in Outlook, behind our back. Tells which, if there is one.
    pub fn delete_in_outlook(&self) -> Option<EventId> {
        self.delete_in_outlook_at(|_| true)
    }

    /// A person deletes the first live event at such a place.
    pub fn delete_in_outlook_at(&self, such: impl Fn(Place) -> bool) -> Option<EventId> {
        let id = self.entries().iter_mut().find(|entry| entry.live && such(entry.place)).map(|entry| {
            entry.live = false;
            entry.id.clone()
        })?;
        self.world.say(|| format!("Outlook deletes {}", id.0));
        self.world.history.disappears(Doer::Person, &id.0);
        Some(id)
    }

    /// The organization loses a mailbox, or has it again. What is in it stays.
    pub fn send_away(&self, mailbox: usize, away: bool) {
        let mut all = self.away.lock().expect("not poisoned");
        if if away { all.insert(mailbox) } else { all.remove(&mailbox) } {
            self.world.say(|| format!("mailbox {mailbox} is {}", if away { "away" } else { "back" }));
            self.world.history.is_away(mailbox, away);
        }
    }

    fn mailbox(&self, mailbox: usize) -> Result<(), CalendarError> {
        let away = self.away.lock().expect("not poisoned").contains(&mailbox);
        if away { Err(CalendarError::MailboxNotFound) } else { Ok(()) }
    }

    /// Where the live event of a request is. One that is there may be denied, but only once, and not while the marker's index
    /// does not show it: two witnesses are not wrong at a time.
    fn position(&self, deed: Deed, id: &EventId) -> Result<usize, CalendarError> {
        let is_it = |entry: &Entry| entry.live && entry.place.mailbox == deed.place.mailbox && entry.id == *id;
        let mut entries = self.entries();
        let place = entries.iter().position(is_it).ok_or(CalendarError::EventNotFound)?;
        let entry = &mut entries[place];
        if deed.denies_event && !entry.denied && entry.visible <= now() {
            entry.denied = true;
            self.world.note("an event that is there is denied");
            return Err(CalendarError::EventNotFound);
        }
        Ok(place)
    }

    /// The event that a transaction made before, where the service remembers. It forgets none of an event that was not found
    /// by its marker from the start: for every event one of the two safeguards holds.
    fn remembered(&self, mailbox: usize, transaction: Uuid) -> Option<EventId> {
        let entries = self.entries();
        let is_its = |entry: &&Entry| entry.place.mailbox == mailbox && entry.transaction == transaction;
        let made: Vec<&Entry> = entries.iter().filter(is_its).collect();
        let known = made.iter().find(|entry| entry.live).or(made.first())?;
        (!self.world.weather().forgets || known.visible > known.created).then(|| known.id.clone())
    }
}

/// The address of a mailbox.
pub fn address(mailbox: usize) -> EmailAddress {
    format!("mailbox{mailbox}@contoso.com").parse().expect("a valid address")
}

/// The mailbox that has an address, however that is written.
pub fn mailbox_of(address: &EmailAddress) -> usize {
    let folded = address.folded();
    let number = folded.strip_prefix("mailbox").and_then(|rest| rest.strip_suffix("@contoso.com"));
    number.and_then(|number| number.parse().ok()).expect("one of ours")
}
