//! The family's OpenAPI document.

use utoipa::{OpenApi, openapi};

use crate::health;

const DESCRIPTION: &str = "\
What operators and monitors of a deployment of Convene call.
";

/// The document, as `docs/openapi/operations.yaml` has it.
pub fn openapi() -> openapi::OpenApi {
    convene::openapi::document(OperationsApi::openapi(), "Convene: operations", DESCRIPTION)
}

#[derive(OpenApi)]
#[openapi(
    paths(health::get_health, health::head_health),
    components(schemas(health::Healthy, health::Unavailable)),
    tags((name = "Operations", description = "For operators and monitors."))
)]
struct OperationsApi;
