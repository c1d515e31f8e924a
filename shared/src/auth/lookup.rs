//! What is looked up for a tenant that a credential only claims, and how often at most.
//!
//! Names and key ids in a credential can be made up. Each would cost calls to Secrets Manager, which are limited for the
//! whole account and paid for by the piece, so a caller without a valid credential can cause few of them.

mod read_ahead;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join3;

use self::read_ahead::{Order, ReadAhead};
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
/// What a process remembers of its lookups.
#[derive(Default)]
pub(crate) struct Lookups {
    /// When the keys of a tenant were last read past the cache. Holds tenants that exist, and no others.
    keys: Mutex<HashMap<TenantId, Instant>>,
    /// Whose secrets may be read along with the tenant.
    read_ahead: Mutex<ReadAhead>,
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
        let order = read_ahead(services).begin(id, Instant::now());
        if order == Order::After {
            known(services, id, order, services.tenants.get(id).await)?;
        }
        if ahead == Ahead::Calendar {
            services.warm_up(id);
        }
        let all = join3(services.tenants.get(id), services.secrets.keys(id), host::check(services, id, host));
        // On the heap: with several SDK calls inside, every future around this one would be tens of kilobytes.
        let (tenant, keys, host) = Box::pin(all).await;
        // The tenant decides first: of the secrets of a tenant that does not exist, AWS may say that they are forbidden.
        let tenant = known(services, id, order, tenant)?;
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

fn known(
    services: &Services,
    id: &TenantId,
    order: Order,
    tenant: Result<Option<Arc<Tenant>>, StoreError>,
) -> Result<Arc<Tenant>, Problem> {
    match tenant {
        Ok(Some(tenant)) => {
            read_ahead(services).exists(id, order);
            if tenant.disabled { Err(unauthorized("the tenant is disabled")) } else { Ok(tenant) }
        }
        Ok(None) => {
            read_ahead(services).is_gone(id);
            Err(unauthorized("the tenant does not exist"))
        }
        Err(error) => Err(error.into()),
    }
}

fn read_ahead(services: &Services) -> MutexGuard<'_, ReadAhead> {
    services.lookups.read_ahead.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_keys(error: SecretsError) -> Problem {
    match error {
        SecretsError::NotFound => unauthorized("the tenant has no keys secret"),
        other => other.into(),
    }
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
}
