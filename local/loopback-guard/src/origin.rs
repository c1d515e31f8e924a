//! The origin of a page (RFC 6454), as browsers write it.

use std::{error, fmt, str::FromStr};

use axum::http::{HeaderValue, Uri};

/// The origin of pages that may send requests: `http` or `https`, a host, and a port if it is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// The text is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidOrigin;

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "must be one origin as browsers send it, such as http://127.0.0.1:3000 or https://www.example.com: \
             http or https, a host, and a port unless it is the scheme's own, with nothing behind",
        )
    }
}

impl error::Error for InvalidOrigin {}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Upper case is accepted. What a browser never sends, such as a path or the scheme's own port, is an error instead of
    /// an origin that no page can have.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin)?;
        let own_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(InvalidOrigin),
        };
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let (host, port) = match (uri.host(), uri.port_u16()) {
            (Some(host), None) if host == authority => (host, None),
            (Some(host), Some(port)) if format!("{host}:{port}") == authority => (host, Some(port)),
            _ => return Err(InvalidOrigin),
        };
        if !is_host(host) || port == Some(own_port) {
            return Err(InvalidOrigin);
        }
        Ok(Self(text))
    }
}

impl Origin {
    /// Whether a request's `Origin` is this one. Browsers write it in lower case.
    pub(crate) fn is(&self, header: &HeaderValue) -> bool {
        header.as_bytes() == self.0.as_bytes()
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets, and no wildcard.
fn is_host(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    bracketed.map_or_else(|| !host.is_empty() && is_name(host), |address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host_with_nothing_behind() {
        for (text, sent) in [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://localhost", "http://localhost"),
            ("https://WWW.Example.com", "https://www.example.com"),
            ("https://www.example.com:8443", "https://www.example.com:8443"),
            ("https://www.example.com:80", "https://www.example.com:80"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert!(text.parse::<Origin>().is_ok_and(|origin| origin.is(&HeaderValue::from_static(sent))), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "www.example.com",
            "127.0.0.1:3000",
            "http://",
            "http://:3000",
            "http://*",
            "https://*.example.com",
            "http://127.0.0.1:3000/",
            "http://127.0.0.1:3000/page",
            "http://127.0.0.1:3000?a",
            "http://127.0.0.1:3000#a",
            "http://me@127.0.0.1:3000",
            "http://127.0.0.1:",
            "http://127.0.0.1:03000",
            "http://127.0.0.1:70000",
            "http://127.0.0.1:80",
            "https://www.example.com:443",
            "http://[::1",
            "http://[name]",
            "http://exämple.com",
            "http://a.example.com,http://b.example.com",
            "http://a.example.com http://b.example.com",
            " http://a.example.com",
            "ftp://a.example.com",
            "file:///page.html",
            "chrome-extension://abcdef",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
    }
}
