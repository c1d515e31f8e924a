//! Who is calling, for which tenant, with which scopes.
//!
//! Every credential names its tenant in the clear, so that the tenant's configuration and its keys are fetched together;
//! nothing is believed before a key of that tenant has confirmed it. A credential that is refused is always refused with
//! the same words: which part was wrong is for the log alone.

mod access_token;
mod administrator;
mod bearer;
mod caller;
mod client;
mod host;
mod lookup;
mod refresh_token;
mod signature;

pub use access_token::AccessToken;
pub use administrator::{AuthenticatedAdministrator, authenticate_administrator};
pub use caller::{Caller, authenticate, host};
pub use client::{AuthenticatedClient, ClientCredentials, authenticate_client};
pub use lookup::BETWEEN_LOOKS;
pub(crate) use lookup::Lookups;
pub use refresh_token::{RefreshToken, UnverifiedRefreshToken, first_refresh_token};
pub use signature::Message;

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
