//! Answers.

use std::time::Duration;

use lambda_http::{
    Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;

use crate::problem::Problem;

/// An answer on its way out: what the caller gets, and what the log line says of it.
#[derive(Debug)]
pub struct Answer {
    /// What the caller gets.
    pub response: Response<Body>,
    /// The documented error code, or `NoError`.
    pub error_code: &'static str,
    /// For the log alone.
    pub cause: Option<String>,
}

impl Answer {
    /// A JSON answer. `error_code` is the documented one, `NoError` for a success.
    pub fn json(status: u16, body: &impl Serialize, error_code: &'static str) -> Self {
        let mut response = Response::new(Body::Text(serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned())));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { response, error_code, cause: None }
    }

    /// Adds a header. A value that HTTP does not allow is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Adds what a problem means beyond its body: `Retry-After`, and the cause for the log.
    #[must_use]
    pub fn explained_by(mut self, problem: &Problem) -> Self {
        self.cause.clone_from(&problem.cause);
        match problem.retry_after {
            Some(wait) => self.header("retry-after", &retry_after_seconds(wait).to_string()),
            None => self,
        }
    }
}

/// Whole seconds for a `Retry-After` header, at least one.
pub fn retry_after_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}
