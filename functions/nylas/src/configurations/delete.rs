//! `DELETE /v3/grants/{grant_id}/scheduling/configurations/{configuration_id}`: deletes a configuration.

use std::sync::Arc;

use convene::{
    auth::Prefetch,
    domain::format_utc,
    edge::{Endpoint, Request, Response},
    problem::Problem,
    store::Removed,
};

use super::of_grant;
use crate::{
    error::Failure,
    failures::Failures,
    reply::{self, Done},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("delete-configuration", delete_configuration)
}

/// Delete a configuration
///
/// Refused while a session of it is active. Bookings stay in the calendars.
#[utoipa::path(
    delete,
    path = "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}",
    operation_id = "deleteConfiguration",
    tag = "Configurations",
    params(
        ("grant_id" = String, Path, description = "A member: its grant id or mail address.", example = "organizer@contoso.com"),
        ("configuration_id" = String, Path, description = "The configuration.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11")
    ),
    responses(
        (status = 200, description = "It is deleted.", body = Done, content_type = "application/json"),
        Failures
    ),
    security(("api_key" = []))
)]
pub async fn delete_configuration(request: Arc<Request>) -> Result<Response, Failure> {
    let (_, found) = of_grant(&request, Prefetch::Nothing).await?;
    let removed = request.context.deadline.work(request.services.configurations().remove(&found)).await;
    match removed.ok_or_else(Problem::timed_out)?.map_err(Problem::from)? {
        // Another request for the same has been faster.
        Removed::Done | Removed::Gone => Ok(reply::done(&request)),
        Removed::SessionsActive { until } => Err(Failure::invalid(format!(
            "The configuration has active sessions until {}. It can be deleted after that, or once they are deleted.",
            format_utc(until)
        ))),
    }
}
