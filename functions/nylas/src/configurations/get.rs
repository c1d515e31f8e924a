//! `GET /v3/grants/{grant_id}/scheduling/configurations/{configuration_id}`: reads a configuration.

use std::sync::Arc;

use convene::{
    auth::Prefetch,
    edge::{Endpoint, Request, Response},
};
use serde_json::Value;

use super::of_grant;
use crate::{
    configuration::Document,
    error::Failure,
    failures::Failures,
    reply::{self, Reply},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-configuration", get_configuration)
}

/// Read a configuration
#[utoipa::path(
    get,
    path = "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}",
    operation_id = "getConfiguration",
    tag = "Configurations",
    params(
        ("grant_id" = String, Path, description = "A member: its grant id or mail address."),
        ("configuration_id" = String, Path, description = "The configuration.")
    ),
    responses(
        (status = 200, description = "As it was stored.", body = Reply<Value>, content_type = "application/json"),
        Failures
    ),
    security(("api_key" = []))
)]
pub async fn get_configuration(request: Arc<Request>) -> Result<Response, Failure> {
    let (_, found) = of_grant(&request, Prefetch::Nothing).await?;
    Ok(reply::data(&request, Document::of_store(&found.content)?.answer(found.id)))
}
