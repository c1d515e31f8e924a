//! Checking a tenant: what is wrong with it, and what to do about it, in words for its operator.
//!
//! Nothing is booked and nothing is changed, but that Microsoft tokens are had anew. What the answer shows of a tenant is
//! its name and its members' addresses, never a secret.

mod finding;
mod secrets;

use std::sync::Arc;

use chrono::TimeDelta;
use convene::{
    CallContext,
    calendar::{Calendar as _, CalendarError, graph::remediation},
    domain::{EmailAddress, Member, Tenant, TenantId, TimeSpan},
    edge::{Task, TaskError},
    services::Services,
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use finding::Check;

/// How many members' mailboxes are tried.
const MAX_MAILBOXES: usize = 20;
/// What is asked about a mailbox.
const WINDOW: TimeDelta = TimeDelta::hours(1);

#[derive(Deserialize)]
struct Event {
    tenant: TenantId,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Report {
    tenant: TenantId,
    /// Whether nothing is wrong.
    ok: bool,
    /// What was looked at, in the order in which it depends on each other. What depends on something that is wrong is
    /// left out.
    checks: Vec<Check>,
}

/// The function.
pub fn task() -> Task {
    Task::new("check-tenant", |services, context, Event { tenant }| async move {
        let mut checks = Vec::new();
        if let Some(configured) = configuration(&services, &tenant, &mut checks).await {
            context.act_for(&tenant);
            if secrets::check(&services, &configured, &mut checks).await {
                microsoft(&services, &context, &configured, &mut checks).await;
            }
        }
        let report = Report { tenant, ok: checks.iter().all(|check| check.ok), checks };
        serde_json::to_value(report).map_err(|_| TaskError("The answer cannot be written.".to_owned()))
    })
}

/// A disabled tenant is looked at all the same: somebody may want to know before they enable it.
async fn configuration(services: &Services, id: &TenantId, checks: &mut Vec<Check>) -> Option<Arc<Tenant>> {
    const CONFIGURATION: &str = "configuration";
    match services.tenants.get_uncached(id).await {
        Ok(Some(tenant)) => {
            checks.push(if tenant.disabled {
                Check::failed(CONFIGURATION, "The tenant is disabled.", "Its stack was deleted. Roll it out again.")
            } else {
                Check::passed(CONFIGURATION)
            });
            Some(tenant)
        }
        Ok(None) => {
            let advice = "Look for a slip in the name, or roll the tenant out.";
            checks.push(Check::failed(CONFIGURATION, "There is no tenant of this name.", advice));
            None
        }
        Err(error) => {
            let advice = "Roll the tenant out again if its configuration is malformed; else see the function's \
                          permissions and whether AWS is well.";
            checks.push(Check::failed(CONFIGURATION, error.to_string(), advice));
            None
        }
    }
}

/// Whether Microsoft lets the tenant in, and then at each member's calendar.
async fn microsoft(services: &Services, context: &CallContext, tenant: &Arc<Tenant>, checks: &mut Vec<Check>) {
    const SIGN_IN: &str = "microsoft sign-in";
    let calendar = services.graph_calendar(tenant);
    let refused = |check: String, error: &CalendarError| {
        let unknown = "See the function's log, and Microsoft's documentation of the code.";
        Check::failed(check, format!("Microsoft: {error}."), remediation(error, tenant.access).unwrap_or(unknown))
    };
    match calendar.sign_in(context).await {
        Ok(()) => checks.push(Check::passed(SIGN_IN)),
        Err(error) => return checks.push(refused(SIGN_IN.to_owned(), &error)),
    }
    let now = services.now();
    let Ok(window) = TimeSpan::new(now, now + WINDOW) else { return };
    // One by one: of several that are asked about together, one that the application may not use is told of by another.
    let each = tenant.members.iter().take(MAX_MAILBOXES).map(|Member { email, .. }| {
        let calendar = &calendar;
        async move {
            let check = format!("mailbox {email}");
            let Ok(mailbox) = email.parse::<EmailAddress>() else {
                return Check::failed(check, "It is no mail address.", "Correct the member.");
            };
            match calendar.free_busy(context, &[mailbox], window).await.pop() {
                Some(Err(error)) => refused(check, &error),
                _ => Check::passed(check),
            }
        }
    });
    checks.extend(join_all(each).await);
    if tenant.members.is_empty() {
        let note = "The tenant has no members, so no mailbox was tried.";
        checks.push(Check { advice: Some(note.into()), ..Check::passed("mailboxes") });
    }
}
