//! What the simulated Microsoft knows each seeded tenant by: random, made once for a data folder and kept there.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TenantSeed;
use crate::{
    Error,
    data_dir::{DataDir, Kept},
};

/// By tenant.
pub(crate) type All = BTreeMap<String, Credentials>;

/// A tenant's app registration.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) directory_id: String,
    pub(crate) microsoft_client_id: String,
    pub(crate) microsoft_client_secret: String,
    /// What a person's signing in left behind, for a tenant with delegated access.
    pub(crate) microsoft_refresh_token: String,
}

/// The credentials of these tenants: the kept ones, and new ones for tenants that are new.
pub(crate) fn load(data: Option<&DataDir>, tenants: &[TenantSeed]) -> Result<All, Error> {
    let mut all: All = data.map(|data| data.read(Kept::Credentials)).transpose()?.unwrap_or_default();
    let known = all.len();
    for tenant in tenants {
        all.entry(tenant.id.to_string()).or_insert_with(Credentials::mint);
    }
    match data {
        Some(data) if all.len() > known => data.write(Kept::Credentials, &all)?,
        _ => {}
    }
    Ok(all)
}

impl Credentials {
    fn mint() -> Self {
        Self {
            directory_id: Uuid::new_v4().to_string(),
            microsoft_client_id: Uuid::new_v4().to_string(),
            microsoft_client_secret: random_text(),
            microsoft_refresh_token: random_text(),
        }
    }

    /// The secret by which functions prove themselves to Microsoft.
    pub(crate) fn microsoft_secret(&self) -> Value {
        json!({"client_secret": self.microsoft_client_secret})
    }

    /// The secret in which functions keep Microsoft's tokens, as a stack makes it.
    pub(crate) fn token_secret(&self, is_delegated: bool) -> Value {
        if is_delegated { json!({"refresh_token": self.microsoft_refresh_token}) } else { json!({}) }
    }
}

fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_made_once() {
        let place = tempfile::tempdir().expect("a folder");
        let data = DataDir::open(place.path(), false).expect("free");
        let tenant = |id| TenantSeed::new(id, 1).expect("a tenant");
        let first = load(Some(&data), &[tenant("contoso")]).expect("made");
        let second = load(Some(&data), &[tenant("contoso"), tenant("fabrikam")]).expect("kept");
        assert_eq!(first["contoso"].microsoft_client_secret, second["contoso"].microsoft_client_secret);
        assert_ne!(second["contoso"].microsoft_client_secret, second["fabrikam"].microsoft_client_secret);
        let third = load(Some(&data), &[]).expect("kept");
        assert_eq!(second["fabrikam"].directory_id, third["fabrikam"].directory_id);
    }
}
