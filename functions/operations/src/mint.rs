//! Random keys and secrets.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene::{
    auth::API_KEY_PREFIX,
    domain::{TenantId, sha256_hex},
    edge::TaskError,
    secrets::{ApiKeyHash, ClientSecretHash, Key, PasswordHash, SharedKey},
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

/// Whether a secret is one that [`secret`] made for the tenant, and so has 256 bits that nobody can guess.
pub fn is_minted(tenant: &TenantId, secret: &SecretString) -> bool {
    let random = secret.expose_secret().strip_prefix(tenant.as_str()).and_then(|rest| rest.strip_prefix('.'));
    random.is_some_and(|random| URL_SAFE_NO_PAD.decode(random).is_ok_and(|bytes| bytes.len() == 32))
}

/// A new API key. It has the form by which it is recognized, and names its tenant.
pub fn api_key(tenant: &TenantId) -> Result<SecretString, TaskError> {
    Ok(SecretString::from(format!("{API_KEY_PREFIX}{}", secret(tenant)?.expose_secret())))
}

/// Whether [`api_key`] made the key for the tenant.
pub fn is_minted_api_key(tenant: &TenantId, key: &SecretString) -> bool {
    let secret = key.expose_secret().strip_prefix(API_KEY_PREFIX);
    secret.is_some_and(|secret| is_minted(tenant, &secret.into()))
}

/// What is kept of an API key.
pub fn api_key_hash_of(family: &str, key: &SecretString) -> ApiKeyHash {
    let sha256 = sha256_hex(key.expose_secret().as_bytes());
    ApiKeyHash { family: family.to_owned(), sha256, not_after: None }
}

/// What is kept of an administrator's password.
pub fn password_hash_of(login: &str, password: &SecretString) -> PasswordHash {
    let sha256 = sha256_hex(password.expose_secret().as_bytes());
    PasswordHash { login: login.to_owned(), sha256 }
}

/// What is kept of a client's secret.
pub fn hash_of(client_id: &str, secret: &SecretString) -> ClientSecretHash {
    let sha256 = sha256_hex(secret.expose_secret().as_bytes());
    ClientSecretHash { client_id: client_id.to_owned(), sha256, not_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_minted_is_told_from_what_was_typed() {
        let tenant = TenantId::new("contoso").expect("a name");
        let minted = secret(&tenant).expect("randomness");
        assert!(is_minted(&tenant, &minted));
        let other = minted.expose_secret().replacen("contoso", "fabrikam", 1);
        let short = minted.expose_secret().get(..minted.expose_secret().len() - 4).expect("text");
        for typed in ["", "correct horse battery staple", "contoso.", "contoso.password", &other, short] {
            assert!(!is_minted(&tenant, &SecretString::from(typed)), "{typed}");
        }
    }

    #[test]
    fn an_api_key_that_was_minted_differs_from_other_secrets() {
        let tenant = TenantId::new("contoso").expect("a name");
        let minted = api_key(&tenant).expect("randomness");
        assert!(is_minted_api_key(&tenant, &minted) && !is_minted(&tenant, &minted));
        assert!(!is_minted_api_key(&TenantId::new("fabrikam").expect("a name"), &minted));
        assert!(!is_minted_api_key(&tenant, &secret(&tenant).expect("randomness")));
        assert!(!is_minted_api_key(&tenant, &"cvk_contoso.chosen".into()));
    }
}
