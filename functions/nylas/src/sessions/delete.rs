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
#[utoipa::path(
    delete,
    path = "/v3/scheduling/sessions/{session_id}",
    operation_id = "deleteSession",
    tag = "Sessions",
    params(("session_id" = String, Path, description = "The session.")),
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
