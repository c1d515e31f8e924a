//! What is looked up for a tenant that a credential only claims, and how often at most.
//!
//! Names and key ids in a credential can be made up. Each would cost calls to Secrets Manager, which are limited for the
//! whole account and paid for by the piece, so a caller without a valid credential can cause few of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join3;

use super::{host, unauthorized};
use crate::{
    call::CallContext,
    domain::{Tenant, TenantId},
    problem::Problem,
    secrets::{KeysSecret, SecretsError},
    services::Services,
    store::StoreError,
};

/// The least time between two looks past the cache at the keys of one tenant, in one process. A key that has been stored
/// for so long is found by every process that is shown it.
pub const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
/// For how long after an unknown tenant was asked for the tenant comes first and its secrets second.
const CAREFUL_FOR: Duration = Duration::from_secs(10);

/// What a process remembers of its lookups.
#[derive(Default)]
pub(crate) struct Lookups {
    /// When the keys of a tenant were last read past the cache. Holds tenants that exist, and no others.
    keys: Mutex<HashMap<TenantId, Instant>>,
    /// When a tenant that does not exist was last asked for.
    unknown_tenant: Mutex<Option<Instant>>,
}

/// What a request claims, to be looked up.
pub(super) struct Claim<'a> {
    /// The tenant that its credential names.
    pub(super) tenant: &'a TenantId,
    /// The host it was sent to.
    pub(super) host: Option<&'a str>,
    /// What it will need next.
    pub(super) ahead: Ahead,
}

/// What else is fetched, since the request will need it next: one round trip less on a cold start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    /// Nothing.
    Nothing,
    /// What reaching the tenant's calendars takes. Whether that works is seen when it is used.
    Calendar,
}

/// A tenant that exists and is served at the claimed host, and its keys, at the cost of one round trip.
pub(super) async fn tenant_and_keys(
    services: &Services,
    context: &CallContext,
    claim: &Claim<'_>,
) -> Result<(Arc<Tenant>, Arc<KeysSecret>), Problem> {
    let Claim { tenant: id, host, ahead } = *claim;
    let fetch = async {
        if recently(&services.lookups.unknown_tenant, Instant::now()) {
            known(services, services.tenants.get(id).await)?;
        }
        if ahead == Ahead::Calendar {
            services.warm_up(id);
        }
        let all = join3(services.tenants.get(id), services.secrets.keys(id), host::check(services, id, host));
        // On the heap: with several SDK calls inside, every future around this one would be tens of kilobytes.
        let (tenant, keys, host) = Box::pin(all).await;
        // The tenant decides first: of the secrets of a tenant that does not exist, AWS may say that they are forbidden.
        let tenant = known(services, tenant)?;
        host?;
        Ok((tenant, keys.map_err(no_keys)?))
    };
    context.deadline.work(fetch).await.unwrap_or_else(|| Err(Problem::timed_out()))
}

/// A tenant's keys after one that a credential needs was not among those known: read past the cache, unless that was
/// done a moment ago; then as that look has left them.
pub(super) async fn keys_again(
    services: &Services,
    context: &CallContext,
    id: &TenantId,
) -> Result<Arc<KeysSecret>, Problem> {
    let fetch = async {
        if may_look(&services.lookups.keys, id, Instant::now()) {
            services.secrets.keys_now(id).await
        } else {
            services.secrets.keys(id).await
        }
    };
    match context.deadline.work(fetch).await {
        Some(keys) => keys.map_err(no_keys),
        None => Err(Problem::timed_out()),
    }
}

fn known(services: &Services, tenant: Result<Option<Arc<Tenant>>, StoreError>) -> Result<Arc<Tenant>, Problem> {
    match tenant {
        Ok(Some(tenant)) if tenant.disabled => Err(unauthorized("the tenant is disabled")),
        Ok(Some(tenant)) => Ok(tenant),
        Ok(None) => {
            *services.lookups.unknown_tenant.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            Err(unauthorized("the tenant does not exist"))
        }
        Err(error) => Err(error.into()),
    }
}

fn no_keys(error: SecretsError) -> Problem {
    match error {
        SecretsError::NotFound => unauthorized("the tenant has no keys secret"),
        other => other.into(),
    }
}

fn recently(moment: &Mutex<Option<Instant>>, now: Instant) -> bool {
    let moment = *moment.lock().unwrap_or_else(PoisonError::into_inner);
    moment.is_some_and(|moment| now.saturating_duration_since(moment) < CAREFUL_FOR)
}

fn may_look(looks: &Mutex<HashMap<TenantId, Instant>>, id: &TenantId, now: Instant) -> bool {
    let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
    if looks.get(id).is_some_and(|last| now.saturating_duration_since(*last) < BETWEEN_LOOKS) {
        return false;
    }
    looks.insert(id.clone(), now);
    true
}

#[cfg(test)]
mod tests {
    use super::{super::samples::tenant, *};

    #[test]
    fn keys_are_looked_at_again_once_in_a_while_for_each_tenant() {
        let looks = Mutex::default();
        let start = Instant::now();
        assert!(may_look(&looks, &tenant("contoso"), start));
        assert!(!may_look(&looks, &tenant("contoso"), start + BETWEEN_LOOKS / 2));
        assert!(may_look(&looks, &tenant("fabrikam"), start + BETWEEN_LOOKS / 2));
        assert!(may_look(&looks, &tenant("contoso"), start + BETWEEN_LOOKS));
    }

    #[test]
    fn care_ends() {
        let moment = Mutex::new(None);
        let start = Instant::now();
        assert!(!recently(&moment, start));
        *moment.lock().expect("not poisoned") = Some(start);
        assert!(recently(&moment, start + CAREFUL_FOR / 2));
        assert!(!recently(&moment, start + CAREFUL_FOR));
    }
}
