//! The database under the index. Only here are its tables known.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, params};

use super::calendar::OtherCalendar;
use crate::error::Error;
use crate::model::{Event, EventKey};
use crate::options::Mailbox;
use crate::tokens::Grant;

pub(super) struct Database {
    connection: Connection,
}

/// What a former process left.
#[derive(Default)]
pub(super) struct Stored {
    /// How often each mailbox was removed, by directory and address.
    pub(super) generations: HashMap<(String, String), u32>,
    pub(super) mailboxes: Vec<(String, Mailbox)>,
    /// Other calendars than the default one, by directory and address.
    pub(super) calendars: Vec<(String, String, OtherCalendar)>,
    pub(super) events: Vec<(String, String, Event)>,
    pub(super) access_tokens: Vec<(String, Grant)>,
    pub(super) refresh_tokens: Vec<(String, Grant)>,
}

/// The write-ahead log on disk is no larger than this for longer than it has to be, in bytes.
const MAX_LOG_BYTES: i64 = 16 << 20;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS mailboxes (directory TEXT, address TEXT, content TEXT, PRIMARY KEY (directory, address));
    CREATE TABLE IF NOT EXISTS calendars (directory TEXT, address TEXT, number INTEGER, content TEXT, PRIMARY KEY (directory, address, number));
    CREATE TABLE IF NOT EXISTS events (key INTEGER PRIMARY KEY, directory TEXT, address TEXT, content TEXT);
    CREATE INDEX IF NOT EXISTS events_of_mailbox ON events (directory, address);
    CREATE TABLE IF NOT EXISTS generations (directory TEXT, address TEXT, generation INTEGER, PRIMARY KEY (directory, address));
    CREATE TABLE IF NOT EXISTS access_tokens (token TEXT PRIMARY KEY, content TEXT);
    CREATE TABLE IF NOT EXISTS refresh_tokens (token TEXT PRIMARY KEY, content TEXT);
";

impl Database {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Error> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        // A killed process loses nothing: its writes are the operating system's by then. A power cut may.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")?;
        // What one large change made of the log is given back to the disk.
        connection.pragma_update(None, "journal_size_limit", MAX_LOG_BYTES)?;
        connection.execute_batch(TABLES)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self { connection })
    }

    pub(super) fn load(&self) -> Result<Stored, Error> {
        let rows = |sql: &str| -> Result<Vec<(String, String, String)>, Error> {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let mut stored = Stored::default();
        for (directory, address, generation) in
            rows("SELECT directory, address, CAST(generation AS TEXT) FROM generations")?
        {
            stored.generations.insert((directory, address), generation.parse().unwrap_or_default());
        }
        for (directory, _, content) in rows("SELECT directory, address, content FROM mailboxes")? {
            stored.mailboxes.push((directory, serde_json::from_str(&content)?));
        }
        for (directory, address, content) in rows("SELECT directory, address, content FROM calendars ORDER BY number")?
        {
            stored.calendars.push((directory, address, serde_json::from_str(&content)?));
        }
        for (directory, address, content) in rows("SELECT directory, address, content FROM events ORDER BY key")? {
            stored.events.push((directory, address, serde_json::from_str(&content)?));
        }
        let now = chrono::Utc::now();
        for (token, _, content) in rows("SELECT token, '', content FROM access_tokens")? {
            let grant: Grant = serde_json::from_str(&content)?;
            if grant.expires.is_some_and(|at| at < now) {
                self.delete_access_token(&token)?;
            } else {
                stored.access_tokens.push((token, grant));
            }
        }
        for (token, _, content) in rows("SELECT token, '', content FROM refresh_tokens")? {
            stored.refresh_tokens.push((token, serde_json::from_str(&content)?));
        }
        Ok(stored)
    }

    /// Writes a set of changes in one transaction.
    pub(super) fn write<'a>(
        &mut self,
        writes: impl Iterator<Item = (&'a str, &'a str, EventKey, Option<&'a Event>)>,
    ) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        {
            let mut put = transaction.prepare_cached(
                "INSERT OR REPLACE INTO events (key, directory, address, content) VALUES (?1, ?2, ?3, ?4)",
            )?;
            let mut delete = transaction.prepare_cached("DELETE FROM events WHERE key = ?1")?;
            for (directory, address, key, event) in writes {
                match event {
                    Some(event) => put.execute(params![key, directory, address, serde_json::to_string(event)?])?,
                    None => delete.execute([key])?,
                };
            }
        }
        transaction.commit()?;
        Ok(())
    }

    pub(super) fn put_mailbox(&self, directory: &str, address: &str, mailbox: &Mailbox) -> Result<(), Error> {
        let content = serde_json::to_string(mailbox)?;
        self.run(
            "INSERT OR REPLACE INTO mailboxes (directory, address, content) VALUES (?1, ?2, ?3)",
            &[directory, address, &content],
        )
    }

    pub(super) fn remove_mailbox(&self, directory: &str, address: &str) -> Result<(), Error> {
        self.run(
            "INSERT INTO generations VALUES (?1, ?2, 1) ON CONFLICT (directory, address) DO UPDATE SET generation = generation + 1",
            &[directory, address],
        )?;
        self.run("DELETE FROM mailboxes WHERE directory = ?1 AND address = ?2", &[directory, address])?;
        self.run("DELETE FROM calendars WHERE directory = ?1 AND address = ?2", &[directory, address])?;
        self.run("DELETE FROM events WHERE directory = ?1 AND address = ?2", &[directory, address])
    }

    pub(super) fn put_calendar(&self, directory: &str, address: &str, other: &OtherCalendar) -> Result<(), Error> {
        let (number, content) = (other.number.to_string(), serde_json::to_string(other)?);
        self.run("INSERT INTO calendars VALUES (?1, ?2, ?3, ?4)", &[directory, address, &number, &content])
    }

    pub(super) fn put_access_token(&self, token: &str, grant: &Grant) -> Result<(), Error> {
        let content = serde_json::to_string(grant)?;
        self.run("INSERT OR REPLACE INTO access_tokens (token, content) VALUES (?1, ?2)", &[token, &content])
    }

    pub(super) fn delete_access_token(&self, token: &str) -> Result<(), Error> {
        self.run("DELETE FROM access_tokens WHERE token = ?1", &[token])
    }

    pub(super) fn put_refresh_token(&self, token: &str, grant: &Grant) -> Result<(), Error> {
        let content = serde_json::to_string(grant)?;
        self.run("INSERT OR REPLACE INTO refresh_tokens (token, content) VALUES (?1, ?2)", &[token, &content])
    }

    fn run(&self, sql: &str, values: &[&str]) -> Result<(), Error> {
        self.connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
        Ok(())
    }
}
