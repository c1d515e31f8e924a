//! `GET /v3/scheduling/sessions/{session_id}`: whether a session is active.

use std::sync::Arc;

use convene::edge::{Endpoint, Request, Response};

use super::of_path;
use crate::{
    error::Failure,
    failures::Failures,
    reply::{self, Reply},
    wire::SessionAnswer,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-session", get_session)
}

/// Read a session
///
/// Only an active one is found.
#[utoipa::path(
    get,
    path = "/v3/scheduling/sessions/{session_id}",
    operation_id = "getSession",
    tag = "Sessions",
    params(("session_id" = String, Path, description = "The session.", example = "Dk07bkX0TNudVR9cnWqKEbm1bV4q0cGmJx8r4l2nT0o5u3wQYd7bXg")),
    responses(
        (status = 200, description = "It is active.", body = Reply<SessionAnswer>, content_type = "application/json"),
        Failures
    ),
    security(("api_key" = []))
)]
pub async fn get_session(request: Arc<Request>) -> Result<Response, Failure> {
    of_path(&request).await?;
    let session_id = request.path_parameter("session_id").unwrap_or_default().to_owned();
    Ok(reply::data(&request, SessionAnswer { session_id }))
}
