//! This family's part of the API's description.

use utoipa::OpenApi;

use crate::health;

/// This family's part of the `OpenAPI` document.
#[derive(OpenApi)]
#[openapi(
    paths(health::get_health, health::head_health),
    components(schemas(health::Healthy, health::Unavailable)),
    tags((name = "Operations", description = "For whoever runs a deployment."))
)]
pub struct OperationsApi;
