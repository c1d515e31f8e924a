//! The Microsoft clouds and the base URLs of their services.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The Microsoft cloud of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Global,
    /// US Government L4.
    UsGovernment,
    /// US Department of Defense (L5).
    UsDod,
    /// China, operated by 21Vianet.
    China,
    /// Other hosts, such as the Graph simulator or a proxy.
    Custom {
        /// The identity platform, which issues tokens.
        login: BaseUrl,
        /// Microsoft Graph.
        graph: BaseUrl,
    },
}

impl Cloud {
    /// Base URL of the identity platform, without a trailing slash.
    pub fn login(&self) -> &str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGovernment | Self::UsDod => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
            Self::Custom { login, .. } => login.as_str(),
        }
    }

    /// Base URL of Microsoft Graph, without version or trailing slash.
    pub fn graph(&self) -> &str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGovernment => "https://graph.microsoft.us",
            Self::UsDod => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
            Self::Custom { graph, .. } => graph.as_str(),
        }
    }
}

/// The base URL of a service that receives secrets: scheme, host and an optional port, without a trailing slash. The scheme is
/// `https`, or `http` for loopback hosts, where requests do not leave the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(String);

/// The text is not a valid base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be https://host or https://host:port and nothing after it; http:// only for 127.0.0.1, [::1] or localhost"
)]
pub struct InvalidBaseUrl;

impl BaseUrl {
    pub fn new(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
        let (is_allowed, default_port) = match url.scheme() {
            "https" => (true, ":443"),
            "http" => (is_loopback(&url), ":80"),
            _ => (false, ""),
        };
        // An origin has only scheme, host and port. A text with any other part differs from its origin, and so does a text
        // that URL parsers may read in different ways.
        let origin = url.origin().ascii_serialization();
        let text = text.to_ascii_lowercase();
        let is_origin = text == origin || text.strip_suffix(default_port) == Some(&origin);
        if is_allowed && is_origin { Ok(Self(origin)) } else { Err(InvalidBaseUrl) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = InvalidBaseUrl;

    fn try_from(text: String) -> Result<Self, InvalidBaseUrl> {
        Self::new(&text)
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_scheme_host_and_optional_port() {
        for (text, url) in [
            ("https://graph.example.com", "https://graph.example.com"),
            ("https://Graph.Example.com:8443", "https://graph.example.com:8443"),
            ("https://graph.example.com:443", "https://graph.example.com"),
            ("https://10.0.0.1:8443", "https://10.0.0.1:8443"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
            ("http://127.0.0.1:9001", "http://127.0.0.1:9001"),
            ("http://127.8.8.8", "http://127.8.8.8"),
            ("http://localhost:80", "http://localhost"),
            ("http://[::1]:9001", "http://[::1]:9001"),
        ] {
            assert_eq!(BaseUrl::new(text).as_ref().map(BaseUrl::as_str), Ok(url), "{text}");
        }
    }

    #[test]
    fn other_parts_and_http_to_other_machines_are_refused() {
        for text in [
            "",
            "graph.example.com",
            "ftp://graph.example.com",
            "file:///etc/passwd",
            "https://",
            "https:graph.example.com",
            "https:\\\\graph.example.com",
            " https://graph.example.com",
            "https://graph.example.com\n",
            "https://gr\taph.example.com",
            "https://graph.example.com/",
            "https://graph.example.com/v1.0",
            "https://graph.example.com/.",
            "https://graph.example.com?",
            "https://graph.example.com?tenant=a",
            "https://graph.example.com#",
            "https://graph.example.com#a",
            "https://user@graph.example.com",
            "https://user:password@graph.example.com",
            "https://@graph.example.com",
            "https://:@graph.example.com",
            "https://graph.example.com@evil.example.com",
            "https://graph.example.com:",
            "https://graph.example.com:80443",
            "https://graph.example.com:8443:1",
            "https://graph.ex%61mple.com",
            "https://gräph.example.com",
            "https://2130706433",
            "http://graph.example.com",
            "http://10.0.0.1",
            "http://169.254.169.254",
            "http://0.0.0.0:9001",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@evil.example.com",
            "http://localhost.example.com",
            "http://localhost.",
            "http://127.1:9001",
            "http://[::ffff:127.0.0.1]",
            "http://[::]",
            "http://127.0.0.1:9001/",
        ] {
            assert_eq!(BaseUrl::new(text), Err(InvalidBaseUrl), "{text}");
        }
    }

    #[test]
    fn a_configuration_with_an_invalid_base_url_is_malformed() {
        let read = |login: &str, graph: &str| {
            let json = format!(r#"{{"custom": {{"login": "{login}", "graph": "{graph}"}}}}"#);
            serde_json::from_str::<Cloud>(&json)
        };
        let cloud = read("https://login.example.com", "http://127.0.0.1:9001").expect("a cloud");
        assert_eq!((cloud.login(), cloud.graph()), ("https://login.example.com", "http://127.0.0.1:9001"));
        assert!(read("http://login.example.com", "http://127.0.0.1:9001").is_err());
        assert!(read("https://login.example.com", "https://graph.example.com/x?y").is_err());
    }
}
