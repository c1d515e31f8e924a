//! Looks up the tenant that a credential claims, and limits how often.
//!
//! A sender can invent the names and key ids in a credential. Each would cost requests to Secrets Manager, which are limited for the
//! whole account and paid for by the piece, so a sender without a valid credential can cause few of them.

mod read_ahead;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use futures_util::future::{join, join3};

use self::read_ahead::{Order, ReadAhead};
use super::{host, unauthorized};
use crate::{
    call::CallContext,
    clock::Clock,
    domain::{Tenant, TenantId},
    problem::{Kind, Problem},
    secrets::{KeysSecret, Secrets, SecretsError},
    store::{StoreError, Tenants},
};

/// The shortest interval between two reads of one tenant's keys past the cache, in one process. After it, every process finds a key
/// that was stored.
pub const KEY_REFRESH_INTERVAL: Duration = Duration::from_secs(5);

/// Looks up tenants and their keys for the authenticators.
pub struct TenantLookup {
    tenants: Arc<Tenants>,
    secrets: Arc<Secrets>,
    /// The domain below which each tenant has a host.
    tenant_domain: Option<String>,
    clock: Clock,
    /// Begins to fetch what requests to a tenant's calendars take, without waiting for it.
    prefetch_calendar: Box<dyn Fn(&TenantId) + Send + Sync>,
    /// When the keys of a tenant were last read past the cache. Only tenants that exist.
    key_reads: Mutex<HashMap<TenantId, Instant>>,
    /// Which tenants' secrets may be read at the same time as the tenant.
    read_ahead: Mutex<ReadAhead>,
}

/// What a request claims, to be looked up.
pub(super) struct Claim<'a> {
    /// The tenant that the credential names.
    pub(super) tenant: &'a TenantId,
    /// The host that the request was sent to.
    pub(super) host: Option<&'a str>,
    pub(super) prefetch: Prefetch,
}

/// What is fetched while a request is authenticated, because its endpoint needs it next: one round trip less on a cold start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefetch {
    /// For an endpoint that does not use calendars. Its role needs no access to Microsoft's secrets.
    Nothing,
    /// What requests to the tenant's calendars take. Failures show when it is used. The endpoint's role needs the policy
    /// `ReachMicrosoft`.
    Calendar,
}

impl TenantLookup {
    pub fn new(
        tenants: Arc<Tenants>,
        secrets: Arc<Secrets>,
        tenant_domain: Option<String>,
        clock: Clock,
        prefetch_calendar: impl Fn(&TenantId) + Send + Sync + 'static,
    ) -> Self {
        Self {
            tenants,
            secrets,
            tenant_domain,
            clock,
            prefetch_calendar: Box::new(prefetch_calendar),
            key_reads: Mutex::default(),
            read_ahead: Mutex::default(),
        }
    }

    /// The time by which credentials are current.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A tenant that exists and is served at the claimed host, and its keys, in one round trip.
    pub(super) async fn tenant_and_keys(
        &self,
        context: &CallContext,
        claim: &Claim<'_>,
    ) -> Result<(Arc<Tenant>, Arc<KeysSecret>), Problem> {
        let Claim { tenant: id, host, prefetch } = *claim;
        let fetch = async {
            let order = self.begin_reads(id, prefetch).await?;
            let host = host::check(&self.tenants, self.tenant_domain.as_deref(), id, host);
            let all = join3(self.tenants.get(id), self.secrets.keys(id), host);
            // On the heap: with several SDK calls inside, every future around this one would be tens of kilobytes.
            let (tenant, keys, host) = Box::pin(all).await;
            // The tenant decides first: AWS may answer that the secrets of a tenant that does not exist are forbidden.
            let tenant = self.known(id, order, tenant)?;
            host?;
            Ok((tenant, keys.map_err(no_keys)?))
        };
        context.deadline.work(fetch).await.unwrap_or_else(|| Err(Problem::timed_out()))
    }

    /// A tenant that exists and is served at the claimed host, for a request that has found it by a public id and has no credential.
    /// No keys are read. Fails with [`Kind::NotFound`], whatever the reason.
    pub(crate) async fn public_tenant(
        &self,
        context: &CallContext,
        id: &TenantId,
        host: Option<&str>,
        prefetch: Prefetch,
    ) -> Result<Arc<Tenant>, Problem> {
        let fetch = async {
            let order = self.begin_reads(id, prefetch).await?;
            let host = host::check(&self.tenants, self.tenant_domain.as_deref(), id, host);
            let (tenant, host) = Box::pin(join(self.tenants.get(id), host)).await;
            let tenant = self.known(id, order, tenant)?;
            host.map(|()| tenant)
        };
        let found = context.deadline.work(fetch).await.unwrap_or_else(|| Err(Problem::timed_out()));
        let tenant = found.map_err(as_not_found)?;
        context.act_for(&tenant.id);
        Ok(tenant)
    }

    /// Begins to fetch what the endpoint needs next. After too many tenants that do not exist, a tenant that this process does not
    /// know is looked up first.
    async fn begin_reads(&self, id: &TenantId, prefetch: Prefetch) -> Result<Order, Problem> {
        let order = self.read_ahead().begin(id, Instant::now());
        if order == Order::After {
            self.known(id, order, self.tenants.get(id).await)?;
        }
        if prefetch == Prefetch::Calendar {
            (self.prefetch_calendar)(id);
        }
        Ok(order)
    }

    /// A tenant's keys after the key that a credential needs was not among the cached ones: read past the cache, unless that was
    /// done within [`KEY_REFRESH_INTERVAL`].
    pub(super) async fn keys_again(&self, context: &CallContext, id: &TenantId) -> Result<Arc<KeysSecret>, Problem> {
        let fetch = async {
            if may_read(&self.key_reads, id, Instant::now()) {
                self.secrets.keys_now(id).await
            } else {
                self.secrets.keys(id).await
            }
        };
        match context.deadline.work(fetch).await {
            Some(keys) => keys.map_err(no_keys),
            None => Err(Problem::timed_out()),
        }
    }

    fn known(
        &self,
        id: &TenantId,
        order: Order,
        tenant: Result<Option<Arc<Tenant>>, StoreError>,
    ) -> Result<Arc<Tenant>, Problem> {
        match tenant {
            Ok(Some(tenant)) => {
                self.read_ahead().exists(id, order);
                if tenant.disabled { Err(unauthorized("the tenant is disabled")) } else { Ok(tenant) }
            }
            Ok(None) => {
                self.read_ahead().is_gone(id);
                Err(unauthorized("the tenant does not exist"))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn read_ahead(&self) -> MutexGuard<'_, ReadAhead> {
        self.read_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request without a credential must not learn whether a tenant is absent, disabled or served at another host.
fn as_not_found(problem: Problem) -> Problem {
    match problem.kind {
        Kind::Unauthorized => {
            Problem { cause: problem.cause, ..Problem::new(Kind::NotFound, "What the request names does not exist.") }
        }
        _ => problem,
    }
}

fn no_keys(error: SecretsError) -> Problem {
    match error {
        SecretsError::NotFound => unauthorized("the tenant has no keys secret"),
        other => other.into(),
    }
}

fn may_read(reads: &Mutex<HashMap<TenantId, Instant>>, id: &TenantId, now: Instant) -> bool {
    let mut reads = reads.lock().unwrap_or_else(PoisonError::into_inner);
    if reads.get(id).is_some_and(|last| now.saturating_duration_since(*last) < KEY_REFRESH_INTERVAL) {
        return false;
    }
    reads.insert(id.clone(), now);
    true
}

#[cfg(test)]
mod tests {
    use super::{super::samples::tenant, *};

    #[test]
    fn keys_are_looked_at_again_once_in_a_while_for_each_tenant() {
        let looks = Mutex::default();
        let start = Instant::now();
        assert!(may_read(&looks, &tenant("contoso"), start));
        assert!(!may_read(&looks, &tenant("contoso"), start + KEY_REFRESH_INTERVAL / 2));
        assert!(may_read(&looks, &tenant("fabrikam"), start + KEY_REFRESH_INTERVAL / 2));
        assert!(may_read(&looks, &tenant("contoso"), start + KEY_REFRESH_INTERVAL));
    }
}
