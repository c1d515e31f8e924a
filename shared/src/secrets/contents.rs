//! What each secret holds, as JSON.

use std::fmt;

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
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct SharedKey(Vec<u8>);

impl SharedKey {
    /// The key's bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for SharedKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| "a key is not base64")?;
        if bytes.len() < 32 { Err("a key is shorter than 32 bytes") } else { Ok(Self(bytes)) }
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(…)")
    }
}

/// One key of a list. The first that has not ended signs; every one that has not ended verifies.
#[derive(Debug, Clone, Deserialize)]
pub struct Key {
    /// Its name in tokens.
    pub kid: String,
    /// The key.
    pub key: SharedKey,
    /// When it stops verifying. Absent: it does not end.
    #[serde(default)]
    pub not_after: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether the key still counts.
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

/// The hash of an API client's secret. The secrets are random and long, so a plain SHA-256 is enough.
#[derive(Debug, Clone, Deserialize)]
pub struct ClientSecretHash {
    /// Whose secret.
    pub client_id: String,
    /// SHA-256 of the secret, lower-case hex.
    pub sha256: String,
    /// When it stops working. Absent: it does not end.
    #[serde(default)]
    pub not_after: Option<DateTime<Utc>>,
}

impl ClientSecretHash {
    /// Whether the secret still counts.
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

/// `<prefix><tenant>/keys`: what functions sign and verify with.
#[derive(Debug, Deserialize)]
pub struct KeysSecret {
    /// For access tokens (JWT, HS256).
    pub signing: Vec<Key>,
    /// For refresh tokens (HMAC-SHA-256).
    pub refresh: Vec<Key>,
    /// What API clients prove themselves with.
    pub clients: Vec<ClientSecretHash>,
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

/// Secrets do not serialize by themselves; this one must, to be stored.
#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn expose<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}
