//! Logging: JSON lines on standard output, one for each request.
//!
//! A line holds names, codes, counts and times. Never an address, a subject, a body, a token or a secret.

use std::time::Duration;

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::Response;
use crate::call::CallContext;

/// The error code of a success in the log.
const NO_ERROR: &str = "NoError";
/// The error code of a refusal whose family has no code for it.
const UNNAMED_ERROR: &str = "Error";

/// Starts logging for the process. Only our own events are written: libraries log requests, and requests are personal.
pub fn start_logging() {
    let ours = Targets::new().with_default(LevelFilter::OFF).with_target("convene", Level::INFO);
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    // A panic's message may quote what was being worked on: only the place is logged.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(target: "convene", place, "panicked");
    }));
}

/// The one line of a request.
pub(super) fn request_line(
    endpoint: &str,
    context: &CallContext,
    response: &Response,
    duration: Duration,
    cold_start: bool,
) {
    let status = response.http.status().as_u16();
    let tenant = context.tenant().map_or("", |tenant| tenant.as_str());
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (graph_calls, error_code) =
        (context.graph_calls(), response.error_code.unwrap_or(if status < 400 { NO_ERROR } else { UNNAMED_ERROR }));
    let (cause, correlation_id) = (response.cause.as_deref(), context.correlation());
    if status >= 500 {
        tracing::error!(target: "convene", tenant, endpoint, correlation_id, errorCode = error_code, status, duration_ms, graph_calls, cold_start, cause, "request");
    } else {
        tracing::info!(target: "convene", tenant, endpoint, correlation_id, errorCode = error_code, status, duration_ms, graph_calls, cold_start, cause, "request");
    }
}
