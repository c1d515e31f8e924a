//! `GET` and `HEAD /health`: whether this deployment can serve, for load balancers and monitors.
//!
//! The endpoint has no authentication, so the response says only that.

use std::{sync::Arc, time::Duration};

use convene::{
    Problem,
    edge::{ApiError, Endpoint, Request, Response},
    problem::Kind,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// How long DynamoDB may take: monitors do not wait long.
const TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-health", get_health)
}

/// That the deployment can serve.
#[derive(Serialize, ToSchema)]
pub struct Healthy {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// Which version of Convene this is.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

/// That it cannot.
#[derive(Serialize, ToSchema)]
pub struct Unavailable {
    /// Always `unavailable`.
    #[schema(example = "unavailable")]
    pub status: &'static str,
}

/// Why the response is not that the deployment can serve.
pub struct NotHealthy(Problem);

impl From<Problem> for NotHealthy {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl ApiError for NotHealthy {
    fn into_response(self, _request: &Request) -> Response {
        let Self(problem) = self;
        if problem.kind == Kind::InvalidRequest {
            let body = json!({"errorCode": "InvalidRequest", "message": problem.message});
            return Response::json(400, &body).with_error_code("InvalidRequest");
        }
        let cause = problem.cause.unwrap_or_else(|| problem.message.into_owned());
        let response = Response::json(503, &Unavailable { status: "unavailable" }).with_error_code("ErrorServerBusy");
        response.retry_after(Some(RETRY_INTERVAL)).caused_by(Some(cause))
    }
}

/// Whether the deployment can serve
///
/// Answers 200 while the functions run and reach their database. It needs no credential, reads nothing of any tenant, and
/// asks nothing of Microsoft. The answer is never cached.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "getHealth",
    tag = "Operations",
    responses(
        (status = 200, description = "It can.", body = Healthy, content_type = "application/json",
            examples(("ok" = (value = json!({"status": "ok", "version": "0.1.0"}))))),
        (status = 503, description = "It cannot at the moment.", body = Unavailable, content_type = "application/json",
            headers(("Retry-After" = u64, description = "Seconds after which to ask again.")),
            examples(("unavailable" = (value = json!({"status": "unavailable"})))))
    ),
    security(())
)]
pub async fn get_health(request: Arc<Request>) -> Result<Response, NotHealthy> {
    let ping = tokio::time::timeout(TIMEOUT, request.services.tenants.ping());
    match request.context.deadline.work(ping).await {
        Some(Ok(Ok(()))) => Ok(Response::json(200, &Healthy { status: "ok", version: env!("CARGO_PKG_VERSION") })),
        Some(Ok(Err(error))) => Err(Problem::unavailable(error.to_string()).into()),
        Some(Err(_)) | None => Err(Problem::unavailable("DynamoDB: no answer in time").into()),
    }
}

/// Whether the deployment can serve, without a body
///
/// Answers with the status and the headers of `GET /health`.
#[utoipa::path(
    head,
    path = "/health",
    operation_id = "headHealth",
    tag = "Operations",
    responses(
        (status = 200, description = "It can."),
        (status = 503, description = "It cannot at the moment.",
            headers(("Retry-After" = u64, description = "Seconds after which to ask again.")))
    ),
    security(())
)]
#[expect(dead_code, reason = "get_health answers HEAD as well; this is its description")]
pub(crate) fn head_health() {}
