//! `GET /v3/grants/{grant_id}/scheduling/configurations/{configuration_id}`: reads a configuration.

use std::sync::Arc;

use convene::{
    auth::Prefetch,
    edge::{Endpoint, Request, Response},
};

use super::of_grant;
use crate::{
    configuration::Document,
    error::Failure,
    failures::Failures,
    reply::{self, Reply},
    wire::ConfigurationAnswer,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-configuration", get_configuration)
}

/// Read a configuration
///
/// With every field as it was sent.
#[utoipa::path(
    get,
    path = "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}",
    operation_id = "getConfiguration",
    tag = "Configurations",
    params(
        ("grant_id" = String, Path, description = "A member: its grant id or mail address.", example = "organizer@contoso.com"),
        ("configuration_id" = String, Path, description = "The configuration.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11")
    ),
    responses(
        (status = 200, description = "As it was stored.", body = Reply<ConfigurationAnswer>, content_type = "application/json"),
        Failures
    ),
    security(("api_key" = []))
)]
pub async fn get_configuration(request: Arc<Request>) -> Result<Response, Failure> {
    let (_, found) = of_grant(&request, Prefetch::Nothing).await?;
    Ok(reply::data(&request, Document::of_store(&found.content)?.answer(found.id)))
}
