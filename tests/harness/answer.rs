//! An answer, and what tests ask of it.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

/// An HTTP answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed where it came compressed.
    pub text: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = text(&headers, &response.bytes().await.expect("a body"));
        Self { status, headers, text }
    }

    /// What a function answers to API Gateway, as API Gateway would pass it on.
    #[track_caller]
    pub fn from_lambda(answer: &Value) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in answer["headers"].as_object().into_iter().flatten() {
            let name: HeaderName = name.parse().expect("a header's name");
            headers.insert(name, value.as_str().and_then(|text| text.parse().ok()).expect("a header's value"));
        }
        let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.unwrap_or_else(|| panic!("no status: {answer}"));
        let body = answer["body"].as_str().unwrap_or_default();
        let body = match answer["isBase64Encoded"].as_bool() {
            Some(true) => STANDARD.decode(body).expect("base64"),
            _ => body.as_bytes().to_vec(),
        };
        let text = text(&headers, &body);
        Self { status, headers, text }
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a text header"))
    }

    /// The `errorCode` of a body of the family `salesforce`.
    #[track_caller]
    pub fn code(&self) -> String {
        self.json()["errorCode"].as_str().unwrap_or_else(|| panic!("no errorCode: {self:?}")).to_owned()
    }

    /// Asserts status and `errorCode`, and hands the answer on.
    #[expect(clippy::return_self_not_must_use, reason = "an assertion is often the last word on an answer")]
    #[track_caller]
    pub fn expect(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
        self
    }

    /// Asserts that a failure of any family shows its caller nothing internal: no service, address or source code.
    #[track_caller]
    pub fn assert_shows_nothing_internal(&self) {
        let said = self.text.to_lowercase();
        for internal in ["http", "127.0.0.1", "graph", "dynamo", "secret", "table", "panic", "aadsts", ".rs", "serde"] {
            assert!(!said.contains(internal), "{internal} is shown: {self:?}");
        }
    }

    /// Asserts a success without an error code, such as a meeting's details, and hands its JSON on.
    #[track_caller]
    pub fn expect_ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }
}

/// The text of a body.
#[track_caller]
fn text(headers: &HeaderMap, body: &[u8]) -> String {
    match headers.get("content-encoding").map(|encoding| encoding.to_str().expect("text")) {
        Some("gzip") => {
            let mut text = String::new();
            GzDecoder::new(body).read_to_string(&mut text).expect("gzip of text");
            text
        }
        Some(other) => panic!("the answer is encoded as {other}"),
        None => String::from_utf8_lossy(body).into_owned(),
    }
}
