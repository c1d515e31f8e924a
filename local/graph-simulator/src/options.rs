//! What a simulator holds at the start.

use std::path::PathBuf;

use chrono::NaiveTime;

use crate::error::Error;

/// What a simulator holds at the start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where calendars are kept (an `SQLite` file). `None`: in memory.
    pub database: Option<PathBuf>,
    /// Microsoft directories (tenants) to simulate. What the database holds of others is kept and not seen.
    pub directories: Vec<Directory>,
    /// Whether calls are bounded to 4 in flight an app and mailbox (429 beyond). `true` by default.
    pub bound_concurrency: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { database: None, directories: Vec::new(), bound_concurrency: true }
    }
}

/// One Microsoft directory: its apps and its mailboxes.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The directory (tenant) id, a GUID.
    pub id: String,
    /// Mail domains; the token endpoint takes them in place of the id, as Microsoft's does.
    pub domains: Vec<String>,
    /// The app registrations of the directory.
    pub apps: Vec<App>,
    /// The mailboxes of the directory.
    pub mailboxes: Vec<Mailbox>,
}

/// An app registration.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// The application (client) id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// The delegated sign-in, if any.
    pub delegated: Option<Delegated>,
}

/// A user who has signed in to an app and granted it offline access.
#[derive(Clone, Debug, Default)]
pub struct Delegated {
    /// The address of the user's mailbox.
    pub user: String,
    /// The refresh token that the sign-in left behind.
    pub refresh_token: String,
}

/// A mailbox.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// The primary address, which is also the user principal name.
    pub address: String,
    /// The name shown to people.
    #[serde(default)]
    pub display_name: String,
    /// A time zone name, of Windows or of IANA.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// A person's or a room's.
    #[serde(default)]
    pub kind: MailboxKind,
    /// Whether Teams is among the allowed providers of online meetings.
    #[serde(default = "yes")]
    pub teams: bool,
    /// When its owner works.
    #[serde(default)]
    pub working_hours: WorkingHours,
}

/// When a mailbox's owner works: the same hours on each of the days.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkingHours {
    /// In Graph's words, such as `monday`.
    pub days: Vec<String>,
    /// The time of day, `HH:MM`.
    pub start: String,
    /// The time of day, `HH:MM`.
    pub end: String,
    /// The zone of the hours. `None`: the mailbox's own.
    pub time_zone: Option<String>,
}

impl Default for WorkingHours {
    /// Exchange's default: Monday to Friday from 8 to 5.
    fn default() -> Self {
        Self {
            days: ["monday", "tuesday", "wednesday", "thursday", "friday"].map(str::to_owned).to_vec(),
            start: "08:00".to_owned(),
            end: "17:00".to_owned(),
            time_zone: None,
        }
    }
}

impl WorkingHours {
    /// Refuses what Graph could not have said.
    pub(crate) fn check(&self) -> Result<(), Error> {
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let invalid = |what: String| Err(Error::Options(what));
        if let Some(day) = self.days.iter().find(|day| !DAYS.contains(&day.as_str())) {
            return invalid(format!("'{day}' is not a day of the week"));
        }
        for time in [&self.start, &self.end] {
            if NaiveTime::parse_from_str(time, "%H:%M").is_err() {
                return invalid(format!("'{time}' is not a time of day, HH:MM"));
            }
        }
        Ok(())
    }
}

/// Whose mailbox it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MailboxKind {
    /// A person's.
    #[default]
    Person,
    /// A room's.
    Room,
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn yes() -> bool {
    true
}
