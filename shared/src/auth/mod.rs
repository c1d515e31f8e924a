//! Authentication: an authenticator for each scheme, each with only what it needs.
//!
//! Every credential names its tenant in the clear, so that the tenant's configuration and its keys are fetched at the same time. It
//! counts only after a key of that tenant has confirmed it. A refused credential always gets the same message: which part was
//! wrong is for the log only.

mod access_token;
mod administrator;
mod api_key;
mod bearer;
mod bearer_or_signature;
mod client;
mod host;
mod lookup;
mod principal;
mod refresh_token;
mod secret_hash;
mod signature;

pub use access_token::AccessToken;
pub use administrator::{AdministratorAuthenticator, AuthenticatedAdministrator};
pub use api_key::{API_KEY_PREFIX, ApiKeyAuthenticator};
pub use bearer::{BearerAuthenticator, bearer_token};
pub use bearer_or_signature::BearerOrSignature;
pub use client::{AuthenticatedClient, ClientAuthenticator, ClientCredentials};
pub use host::host;
pub use lookup::{KEY_REFRESH_INTERVAL, Prefetch, TenantLookup};
pub use principal::{Authenticator, Principal};
pub use refresh_token::{RefreshToken, UnverifiedRefreshToken, first_refresh_token};
pub use signature::{Message, SignatureAuthenticator};

use crate::problem::{Kind, Problem};

/// A refused credential. `cause` is for the log and never holds anything the caller sent.
fn unauthorized(cause: &'static str) -> Problem {
    Problem::new(Kind::Unauthorized, "The request has no valid credential.").caused_by(cause)
}

#[cfg(test)]
mod samples {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use crate::{domain::TenantId, secrets::KeysSecret};

    pub(super) fn tenant(name: &str) -> TenantId {
        TenantId::new(name).expect("a tenant's name")
    }

    /// A key whose bytes are all `byte`, ending at `not_after`.
    pub(super) fn key(kid: &str, byte: u8, not_after: Option<DateTime<Utc>>) -> Value {
        json!({"kid": kid, "key": STANDARD.encode([byte; 32]), "not_after": not_after})
    }

    /// A secret with these keys for signing and for refresh tokens alike.
    pub(super) fn keys(list: &[Value]) -> KeysSecret {
        serde_json::from_value(json!({"signing": list, "refresh": list, "clients": []})).expect("a keys secret")
    }
}
