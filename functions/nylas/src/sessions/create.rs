//! `POST /v3/scheduling/sessions`: creates a session.

use std::sync::Arc;

use chrono::TimeDelta;
use convene::{
    auth::Prefetch,
    domain::sha256_hex,
    edge::{Endpoint, FieldErrors, Request, Response},
    problem::Problem,
};
use futures_util::future::join;

use crate::{
    access::{self, configuration_id, session_token},
    error::Failure,
    failures::FailuresWithBody,
    reply::{self, Reply},
    wire::{SessionAnswer, SessionRequest, WholeNumber},
};

const DEFAULT_MINUTES: i64 = 5;
const MAX_MINUTES: i64 = 30;

pub fn endpoint() -> Endpoint {
    Endpoint::new("create-session", create_session)
}

/// What a session is asked for.
struct Wanted {
    configuration: Named,
    minutes: i64,
}

/// How a request names the configuration.
enum Named {
    Id(String),
    Slug(String),
}

/// Create a session
///
/// A page with the session can use its configuration, and no other one, until the session ends.
#[utoipa::path(
    post,
    path = "/v3/scheduling/sessions",
    operation_id = "createSession",
    tag = "Sessions",
    request_body = SessionRequest,
    responses(
        (status = 200, description = "The session.", body = Reply<SessionAnswer>, content_type = "application/json"),
        FailuresWithBody
    ),
    security(("api_key" = []))
)]
pub async fn create_session(request: Arc<Request>) -> Result<Response, Failure> {
    let wanted = parse(&request);
    let known = wanted.as_ref().ok().and_then(|wanted| match &wanted.configuration {
        Named::Id(id) => configuration_id(id),
        Named::Slug(_) => None,
    });
    let read = async {
        match known {
            Some(id) => access::read(&request, id).await,
            None => Ok(None),
        }
    };
    let (principal, found) = Box::pin(join(access::system(&request, Prefetch::Nothing), read)).await;
    let tenant = &principal?.tenant.id;
    let Wanted { configuration, minutes } = wanted?;
    let found = match configuration {
        Named::Id(_) => found?,
        Named::Slug(slug) => access::read(&request, access::id_of_slug(&request, tenant, &slug).await?).await?,
    };
    let found = found.filter(|found| found.tenant == *tenant).ok_or_else(Failure::not_found)?;
    let token = session_token(found.id)?;
    let expires_at = request.services.now() + TimeDelta::minutes(minutes);
    let (sessions, hash) = (request.services.sessions(), sha256_hex(token.as_bytes()));
    let created = request.context.deadline.work(sessions.create(tenant, found.id, &hash, expires_at)).await;
    created.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
    Ok(reply::data(&request, SessionAnswer { session_id: token }))
}

fn parse(request: &Request) -> Result<Wanted, Problem> {
    let mut wire: SessionRequest = request.json_object()?;
    let mut errors = FieldErrors::default();
    let minutes = errors.optional("time_to_live", std::mem::take(&mut wire.time_to_live));
    let minutes = minutes.map_or(DEFAULT_MINUTES, |WholeNumber(minutes)| minutes);
    if !(1..=MAX_MINUTES).contains(&minutes) {
        errors.add("time_to_live", "must be from 1 to 30 minutes");
    }
    let id = errors.optional("configuration_id", wire.configuration_id).filter(|id| !id.is_empty());
    let slug = errors.optional("slug", wire.slug).filter(|slug| !slug.is_empty());
    let configuration = id.map(Named::Id).or(slug.map(Named::Slug));
    if configuration.is_none() {
        errors.add("configuration_id", "is required, or slug");
    }
    errors.finish(|| configuration.map(|configuration| Wanted { configuration, minutes }))
}
