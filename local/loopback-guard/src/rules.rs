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
    pub(crate) fn check(&self, request: &Parts) -> Result<(), Refusal> {
        let host = host(request)?;
        if !self.answers_to(host) {
            return Err(Refusal::ForeignHost);
        }
        let origins = request.headers.get_all(header::ORIGIN);
        if !origins.iter().all(|origin| is_origin_of(origin, host)) || is_cross_site(&request.method, &request.headers)
        {
            return Err(Refusal::ForeignOrigin);
        }
        Ok(())
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
mod tests {
    use axum::http::Request;

    use super::*;

    fn verdict(guard: &Guard, method: &str, target: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        guard.check(&request.body(()).expect("a request").into_parts().0)
    }

    fn host(guard: &Guard, host: &str) -> Result<(), Refusal> {
        verdict(guard, "GET", "/", &[("host", host)])
    }

    #[test]
    fn only_the_loopback_names_with_the_port_are_hosts() {
        let guard = Guard::at(9000);
        for own in ["127.0.0.1:9000", "localhost:9000", "LocalHost:9000", "[::1]:9000"] {
            assert_eq!(host(&guard, own), Ok(()), "{own}");
        }
        for foreign in [
            "evil.test",
            "evil.test:9000",
            "127.0.0.1",
            "127.0.0.1:9001",
            "127.0.0.1:09000",
            "localhost",
            "localhost.:9000",
            "localhost.evil.test:9000",
            "127.0.0.1.evil.test:9000",
            "127.0.0.1:9000.evil.test",
            "evil.test@127.0.0.1:9000",
            "127.0.0.1:9000@evil.test",
            "127.0.0.1:9000 ",
            "127.0.0.1:9000,evil.test",
            "127.1:9000",
            "2130706433:9000",
            "0.0.0.0:9000",
            "[::]:9000",
            "[::ffff:127.0.0.1]:9000",
        ] {
            assert_eq!(host(&guard, foreign), Err(Refusal::ForeignHost), "{foreign}");
        }
        assert_eq!(host(&Guard::at(80), "localhost"), Ok(()));
    }

    #[test]
    fn a_request_has_one_host() {
        let guard = Guard::at(9000);
        for headers in [
            &[][..],
            &[("host", "")],
            &[("host", "127.0.0.1:9000"), ("host", "evil.test")],
            &[("host", "127.0.0.1:9000"), ("host", "127.0.0.1:9000")],
            &[("host", "127.0.0.1:9000é")],
        ] {
            assert_eq!(verdict(&guard, "GET", "/", headers), Err(Refusal::NoHost), "{headers:?}");
        }
        let own = [("host", "127.0.0.1:9000")];
        assert_eq!(verdict(&guard, "GET", "http://127.0.0.1:9000/", &own), Ok(()));
        assert_eq!(verdict(&guard, "GET", "http://evil.test/", &own), Err(Refusal::NoHost));
        assert_eq!(verdict(&guard, "GET", "http://evil.test/", &[]), Err(Refusal::ForeignHost));
    }

    #[test]
    fn a_host_that_was_allowed_is_one_with_any_port_unless_it_names_one() {
        let guard = Guard::at(9000).allow(["book.contoso.test".to_owned(), "127.0.0.1:1".to_owned()]);
        for own in ["book.contoso.test", "BOOK.Contoso.test:8443", "127.0.0.1:1", "127.0.0.1:9000"] {
            assert_eq!(host(&guard, own), Ok(()), "{own}");
        }
        for foreign in [
            "book.contoso.test.evil.test",
            "x.book.contoso.test",
            "book.contoso.test:",
            "book.contoso.test:x",
            "127.0.0.1:11",
            "127.0.0.1:2",
        ] {
            assert_eq!(host(&guard, foreign), Err(Refusal::ForeignHost), "{foreign}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let guard = Guard::at(9000).allow(["book.contoso.test".to_owned()]);
        let from = |host, origin| verdict(&guard, "POST", "/", &[("host", host), ("origin", origin)]);
        for (host, origin) in [
            ("127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("localhost:9000", "http://LOCALHOST:9000"),
            ("book.contoso.test", "https://book.contoso.test"),
        ] {
            assert_eq!(from(host, origin), Ok(()), "{origin}");
        }
        for origin in [
            "",
            "null",
            "http://evil.test",
            "http://127.0.0.1:9001",
            "http://localhost:9000",
            "http://127.0.0.1:9000.evil.test",
            "http://127.0.0.1:9000/",
            "chrome-extension://127.0.0.1:9000",
            "127.0.0.1:9000",
        ] {
            assert_eq!(from("127.0.0.1:9000", origin), Err(Refusal::ForeignOrigin), "{origin}");
        }
        let two = [("host", "127.0.0.1:9000"), ("origin", "http://127.0.0.1:9000"), ("origin", "http://evil.test")];
        assert_eq!(verdict(&guard, "POST", "/", &two), Err(Refusal::ForeignOrigin));
    }

    #[test]
    fn a_page_may_link_to_a_page_and_do_nothing_else() {
        let guard = Guard::at(9000);
        let fetched = |method, site, mode, dest| {
            let headers = [
                ("host", "127.0.0.1:9000"),
                ("sec-fetch-site", site),
                ("sec-fetch-mode", mode),
                ("sec-fetch-dest", dest),
            ];
            verdict(&guard, method, "/", &headers)
        };
        assert_eq!(fetched("GET", "cross-site", "navigate", "document"), Ok(()));
        assert_eq!(fetched("GET", "same-site", "navigate", "document"), Ok(()));
        assert_eq!(fetched("POST", "same-origin", "cors", "empty"), Ok(()));
        assert_eq!(fetched("GET", "none", "navigate", "document"), Ok(()));
        for (method, site, mode, dest) in [
            ("GET", "cross-site", "no-cors", "script"),
            ("GET", "same-site", "no-cors", "image"),
            ("GET", "cross-site", "navigate", "iframe"),
            ("POST", "cross-site", "navigate", "document"),
            ("GET", "é", "no-cors", "script"),
        ] {
            assert_eq!(fetched(method, site, mode, dest), Err(Refusal::ForeignOrigin), "{method} {site} {mode} {dest}");
        }
    }
}
