//! What a simulator holds at the start.

use std::path::PathBuf;

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
    /// A time zone name, told in working hours.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// A person's or a room's.
    #[serde(default)]
    pub kind: MailboxKind,
    /// Whether Teams is among the allowed providers of online meetings.
    #[serde(default = "yes")]
    pub teams: bool,
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
