//! Random keys and secrets.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene::{
    domain::{TenantId, sha256_hex},
    edge::TaskError,
    secrets::{ClientSecretHash, Key, SharedKey},
};
use secrecy::{ExposeSecret as _, SecretString};

/// A new key. Its name tells keys of one list apart.
pub fn key(kid: String) -> Result<Key, TaskError> {
    Ok(Key { kid, key: shared_key()?, not_after: None })
}

/// 32 random bytes.
pub fn shared_key() -> Result<SharedKey, TaskError> {
    SharedKey::random().map_err(|_| TaskError("There is no randomness.".to_owned()))
}

/// A secret for somebody outside: it begins with its tenant, and has no character that any encoding would change.
pub fn secret(tenant: &TenantId) -> Result<SecretString, TaskError> {
    let random = URL_SAFE_NO_PAD.encode(shared_key()?.expose());
    Ok(SecretString::from(format!("{tenant}.{random}")))
}

/// What is kept of a client's secret.
pub fn hash_of(client_id: &str, secret: &SecretString) -> ClientSecretHash {
    let sha256 = sha256_hex(secret.expose_secret().as_bytes());
    ClientSecretHash { client_id: client_id.to_owned(), sha256, not_after: None }
}
