//! From an HTTP request to the event a function gets: payload format 2.0 of API Gateway's HTTP APIs.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::http::{HeaderMap, Version, header, request::Parts};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Error, value::RawValue};

use super::routes::Found;
use crate::backends::ACCOUNT;

/// The id of an API that is on no cloud.
const API: &str = "local";

/// What the gateway knows of a request beside the request itself.
pub(super) struct Arrival {
    /// Its id, which the answer carries too.
    pub(super) id: String,
    /// When it came.
    pub(super) at: DateTime<Utc>,
    /// From where.
    pub(super) peer: SocketAddr,
    /// At which port.
    pub(super) port: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'static str,
    api_id: &'static str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: &'a str,
}

/// The event for a request.
pub(super) fn event(
    request: &Parts,
    body: &[u8],
    route: &Found<'_>,
    arrival: &Arrival,
) -> Result<Box<RawValue>, Error> {
    // API Gateway decodes paths and what is variable in them.
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = decoded(request.uri.path());
    let query = request.uri.query().unwrap_or_default();
    let host = text(&request.headers, &header::HOST);
    let domain = host.split(':').next().unwrap_or_default();
    let (body, is_base64_encoded) = encode(&request.headers, body);
    serde_json::value::to_raw_value(&Event {
        version: "2.0",
        route_key: route.key,
        raw_path: &path,
        raw_query_string: query,
        cookies: cookies(&request.headers),
        headers: headers(&request.headers, arrival),
        query_string_parameters: parameters(query),
        request_context: RequestContext {
            account_id: ACCOUNT,
            api_id: API,
            domain_name: domain,
            domain_prefix: domain.split('.').next().unwrap_or_default(),
            http: Http {
                method: request.method.as_str(),
                path: &path,
                protocol: if request.version == Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" },
                source_ip: arrival.peer.ip().to_string(),
                user_agent: text(&request.headers, &header::USER_AGENT),
            },
            request_id: &arrival.id,
            route_key: route.key,
            stage: "$default",
            time: arrival.at.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            time_epoch: arrival.at.timestamp_millis(),
        },
        path_parameters: route.parameters.iter().map(|(name, value)| (*name, decoded(value))).collect(),
        body,
        is_base64_encoded,
    })
}

/// Names in lower case (as hyper has them), repeated headers joined, cookies apart, and what the gateway adds.
fn headers<'a>(headers: &'a HeaderMap, arrival: &Arrival) -> BTreeMap<&'a str, String> {
    let mut joined = BTreeMap::<&str, String>::new();
    for (name, value) in headers {
        if name == header::COOKIE {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str())
            .and_modify(|all| *all = format!("{all},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    let peer = arrival.peer.ip();
    joined
        .entry("x-forwarded-for")
        .and_modify(|all| *all = format!("{all}, {peer}"))
        .or_insert_with(|| peer.to_string());
    joined.insert("x-forwarded-port", arrival.port.to_string());
    joined.insert("x-forwarded-proto", "http".to_owned());
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// Decoded, repeated parameters joined by commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        joined
            .entry(name.into_owned())
            .and_modify(|all| *all = format!("{all},{value}"))
            .or_insert_with(|| value.clone().into_owned());
    }
    joined
}

/// A body is passed on as text only if its type is one of a few; anything else, forms and bodies without a type among
/// them, arrives base64-encoded.
fn encode(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let essence =
        text(headers, &header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = essence.starts_with("text/")
        || matches!(essence.as_str(), "application/json" | "application/xml" | "application/javascript");
    match std::str::from_utf8(body) {
        Ok(body) if is_text => (Some(body.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
