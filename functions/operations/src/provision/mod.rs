//! Rolling out a tenant: the custom resource `Custom::Tenant` of CloudFormation.
//!
//! A tenant belongs to the stack that made it. Every step can be done again, since CloudFormation and Lambda repeat
//! events: what is there already stays, what is missing is made. Deleting the stack disables the tenant and keeps its
//! data; the next stack of that name takes it over.

pub mod cloudformation;
pub mod credentials;
pub mod ids;
pub mod plan;
pub mod properties;

mod fields;

use std::sync::Arc;

use convene::{
    CallContext,
    domain::{Tenant, TenantId},
    edge::{Task, TaskError},
    http,
    secrets::SecretKind,
    services::Services,
    store::PublicName,
};

use crate::lease::{self, CREDENTIALS};

use self::{
    cloudformation::{Event, Outcome, RequestType},
    plan::Plan,
};

/// What the resource's id begins with; the tenant's name follows.
const PHYSICAL_ID: &str = "convene-tenant-";

/// The function.
pub fn task() -> Task {
    Task::new("provision-tenant", |services, context, event: Event| async move {
        let physical_id = physical_id(&event);
        let outcome = match provision(&services, &context, &event).await {
            Ok(attributes) => Outcome::Success(attributes),
            Err(TaskError(reason)) => Outcome::Failed(reason),
        };
        if let Outcome::Failed(_) = &outcome {
            // Why stands in the stack's events. It may quote properties, and those hold mail addresses.
            tracing::warn!(target: "convene", "the tenant was not rolled out");
        }
        let client = http::client().ok_or_else(|| TaskError("There is no HTTP client.".to_owned()))?;
        event.respond(&client, &physical_id, &outcome).await?;
        Ok(serde_json::Value::Null)
    })
}

/// The resource's id: the tenant's. It changes only with the tenant's name, which makes it another tenant; for that
/// CloudFormation deletes the old one afterwards. A resource whose name is no name keeps the id it has, so that taking
/// back a failed change deletes nothing else.
fn physical_id(event: &Event) -> String {
    let named = event.resource_properties["TenantName"].as_str().and_then(|name| TenantId::new(name).ok());
    match (event.request_type, &event.physical_resource_id, named) {
        (RequestType::Delete, Some(id), _) | (_, Some(id), None) => id.clone(),
        (_, _, Some(tenant)) => format!("{PHYSICAL_ID}{tenant}"),
        (_, None, None) => format!("{PHYSICAL_ID}(none)"),
    }
}

async fn provision(
    services: &Arc<Services>,
    context: &CallContext,
    event: &Event,
) -> Result<Vec<(&'static str, String)>, TaskError> {
    if event.request_type == RequestType::Delete {
        disable(services, context, event).await?;
        return Ok(Vec::new());
    }
    let plan = Plan::of(event.resource_properties.clone());
    let plan = plan.map_err(|errors| TaskError(format!("{errors}.")))?;
    context.act_for(&plan.tenant.id);
    let before = check(services, &plan, &event.stack_id).await?;
    let client_id = plan.tenant.clients.first().map(|client| client.client_id.clone()).unwrap_or_default();
    credentials::ensure(services, &plan.tenant, &plan.refresh_token_generation).await?;
    let store = store(services, &plan, before.as_deref(), &event.stack_id);
    lease::hold(services, &plan.tenant.id, &CREDENTIALS, Box::pin(store)).await?;
    Ok(vec![
        ("TenantName", plan.tenant.id.to_string()),
        ("ClientId", client_id),
        ("NylasClientId", plan.tenant.applications.get(ids::NYLAS).cloned().unwrap_or_default()),
        ("CredentialsSecretArn", plan.credentials_arn.clone()),
    ])
}

/// Enables the tenant as planned. Under the same lease as [`disable`], since CloudFormation may take a resource back while
/// this is still making it; the stack's secrets are gone by then, and so nothing is stored.
async fn store(services: &Services, plan: &Plan, before: Option<&Tenant>, stack: &str) -> Result<(), TaskError> {
    let id = &plan.tenant.id;
    if services.secrets.vault().versions(&plan.keys_arn).await?.is_none() {
        return Err(TaskError("The tenant's secrets were deleted meanwhile.".to_owned()));
    }
    if !services.tenants.put(&plan.tenant, stack).await? {
        return Err(TaskError(format!("The tenant {id} was taken by another stack a moment ago, or is being erased.")));
    }
    // Last: a host that leads nowhere for a moment is better than one that leads to a tenant that failed.
    let names = PublicName::all_of(&plan.tenant);
    for name in &names {
        if let Err(owner) = services.tenants.claim(name, id).await? {
            log_conflict(id, &owner);
            return Err(TaskError(format!("The {name} belongs to another tenant.")));
        }
    }
    for name in before.map(PublicName::all_of).unwrap_or_default().iter().filter(|name| !names.contains(name)) {
        services.tenants.release(name, id).await?;
    }
    Ok(())
}

/// Everything that must be so before anything is written. Tells the tenant as it is so far.
async fn check(services: &Services, plan: &Plan, stack: &str) -> Result<Option<Arc<Tenant>>, TaskError> {
    let id = &plan.tenant.id;
    let mut faults = Vec::new();
    match services.tenants.ownership(id).await? {
        Some(ownership) if ownership.erasing => {
            faults.push(format!("the tenant {id} is being erased; let erase-tenant finish first"));
        }
        Some(ownership) if !ownership.allows(stack) => {
            log_conflict(id, &ownership.owner);
            faults.push(format!("the tenant {id} belongs to another stack"));
        }
        _ => {}
    }
    let vault = services.secrets.vault();
    for (property, arn, kind) in [
        ("MicrosoftSecretArn", &plan.microsoft_arn, SecretKind::Microsoft),
        ("KeysSecretArn", &plan.keys_arn, SecretKind::Keys),
        ("TokenSecretArn", &plan.token_arn, SecretKind::Token),
        ("CredentialsSecretArn", &plan.credentials_arn, SecretKind::Credentials),
    ] {
        // The functions find a secret by its name, not by its ARN.
        if vault.tenant_of(arn, kind).as_ref() != Some(id) {
            faults.push(format!("{property} is not the ARN of the secret {}", vault.name(id, kind)));
        } else if vault.versions(arn).await?.is_none() {
            faults.push(format!("the secret {} does not exist", vault.name(id, kind)));
        }
    }
    for name in PublicName::all_of(&plan.tenant) {
        if let Some(owner) = services.tenants.owner_uncached(&name).await?.filter(|owner| owner != id) {
            log_conflict(id, owner.as_str());
            faults.push(format!("the {name} belongs to another tenant"));
        }
    }
    if !faults.is_empty() {
        return Err(TaskError(format!("{}.", faults.join("; "))));
    }
    Ok(services.tenants.get_uncached(id).await?)
}

/// Says in the log, which is the deployment's, what belongs to whom. A refusal stands in the events of the tenant's own stack,
/// and those may be read by people to whom the other tenants are strangers.
fn log_conflict(id: &TenantId, owner: &str) {
    tracing::warn!(target: "convene", tenant = id.as_str(), owner, "a tenant, a host or an application id belongs to another owner");
}

/// Disables the tenant if it is this stack's. Another stack's is left alone, and none is none: both are a success, since
/// what CloudFormation wants gone is not there. A resource that is taken back before it was answered for has an id of
/// CloudFormation's own: then the properties name the tenant.
async fn disable(services: &Services, context: &CallContext, event: &Event) -> Result<(), TaskError> {
    let id = event.physical_resource_id.as_deref().and_then(|id| id.strip_prefix(PHYSICAL_ID));
    let named = id.or_else(|| event.resource_properties["TenantName"].as_str());
    let Some(id) = named.and_then(|id| TenantId::new(id).ok()) else { return Ok(()) };
    context.act_for(&id);
    let disabled = async {
        let Some(tenant) = services.tenants.get_uncached(&id).await? else { return Ok(()) };
        if services.tenants.disable(&id, &event.stack_id, services.now()).await? {
            for name in PublicName::all_of(&tenant) {
                services.tenants.release(&name, &id).await?;
            }
        }
        Ok(())
    };
    lease::hold(services, &id, &CREDENTIALS, Box::pin(disabled)).await
}
