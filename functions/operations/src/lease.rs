//! One writer at a time for what a tenant has in Secrets Manager, which knows no conditional write.

use std::{future::Future, pin::Pin, time::Duration};

use chrono::TimeDelta;
use convene::{domain::TenantId, edge::TaskError, services::Services};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

/// How long is waited before a lease is asked for again.
const PAUSE: Duration = Duration::from_millis(500);

/// A lease of a tenant. Whoever holds both takes the one on the credentials first.
#[derive(Debug)]
pub struct Lease {
    name: &'static str,
    /// What it keeps others from, for people.
    about: &'static str,
    longest: TimeDelta,
}

/// On what the integrator is given. Held from the reading of the current version to the writing of the next one.
pub const CREDENTIALS: Lease =
    Lease { name: "credentials", about: "the tenant's credentials", longest: TimeDelta::seconds(60) };
/// On what functions verify with.
pub const KEYS: Lease = Lease { name: "keys", about: "the tenant's keys", longest: TimeDelta::seconds(30) };

/// Does work that no other holder of the lease does at the same time. It is cut off long before the lease ends, so that a
/// holder that was slow writes nothing over what the next one wrote. The work is on the heap: calls to AWS are large.
pub async fn hold<T>(
    services: &Services,
    tenant: &TenantId,
    lease: &Lease,
    work: Pin<Box<impl Future<Output = Result<T, TaskError>>>>,
) -> Result<T, TaskError> {
    let (owner, began) = (Uuid::new_v4(), Instant::now());
    let longest = lease.longest.to_std().unwrap_or_default();
    while !services.leases.acquire(tenant, lease.name, owner, services.now() + lease.longest).await? {
        // By then the lease of a holder that was killed has ended.
        if began.elapsed() > longest + PAUSE {
            return Err(TaskError(format!("Another function is changing {}. Try again.", lease.about)));
        }
        sleep(PAUSE).await;
    }
    let done = timeout(longest / 2, work).await;
    // One that is not given back ends by itself.
    if let Err(error) = services.leases.release(tenant, lease.name, owner).await {
        tracing::warn!(target: "convene", tenant = %tenant, cause = %error, "a lease was not released");
    }
    done.unwrap_or_else(|_| Err(TaskError("Secrets Manager did not answer in time. Try again.".to_owned())))
}
