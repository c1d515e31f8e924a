//! Credentials of the seeded tenants: random, made once for a data folder and kept there.

use std::{collections::BTreeMap, fmt::Write as _};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use convene::domain::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TenantSeed;
use crate::{
    Error,
    data_dir::{DataDir, Kept},
};

/// What a tenant's keys are called in tokens.
const KEY: &str = "local-1";

/// By tenant.
pub(crate) type All = BTreeMap<String, Credentials>;

/// A tenant's credentials.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The OAuth client of the API.
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    signing_key: String,
    refresh_key: String,
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
        all.entry(tenant.id.to_string()).or_insert_with(|| Credentials::mint(&tenant.id));
    }
    match data {
        Some(data) if all.len() > known => data.write(Kept::Credentials, &all)?,
        _ => {}
    }
    Ok(all)
}

impl Credentials {
    fn mint(tenant: &TenantId) -> Self {
        Self {
            client_id: format!("{tenant}.crm"),
            client_secret: format!("{tenant}.{}", random_text()),
            signing_key: STANDARD.encode(random_key()),
            refresh_key: STANDARD.encode(random_key()),
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

    /// The secret with which functions sign and verify.
    pub(crate) fn keys_secret(&self) -> Value {
        let mut hash = String::new();
        for byte in digest(&SHA256, self.client_secret.as_bytes()).as_ref() {
            let _ = write!(hash, "{byte:02x}");
        }
        json!({
            "signing": [{"kid": KEY, "key": self.signing_key}],
            "refresh": [{"kid": KEY, "key": self.refresh_key}],
            "clients": [{"client_id": self.client_id, "sha256": hash}],
        })
    }

    /// The secret that an integrator reads and no function does.
    pub(crate) fn integrator_secret(&self, refresh_token: &str) -> Value {
        json!({
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": refresh_token,
        })
    }
}

fn random_key() -> [u8; 32] {
    rand::random()
}

fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(random_key())
}

#[cfg(test)]
mod tests {
    use convene::secrets::KeysSecret;

    use super::*;

    #[test]
    fn credentials_are_made_once() {
        let place = tempfile::tempdir().expect("a folder");
        let data = DataDir::open(place.path(), false).expect("free");
        let tenant = |id| TenantSeed::new(id, 1).expect("a tenant");
        let first = load(Some(&data), &[tenant("contoso")]).expect("made");
        let second = load(Some(&data), &[tenant("contoso"), tenant("fabrikam")]).expect("kept");
        assert_eq!(first["contoso"].client_secret, second["contoso"].client_secret);
        assert_ne!(second["contoso"].client_secret, second["fabrikam"].client_secret);
        let third = load(Some(&data), &[]).expect("kept");
        assert_eq!(second["fabrikam"].directory_id, third["fabrikam"].directory_id);
    }

    #[test]
    fn the_keys_are_as_functions_read_them() {
        let made = load(None, &TenantSeed::usual()).expect("made");
        let keys: KeysSecret = serde_json::from_value(made["contoso"].keys_secret()).expect("keys");
        assert_eq!((keys.signing.len(), keys.refresh.len()), (1, 1));
        assert_eq!((keys.clients[0].client_id.as_str(), keys.clients[0].sha256.len()), ("contoso.crm", 64));
    }
}
