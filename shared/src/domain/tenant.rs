//! A tenant: one Microsoft 365 organization that is served, and how.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Cloud;

/// A tenant's short name: 1 to 32 of `a-z`, `0-9` and `-`, beginning with a letter or digit. Part of every key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// The text cannot be a tenant's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant's name is 1 to 32 of a-z, 0-9 and -, and begins with a letter or digit")]
pub struct InvalidTenantId;

impl TenantId {
    /// A tenant's name from text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidTenantId> {
        let text = text.into();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > 32 || text.starts_with('-') || !text.bytes().all(allowed) {
            return Err(InvalidTenantId);
        }
        Ok(Self(text))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidTenantId;

    fn try_from(text: String) -> Result<Self, InvalidTenantId> {
        Self::new(text)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

/// For how many days the record of a deleted meeting is kept where the tenant says nothing else.
const USUAL_RETENTION_DAYS: u32 = 30;

/// What a credential may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read a meeting, ask for availability.
    #[serde(rename = "calendar.read")]
    CalendarRead,
    /// Everything else.
    #[serde(rename = "calendar.write")]
    CalendarWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 2] = [Self::CalendarRead, Self::CalendarWrite];

    /// The scope as OAuth writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CalendarRead => "calendar.read",
            Self::CalendarWrite => "calendar.write",
        }
    }

    /// The scope that OAuth writes as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// On whose behalf Convene calls Microsoft Graph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Its own: client credentials, every mailbox the organization allows.
    #[default]
    Application,
    /// A signed-in person's: a refresh token, the mailboxes that person may open.
    Delegated,
}

/// An OAuth client that may call the API for a tenant. Its secret's hash is in Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiClient {
    /// `<tenant>.<name>`.
    pub client_id: String,
    /// What its tokens may do at most.
    pub scopes: Vec<Scope>,
    /// Whether a refresh token is replaced at each use (RFC 9700). On unless switched off.
    #[serde(default = "on")]
    pub rotate_refresh_tokens: bool,
}

/// A person or room of the tenant that Convene knows by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The mailbox.
    pub email: String,
    /// Display name.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// What callers of the Nylas API know the mailbox by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// What callers of the Cronofy API know the mailbox by: `acc_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cronofy_sub: Option<String>,
}

/// A rule by which one of several members is found to host a meeting (Cronofy's `scheduler_group_rule`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRule {
    /// What callers know the rule by.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The mailboxes of the members it chooses from.
    pub members: Vec<String>,
}

/// A person who may ask for tokens with a login and a password (RFC 6749, section 4.3), where the tenant still allows
/// that. The password's hash is in Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// `<tenant>.<name>`.
    pub login: String,
    /// What the person's tokens may do at most.
    pub scopes: Vec<Scope>,
}

/// A tenant's configuration. Secrets are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Its short name.
    pub id: TenantId,
    /// Its name for people.
    pub display_name: String,
    /// The organization's mail domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The Microsoft Entra directory (tenant) id.
    pub directory_id: String,
    /// The application (client) id registered in that directory.
    pub microsoft_client_id: String,
    /// Which Microsoft cloud.
    #[serde(default)]
    pub cloud: Cloud,
    /// On whose behalf Graph is called.
    #[serde(default)]
    pub access: Access,
    /// Who may call the API.
    #[serde(default)]
    pub clients: Vec<ApiClient>,
    /// Whether a tentative entry makes its time unavailable. On unless switched off.
    #[serde(default = "on")]
    pub tentative_is_busy: bool,
    /// People and rooms known by name.
    #[serde(default)]
    pub members: Vec<Member>,
    /// Rules by which one of several members is found.
    #[serde(default)]
    pub group_rules: Vec<GroupRule>,
    /// Whether administrators may ask for tokens with login and password. Off unless switched on.
    #[serde(default)]
    pub legacy_password_auth: bool,
    /// Who they are.
    #[serde(default)]
    pub administrators: Vec<Administrator>,
    /// Its own domains: requests sent to one of them are for this tenant alone.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How many days the record of a deleted meeting is kept. Absent: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Whether its stack was deleted: no credential counts then. Not part of the stored configuration, but kept beside
    /// it.
    #[serde(skip)]
    pub disabled: bool,
}

impl Tenant {
    /// A tenant with nothing decided for it: the worldwide cloud, application access, and nobody who may call.
    pub fn new(id: TenantId, directory_id: impl Into<String>, microsoft_client_id: impl Into<String>) -> Self {
        Self {
            display_name: id.as_str().to_owned(),
            id,
            domains: Vec::new(),
            directory_id: directory_id.into(),
            microsoft_client_id: microsoft_client_id.into(),
            cloud: Cloud::default(),
            access: Access::default(),
            clients: Vec::new(),
            tentative_is_busy: true,
            members: Vec::new(),
            group_rules: Vec::new(),
            legacy_password_auth: false,
            administrators: Vec::new(),
            hosts: Vec::new(),
            retention_days: None,
            disabled: false,
        }
    }

    /// Whether every client and administrator goes by a name of this tenant's own, `<tenant>.<name>`: a credential tells
    /// its tenant by that.
    pub fn names_its_own(&self) -> bool {
        let is_own = |name: &str| {
            let name = name.strip_prefix(self.id.as_str()).and_then(|rest| rest.strip_prefix('.'));
            name.is_some_and(|name| !name.is_empty())
        };
        self.clients.iter().all(|client| is_own(&client.client_id))
            && self.administrators.iter().all(|person| is_own(&person.login))
    }

    /// For how long the record of a deleted meeting is kept, and repeating the deletion is a success.
    pub fn tombstone_life(&self) -> TimeDelta {
        TimeDelta::days(self.retention_days.unwrap_or(USUAL_RETENTION_DAYS).into())
    }

    /// The client with this id.
    pub fn client(&self, client_id: &str) -> Option<&ApiClient> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }

    /// What the tokens of a client or of an administrator may do at most. `None`: there is no such one.
    pub fn scopes_of(&self, id: &str) -> Option<&[Scope]> {
        let client = self.client(id).map(|client| client.scopes.as_slice());
        client.or_else(|| self.administrator(id).map(|person| person.scopes.as_slice()))
    }

    /// The administrator with this login, while the tenant allows logins.
    pub fn administrator(&self, login: &str) -> Option<&Administrator> {
        self.administrators.iter().find(|person| self.legacy_password_auth && person.login == login)
    }
}

fn on() -> bool {
    true
}
