//! `GET /health`: whether this deployment can serve, for load balancers and monitors.
//!
//! Anybody may ask, so the answer tells nothing but that.

use std::{sync::Arc, time::Duration};

use convene::{
    Problem,
    edge::{Answer, Call, Function},
    problem::Kind,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// How long DynamoDB may take. Whoever asks does not wait long.
const PATIENCE: Duration = Duration::from_secs(5);
/// When to ask again.
const AGAIN: Duration = Duration::from_secs(5);

/// The endpoint as a function.
pub fn function() -> Function {
    Function::new("get-health", refuse, get_health)
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

fn refuse(problem: &Problem, _subject: Option<&str>) -> Answer {
    if problem.kind == Kind::InvalidRequest {
        let body = json!({"errorCode": "InvalidRequest", "message": problem.message});
        return Answer::json(400, &body, "InvalidRequest");
    }
    unavailable(problem.cause.clone().unwrap_or_else(|| problem.message.clone().into_owned()))
}

fn unavailable(cause: String) -> Answer {
    let problem = Problem::internal(cause).retry_after(Some(AGAIN));
    Answer::json(503, &Unavailable { status: "unavailable" }, "ErrorServerBusy").explained_by(&problem)
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
pub async fn get_health(call: Arc<Call>) -> Answer {
    match call.context.deadline.work(tokio::time::timeout(PATIENCE, call.services.tenants.ping())).await {
        Some(Ok(Ok(()))) => Answer::json(200, &Healthy { status: "ok", version: env!("CARGO_PKG_VERSION") }, "NoError"),
        Some(Ok(Err(error))) => unavailable(error.to_string()),
        Some(Err(_)) | None => unavailable("DynamoDB: no answer in time".to_owned()),
    }
}
