//! What each secret holds, as JSON.

use std::fmt;

use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// `<prefix><tenant>/microsoft`: how Convene proves itself to Microsoft Entra.
#[derive(Debug, Deserialize)]
pub struct MicrosoftSecret {
    /// The application's client secret.
    pub client_secret: SecretString,
}

/// A key for signing or authenticating, 32 bytes, base64 (standard alphabet) in the secret.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SharedKey(Vec<u8>);

impl SharedKey {
    /// A new random key.
    pub fn random() -> Result<Self, Unspecified> {
        let mut bytes = vec![0; 32];
        aws_lc_rs::rand::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The key's bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for SharedKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| "a key is not base64")?;
        if bytes.len() < 32 { Err("a key is shorter than 32 bytes") } else { Ok(Self(bytes)) }
    }
}

impl From<SharedKey> for String {
    fn from(key: SharedKey) -> Self {
        base64::engine::general_purpose::STANDARD.encode(key.0)
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(…)")
    }
}

/// One key of a list. The first that has not ended signs; every one that has not ended verifies.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Key {
    /// Its name in tokens.
    pub kid: String,
    /// The key.
    pub key: SharedKey,
    /// When it stops verifying. Absent: it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether the key still counts.
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

/// The hash of an API client's secret. The secrets are random and long, so a plain SHA-256 is enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ClientSecretHash {
    /// Whose secret.
    pub client_id: String,
    /// SHA-256 of the secret, lower-case hex.
    pub sha256: String,
    /// When it stops working. Absent: it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<DateTime<Utc>>,
}

impl ClientSecretHash {
    /// Whether the secret still counts.
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

/// The hash of an API key. Keys are minted with 256 random bits, so a plain SHA-256 is enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ApiKeyHash {
    /// The endpoint family whose API accepts the key, such as `nylas`.
    pub family: String,
    /// SHA-256 of the key, lower-case hex.
    pub sha256: String,
    /// When it stops working. Absent: it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<DateTime<Utc>>,
}

impl ApiKeyHash {
    /// Whether the key still counts.
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

/// The hash of an administrator's password. Passwords are minted like clients' secrets, so a plain SHA-256 is enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PasswordHash {
    /// Whose password.
    pub login: String,
    /// SHA-256 of the password, lower-case hex. Empty where the entry is one of Argon2id, which is no longer read: it
    /// confirms nothing until the next rotation, or the next change of the tenant's stack, writes it anew.
    #[serde(default)]
    pub sha256: String,
}

/// `<prefix><tenant>/keys`: what functions sign and verify with.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct KeysSecret {
    /// For access tokens (JWT, HS256).
    pub signing: Vec<Key>,
    /// For refresh tokens (HMAC-SHA-256).
    pub refresh: Vec<Key>,
    /// For signed requests (HMAC-SHA-256).
    #[serde(default)]
    pub hmac: Vec<Key>,
    /// What API clients prove themselves with.
    pub clients: Vec<ClientSecretHash>,
    /// What callers with an API key prove themselves with. Absent until the stack of a tenant of an earlier release is updated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKeyHash>,
    /// What administrators prove themselves with, where the tenant allows logins.
    #[serde(default)]
    pub administrators: Vec<PasswordHash>,
}

/// `<prefix><tenant>/credentials`: what an integrator is to be given, in plain text. No function that serves requests
/// may read it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct CredentialsSecret {
    /// What each API client proves itself with.
    pub clients: Vec<IssuedClient>,
    /// The API key of each endpoint family that has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<IssuedApiKey>,
    /// For signed requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hmac: Option<HmacCredentials>,
    /// Logins and passwords, where the tenant allows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub administrators: Vec<AdministratorCredentials>,
    /// Which generation of first refresh tokens these are.
    #[serde(default)]
    pub refresh_token_generation: String,
}

/// An API client's part of the integrator's secret.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct IssuedClient {
    /// `<tenant>.<name>`.
    pub client_id: String,
    /// Its secret.
    #[serde(serialize_with = "expose_one")]
    pub client_secret: SecretString,
    /// The first refresh token of its family.
    #[serde(serialize_with = "expose_one")]
    pub refresh_token: SecretString,
}

/// An API key in the integrator's secret.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct IssuedApiKey {
    /// The endpoint family whose API accepts it.
    pub family: String,
    #[serde(serialize_with = "expose_one")]
    pub key: SecretString,
}

/// The key that signs requests.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct HmacCredentials {
    /// What `keyid` of a signature says.
    pub key_id: String,
    /// The key, base64.
    pub key: SharedKey,
}

/// An administrator's login.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AdministratorCredentials {
    /// `<tenant>.<name>`.
    pub login: String,
    /// The password.
    #[serde(serialize_with = "expose_one")]
    pub password: SecretString,
}

/// `<prefix><tenant>/token`: what functions write. All empty until the first exchange.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct TokenSecret {
    /// Microsoft Graph access token.
    #[serde(default, serialize_with = "expose", skip_serializing_if = "Option::is_none")]
    pub access_token: Option<SecretString>,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Microsoft refresh token, for delegated access.
    #[serde(default, serialize_with = "expose", skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretString>,
}

fn expose_one<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    secret.expose_secret().serialize(serializer)
}

/// Secrets do not serialize by themselves; this one must, to be stored.
#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn expose<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}
