//! What a script needs to use a running stack: the content of `--ready-file`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where everything is, and with which credentials. The keys are stable: scripts read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Base URL of the API. Absent where only the backends run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Base URL of the simulated Microsoft Graph and its token endpoint.
    pub graph: String,
    /// The page that shows each mailbox's week.
    pub calendars: String,
    /// Endpoint of DynamoDB.
    pub dynamodb: String,
    /// Endpoint of Secrets Manager.
    pub secretsmanager: String,
    /// The environment of a function that is to run against these backends. Only where nothing but they run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<BTreeMap<String, String>>,
    /// The tenants, by name.
    pub tenants: BTreeMap<String, ReadyTenant>,
}

/// A tenant's credentials and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyTenant {
    /// OAuth client of the API.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Its first refresh token of this start.
    pub refresh_token: String,
    /// The API key of the Nylas family.
    pub nylas_api_key: String,
    /// The id of the tenant's application in the Nylas family.
    pub nylas_client_id: String,
    /// What signs requests, where the deployment has this tenant alone.
    pub hmac: ReadyHmac,
    /// Who may log in with a password. Absent where the tenant allows no logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<ReadyAdministrator>,
    /// What the simulated Microsoft Entra knows the tenant's app by.
    pub microsoft: ReadyMicrosoft,
    /// The people and rooms.
    pub members: Vec<ReadyMember>,
}

/// A key that signs requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyHmac {
    /// What `keyid` of a signature says.
    pub key_id: String,
    /// The key, base64.
    pub key: String,
}

/// An administrator's login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyAdministrator {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
}

/// An app registration in the simulated Microsoft Entra.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyMicrosoft {
    /// The directory (tenant) id.
    pub directory_id: String,
    /// The application (client) id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
}

/// A person or a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyMember {
    /// The mailbox.
    pub email: String,
    /// The id by which callers of the Nylas family know the mailbox.
    pub grant_id: String,
}
