//! Endpoints that are for the tenant's own system alone.

use convene::{
    auth::{Prefetch, Principal},
    domain::{Member, Scope},
    edge::Request,
};

use super::FAMILY;
use crate::error::Failure;

/// The tenant's own system, and the member whom the path names.
pub async fn grant(request: &Request, prefetch: Prefetch) -> Result<(Principal, Member), Failure> {
    let principal = system(request, prefetch).await?;
    let named = request.path_parameter("grant_id").unwrap_or_default();
    let member = principal.tenant.members.iter().find(|member| is_named(member, named)).cloned();
    Ok((principal, member.ok_or_else(Failure::not_found)?))
}

/// The tenant's own system.
pub async fn system(request: &Request, prefetch: Prefetch) -> Result<Principal, Failure> {
    Ok(request.authorize(&request.services.api_key(FAMILY, prefetch), Scope::CalendarWrite).await?)
}

/// Whether a grant in a path is this member's: its id, with or without a prefix, or the mail address.
fn is_named(member: &Member, grant: &str) -> bool {
    let id = member.external_ids.get(FAMILY);
    let is_id = |text: &str| id.is_some_and(|id| id == text);
    let is_address = |text: &str| text.to_lowercase() == member.email.to_lowercase();
    match grant.split_once(':') {
        Some(("grant" | "external", text)) => is_id(text),
        Some(("email", text)) => is_address(text),
        _ => is_id(grant) || is_address(grant),
    }
}
