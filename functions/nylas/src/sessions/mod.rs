//! Sessions: each lets a page use one configuration for some minutes.

pub mod create;
pub mod delete;
pub mod get;

use convene::{auth::Prefetch, domain::sha256_hex, edge::Request, problem::Problem, store::Session};
use futures_util::future::join;

use crate::{access, error::Failure};

/// The session that the path names, if it is the caller's tenant's.
async fn of_path(request: &Request) -> Result<Session, Failure> {
    let sessions = request.services.sessions();
    let token = request.path_parameter("session_id").unwrap_or_default();
    let hash = sha256_hex(token.as_bytes());
    let found = request.context.deadline.work(sessions.get(&hash));
    let (principal, found) = join(access::system(request, Prefetch::Nothing), found).await;
    let principal = principal?;
    let found = found.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
    found.filter(|session| session.tenant == principal.tenant.id).ok_or_else(Failure::not_found)
}
