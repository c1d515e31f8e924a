//! One call of Graph, whether it came by itself or in a batch, and its answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::GraphError;
use crate::ids::IdKind;

pub(crate) struct Request {
    pub(crate) method: String,
    /// As sent, still percent-encoded, from `/v1.0` on.
    pub(crate) path: String,
    pub(crate) query: String,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Of the `$batch` request that this is an item of.
    pub(crate) batch: Option<u64>,
    pub(crate) id: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn client_request_id(&self) -> &str {
        self.header("client-request-id").unwrap_or(&self.id)
    }

    /// The parts of the path after `/v1.0`, decoded.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.path.strip_prefix("/v1.0").unwrap_or(&self.path);
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The body as an object; an empty one counts as `{}`.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, GraphError> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(GraphError::bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
            )),
        }
    }

    pub(crate) fn preferences(&self) -> Preferences {
        let mut preferences = Preferences::default();
        for part in self.header("prefer").unwrap_or_default().split([',', ';']) {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "idtype" if value.eq_ignore_ascii_case("ImmutableId") => {
                    preferences.immutable_ids = true;
                }
                "outlook.body-content-type" if value.eq_ignore_ascii_case("text") => {
                    preferences.text_body = true;
                }
                "outlook.timezone" => preferences.time_zone = Some(value.to_owned()),
                _ => {}
            }
        }
        preferences
    }

    /// The root that links lead back to.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("localhost"))
    }
}

/// What the `Prefer` header asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preferences {
    pub(crate) immutable_ids: bool,
    pub(crate) text_body: bool,
    pub(crate) time_zone: Option<String>,
}

impl Preferences {
    pub(crate) const fn ids(&self) -> IdKind {
        if self.immutable_ids { IdKind::Immutable } else { IdKind::Mutable }
    }

    /// What `Preference-Applied` says.
    pub(crate) fn applied(&self) -> Option<String> {
        let mut applied = Vec::new();
        if self.immutable_ids {
            applied.push("IdType=\"ImmutableId\"".to_owned());
        }
        if self.text_body {
            applied.push("outlook.body-content-type=\"text\"".to_owned());
        }
        if let Some(zone) = &self.time_zone {
            applied.push(format!("outlook.timezone=\"{zone}\""));
        }
        (!applied.is_empty()).then(|| applied.join(", "))
    }
}

/// An answer of Graph's.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

impl Response {
    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    pub(crate) fn error(error: &GraphError, request: &Request) -> Self {
        Self {
            status: error.status,
            headers: error.headers.clone(),
            body: Some(error.envelope(&request.id, request.client_request_id())),
        }
    }

    /// The code of a failure.
    pub(crate) fn code(&self) -> Option<String> {
        Some(self.body.as_ref()?.get("error")?.get("code")?.as_str()?.to_owned())
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
