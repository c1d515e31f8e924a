//! Which requests are let in.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
        header::{self, AsHeaderName},
        request::Parts,
    },
};

use crate::Guard;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Who sent a request that is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A program, or a page of the server itself.
    Own,
    /// A page of another origin, which was allowed.
    AllowedPage,
}

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has no `Host`, or several, or one that cannot be read.
    NoHost,
    /// Its `Host` is not the listener's.
    ForeignHost,
    /// A page of another origin sent it.
    ForeignOrigin,
}

impl Refusal {
    /// The answer. It repeats nothing of the request.
    pub(crate) fn response(self) -> Response<Body> {
        let (status, message) = match self {
            Self::NoHost => (StatusCode::BAD_REQUEST, "The request must have one Host header."),
            Self::ForeignHost => (
                StatusCode::MISDIRECTED_REQUEST,
                "The Host header must be 127.0.0.1 or localhost with the port, or a host that was allowed.",
            ),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "The request must not come from a page of another origin."),
        };
        let mut response = Response::new(Body::from(format!(r#"{{"message":"{message}"}}"#)));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl Guard {
    /// Whether a request may go on.
    pub(crate) fn check(&self, request: &Parts) -> Result<Sender, Refusal> {
        let host = host(request)?;
        if !self.answers_to(host) {
            return Err(Refusal::ForeignHost);
        }
        let origins = request.headers.get_all(header::ORIGIN);
        let mut senders = origins.iter();
        if let (Some(origin), None) = (senders.next(), senders.next())
            && self.allowed_origins.iter().any(|allowed| allowed.is(origin))
        {
            return Ok(Sender::AllowedPage);
        }
        if !origins.iter().all(|origin| is_origin_of(origin, host)) || is_cross_site(&request.method, &request.headers)
        {
            return Err(Refusal::ForeignOrigin);
        }
        Ok(Sender::Own)
    }

    /// Compared as text and never parsed: no reading of a strange `Host` can differ from the server's.
    fn answers_to(&self, host: &str) -> bool {
        self.own.iter().any(|own| own.eq_ignore_ascii_case(host))
            || self.allowed.iter().any(|name| {
                let split = host.split_at_checked(name.len());
                split.is_some_and(|(start, rest)| name.eq_ignore_ascii_case(start) && is_port_or_nothing(rest))
            })
    }
}

fn is_port_or_nothing(rest: &str) -> bool {
    rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

/// The host that a request is for. RFC 9112 has exactly one `Host`; a target in absolute form must agree with it.
fn host(request: &Parts) -> Result<&str, Refusal> {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next(), request.uri.authority()) {
        (Some(host), None, None) => host.to_str().map_err(|_| Refusal::NoHost)?,
        (None, _, Some(authority)) => authority.as_str(),
        (Some(host), None, Some(authority)) if host == authority.as_str() => authority.as_str(),
        _ => return Err(Refusal::NoHost),
    };
    Some(host).filter(|host| !host.is_empty()).ok_or(Refusal::NoHost)
}

/// Whether an `Origin` is that of the server itself. Browsers send one with whatever may change something.
fn is_origin_of(origin: &HeaderValue, host: &str) -> bool {
    let authority = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// What browsers say of a request that has no `Origin`: whether a page of another site sent it, or one at another port. A
/// link to a page may be followed from anywhere.
fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(text(headers, SEC_FETCH_SITE), None | Some("same-origin" | "none")) {
        return false;
    }
    let follows_a_link = (method == Method::GET || method == Method::HEAD)
        && text(headers, SEC_FETCH_MODE) == Some("navigate")
        && text(headers, SEC_FETCH_DEST) == Some("document");
    !follows_a_link
}

/// A header's text; one that cannot be read is no known word.
fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests;
