//! The configuration of a tenant, which is one Microsoft 365 organization.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Cloud, GroupRule, Member, TenantId};

const DEFAULT_RETENTION_DAYS: u32 = 30;
const DEFAULT_RECORD_DAYS: u32 = 400;

/// A permission of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read meetings and availability.
    #[serde(rename = "calendar.read")]
    CalendarRead,
    /// Create, change and delete meetings and appointments.
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

    /// The scope with this notation in OAuth. `None`: it does not exist.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The identity with which Convene calls Microsoft Graph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// The application's: client credentials, for all mailboxes that the organization allows.
    #[default]
    Application,
    /// A signed-in person's: a refresh token, for the mailboxes that this person may open.
    Delegated,
}

/// An OAuth client of a tenant. The hash of its secret is in Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiClient {
    /// `<tenant>.<name>`.
    pub client_id: String,
    /// The maximal scopes of its tokens.
    pub scopes: Vec<Scope>,
    /// Whether each use replaces the refresh token (RFC 9700). On by default.
    #[serde(default = "on")]
    pub rotate_refresh_tokens: bool,
}

/// A person who may request tokens with login and password (RFC 6749, section 4.3), if the tenant allows it. The hash of the
/// password is in Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// `<tenant>.<name>`.
    pub login: String,
    /// The maximal scopes of the person's tokens.
    pub scopes: Vec<Scope>,
}

/// A tenant's configuration. Its secrets are in Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    pub id: TenantId,
    /// Display name.
    pub display_name: String,
    /// The organization's mail domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The id of the Microsoft Entra directory (Microsoft's tenant id).
    pub directory_id: String,
    /// The id of the application (client) that is registered in that directory.
    pub microsoft_client_id: String,
    #[serde(default)]
    pub cloud: Cloud,
    #[serde(default)]
    pub access: Access,
    #[serde(default)]
    pub clients: Vec<ApiClient>,
    /// Whether a tentative entry makes its time unavailable. On by default.
    #[serde(default = "on")]
    pub tentative_is_busy: bool,
    #[serde(default)]
    pub members: Vec<Member>,
    #[serde(default)]
    pub group_rules: Vec<GroupRule>,
    /// Whether administrators may request tokens with login and password. Off by default.
    #[serde(default)]
    pub legacy_password_auth: bool,
    #[serde(default)]
    pub administrators: Vec<Administrator>,
    /// The tenant's own host names. A request to one of them is only served with a credential of this tenant.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The id of the tenant's application in each endpoint family that has such ids, such as `nylas`. No two tenants have the same
    /// id in a family.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub applications: BTreeMap<String, String>,
    /// How many days the record of a deleted event is kept. `None`: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// How many days the record of an event is kept after the event has ended. `None`: 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_days: Option<u32>,
    /// Whether its stack was deleted. All credentials are refused then. Stored beside the configuration, not in it.
    #[serde(skip)]
    pub disabled: bool,
}

impl Tenant {
    /// A tenant with the default of every setting: the worldwide cloud, application access, no clients.
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
            applications: BTreeMap::new(),
            retention_days: None,
            record_days: None,
            disabled: false,
        }
    }

    /// Whether the id of each client and the login of each administrator is `<tenant>.<name>`. A credential names its tenant by
    /// this prefix.
    pub fn names_its_own(&self) -> bool {
        let is_own = |name: &str| {
            let name = name.strip_prefix(self.id.as_str()).and_then(|rest| rest.strip_prefix('.'));
            name.is_some_and(|name| !name.is_empty())
        };
        self.clients.iter().all(|client| is_own(&client.client_id))
            && self.administrators.iter().all(|person| is_own(&person.login))
    }

    /// How long the record of a deleted event is kept. Until then a repeat of the delete succeeds.
    pub fn tombstone_life(&self) -> TimeDelta {
        TimeDelta::days(self.retention_days.unwrap_or(DEFAULT_RETENTION_DAYS).into())
    }

    /// How long the record of an event is kept after the event has ended. After that its id is unknown.
    pub fn record_life(&self) -> TimeDelta {
        TimeDelta::days(self.record_days.unwrap_or(DEFAULT_RECORD_DAYS).into())
    }

    pub fn client(&self, client_id: &str) -> Option<&ApiClient> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }

    /// The maximal scopes of the tokens of a client or administrator. `None`: neither exists.
    pub fn scopes_of(&self, id: &str) -> Option<&[Scope]> {
        let client = self.client(id).map(|client| client.scopes.as_slice());
        client.or_else(|| self.administrator(id).map(|person| person.scopes.as_slice()))
    }

    /// The administrator with this login. `None` also if the tenant does not allow logins.
    pub fn administrator(&self, login: &str) -> Option<&Administrator> {
        self.administrators.iter().find(|person| self.legacy_password_auth && person.login == login)
    }
}

fn on() -> bool {
    true
}
