//! `DELETE /v3/scheduling/sessions/{session_id}`: ends a session.

use std::sync::Arc;

use convene::{
    edge::{Endpoint, Request, Response},
    problem::Problem,
};

use super::of_path;
use crate::{
    error::Failure,
    failures::Failures,
    reply::{self, Done},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("delete-session", delete_session)
}

/// End a session
///
/// Pages with the session are refused from then on.
#[utoipa::path(
    delete,
    path = "/v3/scheduling/sessions/{session_id}",
    operation_id = "deleteSession",
    tag = "Sessions",
    params(("session_id" = String, Path, description = "The session.", example = "Dk07bkX0TNudVR9cnWqKEbm1bV4q0cGmJx8r4l2nT0o5u3wQYd7bXg")),
    responses(
        (status = 200, description = "It has ended.", body = Done, content_type = "application/json"),
        Failures
    ),
    security(("api_key" = []))
)]
pub async fn delete_session(request: Arc<Request>) -> Result<Response, Failure> {
    let session = of_path(&request).await?;
    let removed = request.context.deadline.work(request.services.sessions().remove(&session)).await;
    removed.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
    Ok(reply::done(&request))
}
