//! What is looked up for a tenant that a credential only claims, and how often at most.
//!
//! Names and key ids in a credential can be made up. Each would cost calls to Secrets Manager, which are limited for the
//! whole account and paid for by the piece, so a caller without a valid credential can cause few of them.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
/// How many secrets of tenants that turn out not to exist a process reads at once, at most: each was read along with a
/// tenant that it did not know.
const MAX_READS_AHEAD: usize = 5;
/// How long it takes until there may be one more.
const READ_AHEAD_INTERVAL: Duration = Duration::from_secs(10);

/// What a process remembers of its lookups.
#[derive(Default)]
pub(crate) struct Lookups {
    /// When the keys of a tenant were last read past the cache. Holds tenants that exist, and no others.
    keys: Mutex<HashMap<TenantId, Instant>>,
    /// Whose secrets may be read along with the tenant.
    read_ahead: Mutex<ReadAhead>,
}

/// Decides whether a tenant's secrets are read along with the tenant, which saves a round trip, or after it, which saves
/// the reads if there is no such tenant.
///
/// A tenant that this process has seen is always read ahead, whatever names are made up beside it. A new name takes one of a
/// few permits, and gives it back if it is a tenant's. So made-up names cost the tenants that exist nothing, unless they come
/// faster than permits do: then a tenant's first request in this process, and no other, takes a round trip more.
#[derive(Debug, Default)]
struct ReadAhead {
    /// Tenants that exist, and no others.
    known: HashSet<TenantId>,
    /// When the permits in use come back, the latest last.
    in_use: Vec<Instant>,
}

/// When the secrets of a tenant are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Along with the tenant, which is known to exist.
    Together,
    /// Along with the tenant, by a permit.
    Permitted,
    /// After the tenant.
    After,
}

impl ReadAhead {
    /// In which order a tenant and its secrets are read now.
    fn begin(&mut self, id: &TenantId, now: Instant) -> Order {
        if self.known.contains(id) {
            return Order::Together;
        }
        self.in_use.retain(|back| now < *back);
        if self.in_use.len() >= MAX_READS_AHEAD {
            return Order::After;
        }
        // One comes back after another: a burst is paid for by a pause as long as slow requests would have taken.
        let last = self.in_use.last().copied().unwrap_or(now);
        self.in_use.push(last + READ_AHEAD_INTERVAL);
        Order::Permitted
    }

    /// The tenant exists. Gives back the permit that reading it took, if it did.
    fn exists(&mut self, id: &TenantId, order: Order) {
        if order == Order::Permitted {
            self.in_use.pop();
        }
        if !self.known.contains(id) {
            self.known.insert(id.clone());
        }
    }

    /// There is no such tenant, or no longer.
    fn is_gone(&mut self, id: &TenantId) {
        self.known.remove(id);
    }
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

    /// Made-up names, each another one, at these seconds; how many secrets are read for them.
    fn reads(ahead: &mut ReadAhead, start: Instant, seconds: impl Iterator<Item = u64>) -> usize {
        let ask = |second: u64| {
            let id = tenant(&format!("made-up-{second}"));
            let order = ahead.begin(&id, start + Duration::from_secs(second));
            ahead.is_gone(&id);
            order == Order::Permitted
        };
        seconds.map(ask).filter(|read| *read).count()
    }

    #[test]
    fn a_made_up_tenant_every_ten_seconds_holds_up_no_other() {
        let (mut ahead, start) = (ReadAhead::default(), Instant::now());
        for round in 0..360 {
            assert_eq!(reads(&mut ahead, start, [round * 10].into_iter()), 1, "{round}");
            let (id, now) = (tenant(&format!("tenant-{round}")), start + Duration::from_secs(round * 10 + 1));
            assert_eq!(ahead.begin(&id, now), Order::Permitted, "a tenant's first request, {round}");
            ahead.exists(&id, Order::Permitted);
            assert_eq!(ahead.begin(&id, now), Order::Together, "{round}");
        }
    }

    #[test]
    fn made_up_tenants_cause_few_reads_however_fast_they_come() {
        let (mut ahead, start) = (ReadAhead::default(), Instant::now());
        let contoso = tenant("contoso");
        ahead.exists(&contoso, Order::After);
        let everyone = (0..3600).flat_map(|second| [second; 10]);
        let count = reads(&mut ahead, start, everyone);
        assert!((300..=366).contains(&count), "{count} in an hour");
        let end = start + Duration::from_secs(3599);
        assert_eq!(ahead.begin(&contoso, end), Order::Together, "what exists is read ahead all the same");
        // Another one pays once with a round trip.
        let fabrikam = tenant("fabrikam");
        let order = ahead.begin(&fabrikam, end);
        ahead.exists(&fabrikam, order);
        assert_eq!((order, ahead.begin(&fabrikam, end)), (Order::After, Order::Together));
    }

    #[test]
    fn a_tenant_that_is_gone_is_as_good_as_made_up() {
        let (mut ahead, now) = (ReadAhead::default(), Instant::now());
        let contoso = tenant("contoso");
        ahead.exists(&contoso, Order::After);
        ahead.is_gone(&contoso);
        assert_eq!(ahead.begin(&contoso, now), Order::Permitted);
    }

    #[test]
    fn permits_come_back_one_by_one_and_at_once_if_the_tenant_exists() {
        let (mut ahead, start) = (ReadAhead::default(), Instant::now());
        let orders: Vec<_> = (0..7).map(|_| ahead.begin(&tenant("contoso"), start)).collect();
        assert_eq!(orders.iter().filter(|order| **order == Order::Permitted).count(), MAX_READS_AHEAD);
        for order in orders {
            ahead.exists(&tenant("contoso"), order);
        }
        assert!(ahead.in_use.is_empty());
        assert_eq!(reads(&mut ahead, start, [0; 9].into_iter()), MAX_READS_AHEAD);
        assert_eq!(reads(&mut ahead, start, [10; 9].into_iter()), 1);
        assert_eq!(reads(&mut ahead, start, [40; 9].into_iter()), 3);
    }
}
