//! One mailbox's events, found by key, time, transaction, extended property and `iCalUId`, and as they were a while ago.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Instant;
use crate::ids;
use crate::model::{Event, EventKey, Folder};
use crate::options::Mailbox;
use crate::{meetings, series, zones};

/// How far back a lagging view can look, and how many changes are kept for it at most.
const HISTORY: (TimeDelta, usize) = (TimeDelta::minutes(10), 50_000);

/// Another calendar of a mailbox than its default one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OtherCalendar {
    pub(crate) number: u32,
    pub(crate) name: String,
}

/// A mailbox: its default calendar, its other calendars and its inbox.
pub(crate) struct Calendar {
    pub(crate) directory: String,
    pub(crate) info: Mailbox,
    pub(crate) guid: Uuid,
    pub(crate) others: Vec<OtherCalendar>,
    pub(crate) events: BTreeMap<EventKey, Arc<Event>>,
    /// What was deleted, as far as it is to be known.
    pub(crate) deleted: BTreeMap<EventKey, Arc<Event>>,
    /// Of the default calendar, all but series.
    by_start: BTreeSet<(Instant, EventKey)>,
    /// Of the default calendar.
    series: BTreeSet<EventKey>,
    /// The longest event ever held: how far before a window its events can start.
    longest: TimeDelta,
    by_transaction: HashMap<String, EventKey>,
    by_property: HashMap<(String, String), BTreeSet<EventKey>>,
    by_ical_uid: HashMap<String, EventKey>,
    /// What stood where before each recent change.
    history: VecDeque<(Instant, EventKey, Option<Arc<Event>>)>,
    address: String,
}

impl Calendar {
    pub(crate) fn new(directory: &str, info: Mailbox, generation: u32) -> Self {
        Self {
            guid: ids::mailbox_id(directory, &info.address, generation),
            directory: directory.to_owned(),
            address: info.address.to_lowercase(),
            info,
            others: Vec::new(),
            events: BTreeMap::new(),
            deleted: BTreeMap::new(),
            by_start: BTreeSet::new(),
            series: BTreeSet::new(),
            longest: TimeDelta::zero(),
            by_transaction: HashMap::new(),
            by_property: HashMap::new(),
            by_ical_uid: HashMap::new(),
            history: VecDeque::new(),
        }
    }

    /// The address in lower case, as the database keys it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where the mailbox is. A name that is none of a zone is taken for UTC.
    pub(crate) fn zone(&self) -> Tz {
        zones::find(&self.info.time_zone).unwrap_or(Tz::UTC)
    }

    pub(crate) fn name(&self) -> &str {
        if self.info.display_name.is_empty() { &self.info.address } else { &self.info.display_name }
    }

    /// Takes in an event that is stored already.
    pub(super) fn load(&mut self, event: Arc<Event>) {
        self.index(&event);
        self.events.insert(event.key, event);
    }

    /// Changes one event and answers what was there.
    pub(super) fn apply(&mut self, key: EventKey, event: Option<Arc<Event>>, now: Instant) -> Option<Arc<Event>> {
        let previous = self.events.remove(&key);
        if let Some(previous) = &previous {
            self.unindex(previous);
        }
        if let Some(event) = event {
            self.index(&event);
            self.events.insert(key, event);
        }
        self.history.push_back((now, key, previous.clone()));
        while self.history.len() > HISTORY.1 || self.history.front().is_some_and(|(at, ..)| now - *at > HISTORY.0) {
            self.history.pop_front();
        }
        previous
    }

    fn index(&mut self, event: &Arc<Event>) {
        if event.folder != Folder::Calendar {
            // The few items elsewhere need no index.
        } else if event.series.is_some() {
            self.series.insert(event.key);
        } else {
            self.by_start.insert((event.start, event.key));
            self.longest = self.longest.max(event.end - event.start);
        }
        self.by_ical_uid.insert(event.ical_uid.clone(), event.key);
        if let Some(transaction) = &event.transaction_id {
            // The first one keeps the name: what a repeat is answered with.
            self.by_transaction.entry(transaction.clone()).or_insert(event.key);
        }
        for property in &event.properties {
            self.by_property.entry(property_index(&property.id, &property.value)).or_default().insert(event.key);
        }
    }

    fn unindex(&mut self, event: &Event) {
        self.by_start.remove(&(event.start, event.key));
        self.series.remove(&event.key);
        if self.by_ical_uid.get(&event.ical_uid) == Some(&event.key) {
            self.by_ical_uid.remove(&event.ical_uid);
        }
        if let Some(transaction) = &event.transaction_id
            && self.by_transaction.get(transaction) == Some(&event.key)
        {
            self.by_transaction.remove(transaction);
        }
        for property in &event.properties {
            let index = property_index(&property.id, &property.value);
            if let Some(keys) = self.by_property.get_mut(&index) {
                keys.remove(&event.key);
                if keys.is_empty() {
                    self.by_property.remove(&index);
                }
            }
        }
    }

    pub(crate) fn with_transaction(&self, transaction: &str) -> Option<&Arc<Event>> {
        self.events.get(self.by_transaction.get(transaction)?)
    }

    pub(crate) fn with_ical_uid(&self, ical_uid: &str) -> Option<&Arc<Event>> {
        self.events.get(self.by_ical_uid.get(ical_uid)?)
    }

    /// Events that carry an extended property: its name counts by case, its value does not.
    pub(crate) fn with_property(&self, id: &str, value: &str) -> Vec<Arc<Event>> {
        let keys = self.by_property.get(&property_index(id, value));
        keys.into_iter().flatten().filter_map(|key| self.events.get(key).cloned()).collect()
    }

    /// Events of the default calendar that overlap a window, by start.
    pub(crate) fn overlapping(&self, start: Instant, end: Instant) -> Vec<Arc<Event>> {
        let from = start.checked_sub_signed(self.longest).unwrap_or(start);
        let single = self.by_start.range((from, EventKey::MIN)..(end, EventKey::MIN)).map(|(_, key)| key);
        let events = single.chain(&self.series).filter_map(|key| self.events.get(key));
        let mut events: Vec<_> = events.flat_map(|event| series::overlapping(event, start, end)).collect();
        events.sort_by_key(|event| (event.start, event.key));
        events
    }

    /// Events of a folder that overlap a window, by start.
    pub(crate) fn overlapping_in(&self, folder: Folder, start: Instant, end: Instant) -> Vec<Arc<Event>> {
        if folder == Folder::Calendar {
            return self.overlapping(start, end);
        }
        let events = self.events.values().filter(|event| event.folder == folder);
        let mut events: Vec<_> = events.flat_map(|event| series::overlapping(event, start, end)).collect();
        events.sort_by_key(|event| (event.start, event.key));
        events
    }

    /// Events of the default calendar that overlapped a window at an earlier instant, by start.
    pub(crate) fn overlapping_as_of(&self, start: Instant, end: Instant, at: Instant) -> Vec<Arc<Event>> {
        // Walking backwards, the last entry seen of an event is what stood there before its first change since.
        let mut before: HashMap<EventKey, Option<&Arc<Event>>> = HashMap::new();
        for (when, key, previous) in self.history.iter().rev() {
            if *when <= at {
                break;
            }
            before.insert(*key, previous.as_ref());
        }
        let mut events = self.overlapping(start, end);
        events.retain(|event| !before.contains_key(&event.key));
        let before = before.into_values().flatten().filter(|event| event.folder == Folder::Calendar);
        events.extend(before.flat_map(|event| series::overlapping(event, start, end)));
        events.sort_by_key(|event| (event.start, event.key));
        events
    }

    /// The invitations that wait in the inbox, by start.
    pub(crate) fn invitations(&self) -> Vec<Arc<Event>> {
        let mut events: Vec<_> = self.events.values().filter(|event| event.folder == Folder::Inbox).cloned().collect();
        events.sort_by_key(|event| (event.start, event.key));
        events
    }

    /// The events as they are if the mailbox is in this zone: days stay the same days. Only those that differ.
    pub(super) fn moved_to(&self, zone: Tz) -> Vec<Event> {
        let all_day = self.events.values().filter(|event| event.days.is_some());
        let moved = all_day.filter_map(|event| {
            let mut moved = Event::clone(event);
            meetings::in_zone(&mut moved, zone);
            ((moved.start, moved.end) != (event.start, event.end)).then_some(moved)
        });
        moved.collect()
    }

    /// The last event that starts before an instant.
    pub(crate) fn last_before(&self, at: Instant) -> Option<&Arc<Event>> {
        self.by_start.range(..(at, EventKey::MIN)).rev().find_map(|(_, key)| self.events.get(key))
    }

    /// The first event that starts at an instant or after it.
    pub(crate) fn next_after(&self, at: Instant) -> Option<&Arc<Event>> {
        self.by_start.range((at, EventKey::MIN)..).find_map(|(_, key)| self.events.get(key))
    }
}

fn property_index(id: &str, value: &str) -> (String, String) {
    (normal_property_id(id), value.to_lowercase())
}

/// The GUID in an id counts in any case, the name after it does not.
pub(crate) fn normal_property_id(id: &str) -> String {
    match (id.find('{'), id.find('}')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}{}", &id[..open], id[open..close].to_ascii_lowercase(), &id[close..])
        }
        _ => id.to_owned(),
    }
}
