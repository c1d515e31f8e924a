//! Configurations, for the tenant's own system.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
mod mailboxes;
pub mod replace;

use convene::{
    auth::{Prefetch, Principal},
    domain::Member,
    edge::Request,
    problem::Problem,
    store::{Saved, StoredConfiguration},
};
use serde_json::{Map, Value};

use crate::{
    access::{self, configuration_id},
    error::Failure,
    wire::Distinct,
};

/// The configuration that the path names, if it is the grant's. Its owner is the member's mailbox, so that another grant id keeps it.
async fn of_grant(request: &Request, prefetch: Prefetch) -> Result<(Principal, StoredConfiguration), Failure> {
    let (principal, member) = access::grant(request, prefetch).await?;
    let id = request.path_parameter("configuration_id").and_then(configuration_id).ok_or_else(Failure::not_found)?;
    let found = access::read(request, id).await?;
    let is_own = |found: &StoredConfiguration| found.tenant == principal.tenant.id && found.owner == owner(&member);
    let found = found.filter(is_own).ok_or_else(Failure::not_found)?;
    Ok((principal, found))
}

/// The body, of which everything is stored. A name that is in an object twice is refused: the stored text would have one of them.
fn body(request: &Request) -> Result<Map<String, Value>, Problem> {
    match request.json::<Distinct>()? {
        Distinct(Value::Object(fields)) => Ok(fields),
        _ => Err(Problem::invalid_request("The body must be a JSON object.")),
    }
}

fn owner(member: &Member) -> String {
    member.email.to_lowercase()
}

/// Fails unless a configuration was saved.
fn expect_saved(saved: Saved) -> Result<(), Failure> {
    match saved {
        Saved::Done => Ok(()),
        Saved::SlugTaken => Err(Failure::invalid("slug must be another one: a configuration of this tenant has it.")),
        Saved::IdTaken => Err(Failure::invalid("id must be another one: a configuration has it.")),
        Saved::Gone => Err(Failure::not_found()),
        // Other requests were faster, and their callers' changes must not be lost unseen.
        Saved::Changed => Err(Problem::unavailable("the configuration changed meanwhile").into()),
    }
}
