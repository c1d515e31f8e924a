//! Administrators and their passwords (RFC 6749, section 4.3), for tenants that still allow that.

use std::{sync::Arc, time::Duration};

use futures_util::future::join;
use secrecy::SecretString;

use super::{
    client::tenant_of,
    lookup::{self, Ahead, Claim},
    password::is_password,
};
use crate::{
    call::CallContext,
    domain::{Administrator, Tenant},
    problem::{Kind, Problem},
    secrets::KeysSecret,
    services::Services,
    store::Attempt,
};

/// An administrator who gave the right password, with what tokens are made from.
pub struct AuthenticatedAdministrator {
    /// Whose administrator.
    pub tenant: Arc<Tenant>,
    /// The tenant's keys.
    pub keys: Arc<KeysSecret>,
    /// The administrator's configuration.
    pub administrator: Administrator,
}

/// Why a login came to nothing.
#[derive(Debug)]
pub enum LoginRefused {
    /// Login or password is wrong, or the tenant allows no logins: which of them is for the log alone.
    Wrong(&'static str),
    /// There were too many attempts. The login rests for this long, whether it exists or not.
    Resting(Duration),
    /// It could not be found out.
    Failed(Problem),
}

/// The administrator with this login and password, at the `host` that the request names. Takes the same steps, and so
/// the same time, whatever is wrong.
pub async fn authenticate_administrator(
    services: &Services,
    context: &CallContext,
    host: Option<&str>,
    login: &str,
    password: SecretString,
) -> Result<AuthenticatedAdministrator, LoginRefused> {
    let named = tenant_of(login).ok_or(LoginRefused::Wrong("the login names no tenant"))?;
    let claim = Claim { tenant: &named, host, ahead: Ahead::Nothing };
    let counted = context.deadline.work(services.attempts.begin(&named, login, services.now()));
    let (found, counted) = join(lookup::tenant_and_keys(services, context, &claim), counted).await;
    match counted.ok_or_else(Problem::timed_out).map(|counted| counted.map_err(|e| Problem::internal(e.to_string()))) {
        Ok(Ok(Attempt::Allowed)) => {}
        Ok(Ok(Attempt::Locked(wait))) => return Err(LoginRefused::Resting(wait)),
        Ok(Err(problem)) | Err(problem) => return Err(LoginRefused::Failed(problem)),
    }
    let found = match found {
        Ok((tenant, keys)) => tenant.administrator(login).cloned().map(|administrator| (tenant, keys, administrator)),
        Err(problem) if problem.kind == Kind::Unauthorized => None,
        Err(problem) => return Err(LoginRefused::Failed(problem)),
    };
    let hashes = found.as_ref().into_iter().flat_map(|(_, keys, _)| &keys.administrators);
    let hash = hashes.filter(|hash| hash.login == login).map(|hash| hash.argon2id.clone()).next();
    // Tens of milliseconds of work, which must not hold up others on the same thread.
    let checked = tokio::task::spawn_blocking(move || is_password(&password, hash.as_deref())).await;
    let is_right = checked.map_err(|_| LoginRefused::Failed(Problem::internal("the password check broke off")))?;
    let Some((tenant, keys, administrator)) = found.filter(|_| is_right) else {
        return Err(LoginRefused::Wrong("login or password is wrong, or logins are not allowed"));
    };
    // Should this fail, the attempts are forgotten by themselves in a while.
    let _ = context.deadline.work(services.attempts.forget(&tenant.id, login)).await;
    Ok(AuthenticatedAdministrator { tenant, keys, administrator })
}
