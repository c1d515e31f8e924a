//! Responses.

use std::{
    io::{self, Write},
    time::Duration,
};

use lambda_http::{
    Body, IntoResponse,
    http::{self, HeaderName, HeaderValue, StatusCode, header},
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use crate::call::yield_to_timers;

/// The largest body that is written at all, in bytes before compression. More would never fit, compressed or not, into what Lambda
/// returns or into the memory of the smallest function.
const MAX_TEXT: usize = 32 * 1024 * 1024;
/// How many bytes of a list are written before timers may fire: a few milliseconds on the smallest function.
const CHUNK: usize = 64 * 1024;
/// ASCII characters that no URL contains (RFC 3986). Characters beyond ASCII are encoded anyway.
const NOT_IN_URLS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// A response: what the caller gets, and what the log line shows.
#[derive(Debug)]
pub struct Response {
    pub(super) http: http::Response<Body>,
    /// The family's error code. `None`: success.
    pub(super) error_code: Option<&'static str>,
    /// For the log only.
    pub(super) cause: Option<String>,
    /// Whether the body was too large to be written. Then the edge refuses it instead of sending it.
    pub(super) is_cut_short: bool,
}

impl Response {
    /// A JSON body.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let mut text = Text::default();
        text.add(body);
        Self::of_json(status, text)
    }

    /// A JSON list, written entry by entry, so that a long one does not keep the request's timer from firing. Entries after the
    /// largest size are not asked for.
    pub async fn json_list<T: Serialize>(status: u16, entries: impl IntoIterator<Item = T>) -> Self {
        let (mut text, mut seen, mut separator) = (Text::default(), 0, "[");
        for entry in entries {
            text.put(separator);
            text.add(&entry);
            separator = ",";
            if text.is_cut_short {
                break;
            }
            if text.bytes.len() - seen >= CHUNK {
                seen = text.bytes.len();
                yield_to_timers().await;
            }
        }
        text.put(if separator == "[" { "[]" } else { "]" });
        Self::of_json(status, text)
    }

    /// A response without a body.
    pub fn empty(status: u16) -> Self {
        Self::new(status, Body::Empty)
    }

    /// Sends the caller to another page, which it gets with GET (303). Characters of `location` that a URL does not have, such as
    /// blanks and line breaks, are percent-encoded; what is encoded already stays as it is.
    pub fn redirect(location: &str) -> Self {
        Self::empty(303).header("location", &utf8_percent_encode(location, NOT_IN_URLS).to_string())
    }

    /// A body of this media type, if it is not larger than the largest size.
    pub(super) fn of_text(status: u16, media_type: &str, text: String) -> Self {
        let is_cut_short = text.len() > MAX_TEXT;
        let body = if is_cut_short { Body::Empty } else { Body::Text(text) };
        Self { is_cut_short, ..Self::new(status, body).header("content-type", media_type) }
    }

    fn of_json(status: u16, text: Text) -> Self {
        let is_cut_short = text.is_cut_short;
        let bytes = if is_cut_short { Vec::new() } else { text.bytes };
        let body = Body::Text(String::from_utf8(bytes).unwrap_or_default());
        Self { is_cut_short, ..Self::new(status, body).header("content-type", "application/json") }
    }

    fn new(status: u16, body: Body) -> Self {
        let mut http = http::Response::new(body);
        *http.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        http.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { http, error_code: None, cause: None, is_cut_short: false }
    }

    /// Sets a header. A name or a value with characters that HTTP does not allow is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            self.http.headers_mut().insert(name, value);
        }
        self
    }

    /// Sets the `Retry-After` header, in whole seconds.
    #[must_use]
    pub fn retry_after(self, wait: Option<Duration>) -> Self {
        match wait {
            Some(wait) => self.header("retry-after", &retry_after_seconds(wait).to_string()),
            None => self,
        }
    }

    /// Warns that the request succeeded, but for one thing that it asked for.
    #[must_use]
    pub fn warning(self, warning: Option<&'static str>) -> Self {
        match warning {
            Some(warning) => self.header("x-convene-warning", warning),
            None => self,
        }
    }

    /// Sets the family's error code for the log line.
    #[must_use]
    pub fn with_error_code(self, code: &'static str) -> Self {
        Self { error_code: Some(code), ..self }
    }

    /// Sets the cause for the log line.
    #[must_use]
    pub fn caused_by(self, cause: Option<String>) -> Self {
        Self { cause, ..self }
    }

    /// The family's error code. `None`: success.
    pub fn error_code(&self) -> Option<&'static str> {
        self.error_code
    }

    /// The status, the headers and the body that the caller gets.
    pub fn as_http(&self) -> &http::Response<Body> {
        &self.http
    }
}

/// The text and the bytes are final. `lambda_http`'s own conversion would decode the text by its charset once more.
impl IntoResponse for Response {
    fn into_response(self) -> std::pin::Pin<Box<dyn Future<Output = http::Response<Body>> + Send>> {
        Box::pin(std::future::ready(self.http))
    }
}

/// Whole seconds for a `Retry-After` header, at least one.
fn retry_after_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

/// JSON that is being written.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    is_cut_short: bool,
}

impl Text {
    fn add(&mut self, value: &impl Serialize) {
        if serde_json::to_writer(&mut *self, value).is_err() {
            // It was cut short, and so is this. No wire type fails otherwise; one that did would be an empty object.
            self.put("{}");
        }
    }

    fn put(&mut self, text: &str) {
        // What does not fit is noted where it is written.
        let _ = self.write_all(text.as_bytes());
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_cut_short |= self.bytes.len() + bytes.len() > MAX_TEXT;
        if self.is_cut_short {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt as _;
    use serde_json::json;

    use super::*;

    fn text(response: &Response) -> &str {
        std::str::from_utf8(response.http.body()).expect("text")
    }

    #[tokio::test]
    async fn a_list_is_written_as_json_writes_it() {
        for entries in [vec![], vec![json!({"a": "\""})], vec![json!(1), json!([]), json!("x")]] {
            let response = Response::json_list(200, &entries).await;
            assert_eq!(text(&response), json!(entries).to_string());
            assert_eq!(text(&response), text(&Response::json(200, &entries)));
            assert_eq!((response.http.status().as_u16(), response.error_code), (200, None));
        }
    }

    #[tokio::test]
    async fn nothing_is_written_beyond_the_largest_size() {
        let (entry, asked) = ("x".repeat(1024 * 1024), Cell::new(0));
        let entries = std::iter::repeat_with(|| {
            asked.set(asked.get() + 1);
            &entry
        });
        let response = Response::json_list(200, entries).await;
        assert!(response.is_cut_short && text(&response).is_empty());
        // An entry has quotes and a comma beside its text.
        assert_eq!(asked.get(), 32);
        assert!(Response::json(200, &"x".repeat(MAX_TEXT)).is_cut_short);
        assert!(!Response::json(200, &"x".repeat(MAX_TEXT - 2)).is_cut_short);
    }

    #[test]
    fn a_redirect_always_has_a_location() {
        for (location, sent) in [
            ("https://a.example/b?c=%20d&e=[f]#g", "https://a.example/b?c=%20d&e=[f]#g"),
            ("/a b/\u{e9}\u{1f4a5}", "/a%20b/%C3%A9%F0%9F%92%A5"),
            ("/a\r\nset-cookie: b=\"c\"\0\u{7f}", "/a%0D%0Aset-cookie:%20b=%22c%22%00%7F"),
        ] {
            let response = Response::redirect(location);
            let header = response.http.headers().get("location").and_then(|value| value.to_str().ok());
            assert_eq!((response.http.status().as_u16(), header), (303, Some(sent)));
        }
    }

    #[test]
    fn a_long_list_lets_timers_fire_between_entries() {
        let (entry, asked) = ("x".repeat(CHUNK), Cell::new(0));
        let entries = std::iter::repeat_with(|| {
            asked.set(asked.get() + 1);
            &entry
        });
        let mut writing = Box::pin(Response::json_list(200, entries.take(3)));
        assert!(writing.as_mut().now_or_never().is_none());
        assert_eq!(asked.get(), 1);
    }
}
