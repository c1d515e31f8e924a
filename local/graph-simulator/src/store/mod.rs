//! Everything the simulator remembers: an index in memory, every change written through to `SQLite`.
//!
//! One lock guards it all. Operations under it take microseconds, and a double whose answers depended on the
//! interleaving of its own locks would test itself.

mod calendar;
mod sqlite;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use chrono_tz::Tz;

pub(crate) use self::calendar::{Calendar, OtherCalendar, normal_property_id};
use self::sqlite::Database;
use crate::clock::Instant;
use crate::error::{Error, GraphError};
use crate::model::{Event, EventKey, Person};
use crate::options::{App, Directory, Mailbox};
use crate::tokens::Tokens;

/// Names a mailbox while the process lives.
pub(crate) type MailboxKey = usize;

/// One change to a calendar: an event put in place of what was there, or taken away.
pub(crate) struct Write {
    pub(crate) mailbox: MailboxKey,
    pub(crate) key: EventKey,
    pub(crate) event: Option<Arc<Event>>,
}

impl Write {
    pub(crate) fn put(mailbox: MailboxKey, event: Event) -> Self {
        Self { mailbox, key: event.key, event: Some(Arc::new(event)) }
    }

    pub(crate) const fn delete(mailbox: MailboxKey, key: EventKey) -> Self {
        Self { mailbox, key, event: None }
    }
}

/// A directory: who may call, and which mailboxes it has by lower-case address.
#[derive(Default)]
pub(crate) struct DirectoryState {
    pub(crate) domains: Vec<String>,
    pub(crate) apps: Vec<App>,
    pub(crate) mailboxes: BTreeMap<String, MailboxKey>,
}

pub(crate) struct World {
    database: Database,
    pub(crate) directories: BTreeMap<String, DirectoryState>,
    pub(crate) calendars: BTreeMap<MailboxKey, Calendar>,
    pub(crate) tokens: Tokens,
    /// Transactions of deleted events, by mailbox: what a long memory would still refuse.
    pub(crate) retired_transactions: HashMap<(MailboxKey, String), EventKey>,
    /// How often a mailbox was removed: one that is made anew has other ids.
    generations: HashMap<(String, String), u32>,
    next_mailbox: MailboxKey,
    next_event: EventKey,
}

impl World {
    pub(crate) fn open(path: Option<&Path>, directories: Vec<Directory>) -> Result<Self, Error> {
        let database = Database::open(path)?;
        let stored = database.load()?;
        let mut world = Self {
            database,
            directories: BTreeMap::new(),
            calendars: BTreeMap::new(),
            tokens: Tokens::new(stored.access_tokens, stored.refresh_tokens),
            retired_transactions: HashMap::new(),
            generations: stored.generations,
            next_mailbox: 0,
            next_event: 1,
        };
        let mut stored_mailboxes = stored.mailboxes;
        for directory in directories {
            if directory.id.is_empty() {
                return Err(Error::Options("a directory without an id".into()));
            }
            let id = directory.id.to_ascii_lowercase();
            let state = world.directories.entry(id.clone()).or_default();
            state.domains.extend(directory.domains);
            state.apps.extend(directory.apps.iter().cloned());
            for mailbox in directory.mailboxes {
                stored_mailboxes.retain(|(d, m)| *d != id || !m.address.eq_ignore_ascii_case(&mailbox.address));
                world.add_mailbox(&id, mailbox)?;
            }
            for app in directory.apps {
                if let Some(delegated) = app.delegated {
                    world.seed_refresh_token(&id, &app.client_id, &delegated.user, &delegated.refresh_token)?;
                }
            }
        }
        // Mailboxes added while a former process ran. What belongs to a directory that is not named stays where it is.
        for (directory, mailbox) in stored_mailboxes {
            if world.directories.contains_key(&directory) {
                world.add_mailbox(&directory, mailbox)?;
            }
        }
        for (directory, address, other) in stored.calendars {
            if let Some(mailbox) = world.mailbox(&directory, &address)
                && let Some(calendar) = world.calendars.get_mut(&mailbox)
            {
                calendar.others.push(other);
            }
        }
        for (directory, address, event) in stored.events {
            world.next_event = world.next_event.max(event.key + 1);
            if let Some(mailbox) = world.mailbox(&directory, &address)
                && let Some(calendar) = world.calendars.get_mut(&mailbox)
            {
                calendar.load(Arc::new(event));
            }
        }
        Ok(world)
    }

    /// Adds a mailbox. One that is there already keeps its events and gets these properties.
    pub(crate) fn add_mailbox(&mut self, directory: &str, info: Mailbox) -> Result<MailboxKey, Error> {
        if !info.address.contains('@') {
            return Err(Error::Options(format!("'{}' is no mail address", info.address)));
        }
        info.working_hours.check()?;
        let address = info.address.to_lowercase();
        self.database.put_mailbox(directory, &address, &info)?;
        let state = self.directories.entry(directory.to_owned()).or_default();
        if let Some(key) = state.mailboxes.get(&address).copied() {
            let mut moved = Vec::new();
            if let Some(calendar) = self.calendars.get_mut(&key) {
                calendar.info = info;
                moved = calendar.moved_to(calendar.zone());
            }
            let writes = moved.into_iter().map(|event| Write::put(key, event)).collect();
            self.commit(writes).map_err(|error| Error::Options(error.message))?;
            return Ok(key);
        }
        let key = self.next_mailbox;
        self.next_mailbox += 1;
        let generation = self.generations.get(&(directory.to_owned(), address.clone())).copied().unwrap_or_default();
        state.mailboxes.insert(address, key);
        self.calendars.insert(key, Calendar::new(directory, info, generation));
        Ok(key)
    }

    /// Adds a calendar to a mailbox, beside its default one.
    pub(crate) fn add_calendar(&mut self, mailbox: MailboxKey, name: &str) -> Result<OtherCalendar, GraphError> {
        let calendar = self.calendars.get_mut(&mailbox).ok_or_else(|| GraphError::invalid_user("removed"))?;
        let number = calendar.others.last().map_or(1, |last| last.number + 1);
        let other = OtherCalendar { number, name: name.to_owned() };
        let stored = self.database.put_calendar(&calendar.directory, calendar.address(), &other);
        stored.map_err(|error| GraphError::internal(&error))?;
        calendar.others.push(other.clone());
        Ok(other)
    }

    pub(crate) fn remove_mailbox(&mut self, directory: &str, address: &str) -> Result<bool, Error> {
        let address = address.to_lowercase();
        let Some(key) = self.directories.get_mut(directory).and_then(|d| d.mailboxes.remove(&address)) else {
            return Ok(false);
        };
        self.calendars.remove(&key);
        self.database.remove_mailbox(directory, &address)?;
        *self.generations.entry((directory.to_owned(), address)).or_default() += 1;
        Ok(true)
    }

    /// The directory with this id, or with this mail domain.
    pub(crate) fn directory(&self, name: &str) -> Option<(&str, &DirectoryState)> {
        let name = name.to_ascii_lowercase();
        if let Some((id, state)) = self.directories.get_key_value(&name) {
            return Some((id, state));
        }
        self.directories
            .iter()
            .find(|(_, state)| state.domains.iter().any(|d| d.eq_ignore_ascii_case(&name)))
            .map(|(id, state)| (id.as_str(), state))
    }

    /// A mailbox by its address or its object id, in one directory only.
    pub(crate) fn mailbox(&self, directory: &str, name: &str) -> Option<MailboxKey> {
        let state = self.directories.get(directory)?;
        let name = name.to_lowercase();
        state.mailboxes.get(&name).copied().or_else(|| {
            let guid = uuid::Uuid::parse_str(&name).ok()?;
            state.mailboxes.values().copied().find(|key| self.calendars.get(key).is_some_and(|c| c.guid == guid))
        })
    }

    /// A mailbox by address alone, as the page and `/simulator` name it.
    pub(crate) fn mailbox_anywhere(&self, address: &str) -> Option<MailboxKey> {
        let address = address.to_lowercase();
        self.directories.values().find_map(|d| d.mailboxes.get(&address).copied())
    }

    pub(crate) fn calendar(&self, mailbox: MailboxKey) -> Result<&Calendar, GraphError> {
        // Only a mailbox removed in the middle of a call is missing here.
        self.calendars.get(&mailbox).ok_or_else(|| GraphError::invalid_user("removed"))
    }

    pub(crate) fn person(&self, mailbox: MailboxKey) -> Person {
        self.calendars.get(&mailbox).map_or_else(
            || Person { name: String::new(), address: String::new() },
            |c| Person { name: c.name().to_owned(), address: c.info.address.clone() },
        )
    }

    /// The zone of a mailbox.
    pub(crate) fn zone(&self, mailbox: MailboxKey) -> Tz {
        self.calendars.get(&mailbox).map_or(Tz::UTC, Calendar::zone)
    }

    /// Keeps an event as a deleted item, which only its immutable id leads to. It is gone with the process.
    pub(crate) fn keep_deleted(&mut self, mailbox: MailboxKey, event: Event) {
        if let Some(calendar) = self.calendars.get_mut(&mailbox) {
            calendar.deleted.insert(event.key, Arc::new(event));
        }
    }

    pub(crate) fn new_key(&mut self) -> EventKey {
        let key = self.next_event;
        self.next_event += 1;
        key
    }

    /// Makes all changes or none of them.
    pub(crate) fn commit(&mut self, writes: Vec<Write>) -> Result<(), GraphError> {
        if writes.is_empty() {
            return Ok(());
        }
        self.database
            .write(writes.iter().filter_map(|w| {
                let calendar = self.calendars.get(&w.mailbox)?;
                Some((calendar.directory.as_str(), calendar.address(), w.key, w.event.as_deref()))
            }))
            .map_err(|error| GraphError::internal(&error))?;
        let now = Utc::now();
        for Write { mailbox, key, event } in writes {
            let Some(calendar) = self.calendars.get_mut(&mailbox) else {
                continue;
            };
            let gone = event.is_none();
            let previous = calendar.apply(key, event, now);
            if gone && let Some(transaction) = previous.and_then(|p| p.transaction_id.clone()) {
                self.retired_transactions.insert((mailbox, transaction), key);
            }
        }
        Ok(())
    }

    pub(crate) fn seed_refresh_token(
        &mut self,
        directory: &str,
        client: &str,
        user: &str,
        token: &str,
    ) -> Result<(), Error> {
        if let Some(grant) = self.tokens.seed_refresh(directory, client, user, token) {
            self.database.put_refresh_token(token, &grant)?;
        }
        Ok(())
    }

    pub(crate) fn issue_access(
        &mut self,
        directory: &str,
        client: &str,
        user: Option<&str>,
        until: Instant,
    ) -> Result<String, Error> {
        let (token, grant) = self.tokens.issue_access(directory, client, user, until);
        self.database.put_access_token(&token, &grant)?;
        Ok(token)
    }

    pub(crate) fn issue_refresh(&mut self, directory: &str, client: &str, user: &str) -> Result<String, Error> {
        let (token, grant) = self.tokens.issue_refresh(directory, client, user);
        self.database.put_refresh_token(&token, &grant)?;
        Ok(token)
    }

    /// Revokes what `matches` and says how many tokens that were.
    pub(crate) fn revoke(
        &mut self,
        access: bool,
        refresh: bool,
        matches: impl Fn(&str, &crate::tokens::Grant) -> bool,
    ) -> Result<usize, Error> {
        let mut revoked = 0;
        if access {
            for token in self.tokens.drop_access(&matches) {
                self.database.delete_access_token(&token)?;
                revoked += 1;
            }
        }
        if refresh {
            for (token, grant) in self.tokens.revoke_refresh(&matches) {
                self.database.put_refresh_token(&token, &grant)?;
                revoked += 1;
            }
        }
        Ok(revoked)
    }

    /// Takes every event out of every calendar.
    pub(crate) fn clear_events(&mut self) -> Result<(), GraphError> {
        let writes = self
            .calendars
            .iter()
            .flat_map(|(mailbox, c)| c.events.keys().map(|key| Write::delete(*mailbox, *key)))
            .collect();
        self.commit(writes)?;
        self.retired_transactions.clear();
        for calendar in self.calendars.values_mut() {
            calendar.deleted.clear();
        }
        Ok(())
    }
}
