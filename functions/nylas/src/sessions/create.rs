//! `POST /v3/scheduling/sessions`: creates a session.

use std::sync::Arc;

use chrono::TimeDelta;
use convene::{
    auth::Prefetch,
    domain::sha256_hex,
    edge::{Endpoint, FieldErrors, Request, Response},
    problem::Problem,
};

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
    let principal = access::system(&request, Prefetch::Nothing).await?;
    let mut wire: SessionRequest = request.json_object()?;
    let mut errors = FieldErrors::default();
    let minutes = errors.optional("time_to_live", std::mem::take(&mut wire.time_to_live));
    let minutes = minutes.map_or(DEFAULT_MINUTES, |WholeNumber(minutes)| minutes);
    if !(1..=MAX_MINUTES).contains(&minutes) {
        errors.add("time_to_live", "must be from 1 to 30 minutes");
    }
    let id = errors.optional("configuration_id", wire.configuration_id).filter(|id| !id.is_empty());
    let slug = errors.optional("slug", wire.slug).filter(|slug| !slug.is_empty());
    if id.is_none() && slug.is_none() {
        errors.add("configuration_id", "is required, or slug");
    }
    errors.finish(|| Some(()))?;
    let id = match (id, slug) {
        (Some(id), _) => configuration_id(&id).ok_or_else(Failure::not_found)?,
        (None, slug) => access::id_of_slug(&request, &principal.tenant.id, &slug.unwrap_or_default()).await?,
    };
    let token = session_token(id)?;
    let expires_at = request.services.now() + TimeDelta::minutes(minutes);
    let (sessions, hash) = (request.services.sessions(), sha256_hex(token.as_bytes()));
    let created = request.context.deadline.work(sessions.create(&principal.tenant.id, id, &hash, expires_at)).await;
    if created.ok_or_else(Problem::timed_out)?.map_err(Problem::from)? {
        Ok(reply::data(&request, SessionAnswer { session_id: token }))
    } else {
        Err(Failure::not_found())
    }
}
