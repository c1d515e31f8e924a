//! Administrators and their passwords (RFC 6749, section 4.3), for deployments and tenants that still allow that.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    client::tenant_of,
    lookup::{Claim, Prefetch, TenantLookup},
    secret_hash::is_listed,
    unauthorized,
};
use crate::{
    call::CallContext,
    domain::{Administrator, Tenant},
    problem::Problem,
    secrets::KeysSecret,
};

/// An administrator with a valid password.
pub struct AuthenticatedAdministrator {
    pub tenant: Arc<Tenant>,
    /// The keys that the tenant's tokens are signed with.
    pub keys: Arc<KeysSecret>,
    pub administrator: Administrator,
}

/// Authenticates administrators by login and password.
pub struct AdministratorAuthenticator {
    pub tenants: Arc<TenantLookup>,
}

impl AdministratorAuthenticator {
    /// The administrator with this login and password, at the `host` that the request names. Fails with
    /// [`Kind::Unauthorized`](crate::problem::Kind::Unauthorized) if there is none, with the same words and after the same work,
    /// whether the login or the password is wrong.
    ///
    /// Passwords are minted with 256 bits, so attempts need no limit.
    pub async fn authenticate(
        &self,
        context: &CallContext,
        host: Option<&str>,
        login: &str,
        password: &SecretString,
    ) -> Result<AuthenticatedAdministrator, Problem> {
        let named = tenant_of(login).ok_or_else(|| unauthorized("the login names no tenant"))?;
        let claim = Claim { tenant: &named, host, prefetch: Prefetch::Nothing };
        let (tenant, mut keys) = self.tenants.tenant_and_keys(context, &claim).await?;
        let mut is_right = is_password_of(login, password, &keys);
        if !is_right {
            // The password may be newer than the cached list.
            keys = self.tenants.keys_again(context, &named).await?;
            is_right = is_password_of(login, password, &keys);
        }
        match tenant.administrator(login).cloned().filter(|_| is_right) {
            Some(administrator) => Ok(AuthenticatedAdministrator { tenant, keys, administrator }),
            None => Err(unauthorized("login or password is wrong, or the tenant allows no logins")),
        }
    }
}

fn is_password_of(login: &str, password: &SecretString, keys: &KeysSecret) -> bool {
    let entries = keys.administrators.iter().map(|entry| (entry.sha256.as_str(), entry.login == login));
    is_listed(password.expose_secret(), entries)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// SHA-256 of "secret".
    const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    #[test]
    fn a_password_counts_for_its_own_login() {
        let keys: KeysSecret = serde_json::from_value(json!({"signing": [], "refresh": [], "clients": [],
        "administrators": [
            {"login": "contoso.short", "sha256": &SECRET[..10]},
            // From before passwords were kept like this; the secret as a whole can still be read.
            {"login": "contoso.old", "argon2id": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"},
            {"login": "contoso.admin", "sha256": SECRET},
        ]}))
        .expect("a keys secret");
        let check = |login, password: &str| is_password_of(login, &SecretString::from(password), &keys);
        assert!(check("contoso.admin", "secret"));
        for (login, password) in [
            ("contoso.short", "secret"),
            ("contoso.old", "secret"),
            ("contoso.old", ""),
            ("contoso.nobody", "secret"),
            ("contoso.admin", ""),
            ("contoso.admin", "Secret"),
            ("contoso.admin", SECRET),
        ] {
            assert!(!check(login, password), "{login} {password:?}");
        }
    }
}
