//! From HTTP to the simulator and back.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{any, post};
use serde_json::Value;
use uuid::Uuid;

use crate::graph::{self, Outcome, Request};
use crate::tokens::endpoint;
use crate::{Inner, control, page};

/// Graph's limit on a request body.
const GRAPH_BODY: usize = 4 * 1024 * 1024;
/// Tests insert thousands of events at once.
const CONTROL_BODY: usize = 64 * 1024 * 1024;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/v1.0/{*path}", any(call).layer(DefaultBodyLimit::max(GRAPH_BODY)))
        .route("/{directory}/oauth2/v2.0/token", post(token))
        .merge(control::router().layer(DefaultBodyLimit::max(CONTROL_BODY)))
        .merge(page::router())
        .with_state(inner)
}

async fn call(State(inner): State<Arc<Inner>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let headers: BTreeMap<String, String> = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let request = Request {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
        batch: None,
        id: Uuid::new_v4().to_string(),
    };
    // A client that goes away must not take its request with it: at Microsoft the work goes on.
    match tokio::spawn(graph::serve(inner, request)).await {
        Ok(Outcome::Answer(response)) => answer(response.status, response.headers, response.body),
        Ok(Outcome::Dropped) => cut(),
        Err(_) => answer(500, Vec::new(), None),
    }
}

async fn token(
    State(inner): State<Arc<Inner>>,
    Path(directory): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let client_request_id = headers.get("client-request-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
    match tokio::spawn(endpoint::serve(inner, directory, body.to_vec(), client_request_id)).await {
        Ok(Some((status, headers, body))) => answer(status, headers, Some(body)),
        Ok(None) => cut(),
        Err(_) => answer(500, Vec::new(), None),
    }
}

pub(crate) fn answer(status: u16, headers: Vec<(&'static str, String)>, body: Option<Value>) -> Response {
    let (kind, body) = match body {
        None => (None, Body::empty()),
        Some(Value::String(text)) => (Some("text/plain; charset=utf-8"), Body::from(text)),
        Some(value) => (
            Some("application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"),
            Body::from(value.to_string()),
        ),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A body that fails before its first byte: the server closes the connection with nothing sent.
fn cut() -> Response {
    let lost = io::Error::new(io::ErrorKind::ConnectionAborted, "the answer is dropped by a fault");
    let stream = futures_util::stream::once(std::future::ready(Err::<Bytes, io::Error>(lost)));
    Response::new(Body::from_stream(stream))
}
