//! Erasing what Convene has stored of a tenant: the records of its meetings and bookings, its grants, and its configuration.
//!
//! Calendars are not touched, and secrets and hosts' certificates belong to the tenant's stack. Only a disabled tenant is
//! erased, so the stack goes first. The configuration goes last: as long as it is there, erasing may be done again.

use std::time::Duration;

use chrono::TimeDelta;
use convene::{
    domain::TenantId,
    edge::{Task, TaskError},
    store::ErasureMark,
};
use serde::Deserialize;
use serde_json::json;

/// For how long after a tenant was disabled a function may still serve it: what it knows of the tenant is a minute old at
/// most, and a request takes half a minute at most.
const STILL_SERVED: TimeDelta = TimeDelta::seconds(100);
/// The time that erasing needs at the least, after waiting.
const LEAST_TIME: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Event {
    tenant: TenantId,
    /// The tenant's name again, since there is no way back.
    confirm: String,
}

/// The function.
pub fn task() -> Task {
    Task::new("erase-tenant", |services, context, Event { tenant, confirm }| async move {
        if confirm != tenant.as_str() {
            return Err(TaskError("Nothing was erased: confirm must be the tenant's name.".to_owned()));
        }
        context.act_for(&tenant);
        let ownership = services.tenants.ownership(&tenant).await?;
        if ownership.as_ref().is_some_and(|ownership| !ownership.disabled) {
            return Err(TaskError(format!(
                "Nothing was erased: the tenant {tenant} is enabled. Delete its stack first."
            )));
        }
        let answer =
            |erased: u64, finished: bool| Ok(json!({"tenant": tenant, "erased": erased, "finished": finished}));

        let disabled_at = ownership.as_ref().and_then(|ownership| ownership.disabled_at);
        let wait = disabled_at.and_then(|at| (at + STILL_SERVED - services.now()).to_std().ok()).unwrap_or_default();
        if wait + LEAST_TIME > context.deadline.remaining() {
            return answer(0, false);
        }
        tokio::time::sleep(wait).await;
        // A stack that took the tenant over from here on would lose what it is given.
        if ownership.is_some() {
            match services.tenants.mark_for_erasure(&tenant).await? {
                ErasureMark::Set => {}
                ErasureMark::Enabled => {
                    let why = format!("Nothing was erased: the tenant {tenant} was enabled again a moment ago.");
                    return Err(TaskError(why));
                }
                // The configuration goes last, so another invocation has erased everything.
                ErasureMark::NotFound => return answer(0, true),
            }
        }
        let erased = services.erasure.erase(&tenant, &context.deadline).await?;
        if !erased.finished || ownership.is_none() {
            return answer(erased.items, erased.finished);
        }
        if !services.tenants.remove(&tenant).await? {
            return Err(TaskError(format!("The tenant {tenant} was enabled again while it was being erased.")));
        }
        answer(erased.items + 1, true)
    })
}
