//! An answer, and what tests ask of it.

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

/// An HTTP answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a body") }
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
        Self {
            status: status.unwrap_or_else(|| panic!("no status: {answer}")),
            headers,
            text: answer["body"].as_str().unwrap_or_default().to_owned(),
        }
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

    /// The `errorCode` of the body.
    #[track_caller]
    pub fn code(&self) -> String {
        self.json()["errorCode"].as_str().unwrap_or_else(|| panic!("no errorCode: {self:?}")).to_owned()
    }

    /// Asserts status and error code, and hands the answer on.
    #[expect(clippy::return_self_not_must_use, reason = "an assertion is often the last word on an answer")]
    #[track_caller]
    pub fn expect(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
        self
    }

    /// Asserts a success without an error code, such as a meeting's details, and hands its JSON on.
    #[track_caller]
    pub fn expect_ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }
}
