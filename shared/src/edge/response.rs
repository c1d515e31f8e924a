//! Answers.

use std::{
    io::{self, Write},
    time::Duration,
};

use lambda_http::{
    Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;

use crate::{call::yield_to_timers, problem::Problem};

/// The largest body that is written at all, before compression. More would never fit, compressed or not, into what Lambda
/// returns or into the memory of the smallest function.
const MAX_TEXT: usize = 32 * 1024 * 1024;
/// How much of a list is written between two looks at the clock: a few milliseconds on the smallest function.
const CHUNK: usize = 64 * 1024;

/// An answer on its way out: what the caller gets, and what the log line says of it.
#[derive(Debug)]
pub struct Answer {
    /// What the caller gets.
    pub response: Response<Body>,
    /// The documented error code, or `NoError`.
    pub error_code: &'static str,
    /// For the log alone.
    pub cause: Option<String>,
    /// Whether the body was too large to be written. It is refused in place of being sent.
    pub(super) is_cut_short: bool,
}

impl Answer {
    /// A JSON answer. `error_code` is the documented one, `NoError` for a success.
    pub fn json(status: u16, body: &impl Serialize, error_code: &'static str) -> Self {
        let mut text = Text::default();
        text.add(body);
        Self::of(status, text, error_code)
    }

    /// A JSON answer that is a list, written entry by entry so that a long one does not keep the request's timer from
    /// firing. Entries after the largest size are not asked for.
    pub async fn json_list<T: Serialize>(
        status: u16,
        entries: impl IntoIterator<Item = T>,
        error_code: &'static str,
    ) -> Self {
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
        Self::of(status, text, error_code)
    }

    fn of(status: u16, text: Text, error_code: &'static str) -> Self {
        let is_cut_short = text.is_cut_short;
        let text = if is_cut_short { Vec::new() } else { text.bytes };
        let mut response = Response::new(Body::Text(String::from_utf8(text).unwrap_or_default()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { response, error_code, cause: None, is_cut_short }
    }

    /// Adds a header. A value that HTTP does not allow is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Adds what a problem means beyond its body: `Retry-After`, and the cause for the log.
    #[must_use]
    pub fn explained_by(mut self, problem: &Problem) -> Self {
        self.cause.clone_from(&problem.cause);
        match problem.retry_after {
            Some(wait) => self.header("retry-after", &retry_after_seconds(wait).to_string()),
            None => self,
        }
    }
}

/// Whole seconds for a `Retry-After` header, at least one.
pub fn retry_after_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

/// JSON on its way into an answer.
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

    fn text(answer: &Answer) -> &str {
        std::str::from_utf8(answer.response.body()).expect("text")
    }

    #[tokio::test]
    async fn a_list_is_written_as_json_writes_it() {
        for entries in [vec![], vec![json!({"a": "\""})], vec![json!(1), json!([]), json!("x")]] {
            let answer = Answer::json_list(200, &entries, "NoError").await;
            assert_eq!(text(&answer), json!(entries).to_string());
            assert_eq!(text(&answer), text(&Answer::json(200, &entries, "NoError")));
            assert_eq!((answer.response.status().as_u16(), answer.error_code), (200, "NoError"));
        }
    }

    #[tokio::test]
    async fn nothing_is_written_beyond_the_largest_size() {
        let (entry, asked) = ("x".repeat(1024 * 1024), Cell::new(0));
        let entries = std::iter::repeat_with(|| {
            asked.set(asked.get() + 1);
            &entry
        });
        let answer = Answer::json_list(200, entries, "NoError").await;
        assert!(answer.is_cut_short && text(&answer).is_empty());
        // An entry has quotes and a comma beside its text.
        assert_eq!(asked.get(), 32);
        assert!(Answer::json(200, &"x".repeat(MAX_TEXT), "NoError").is_cut_short);
        assert!(!Answer::json(200, &"x".repeat(MAX_TEXT - 2), "NoError").is_cut_short);
    }

    #[test]
    fn a_long_list_lets_timers_fire_between_entries() {
        let (entry, asked) = ("x".repeat(CHUNK), Cell::new(0));
        let entries = std::iter::repeat_with(|| {
            asked.set(asked.get() + 1);
            &entry
        });
        let mut writing = Box::pin(Answer::json_list(200, entries.take(3), "NoError"));
        assert!(writing.as_mut().now_or_never().is_none());
        assert_eq!(asked.get(), 1);
    }
}
