//! A response of Graph, read up to a limit.

use std::time::Duration;

use chrono::Utc;
use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use serde::de::DeserializeOwned;

use super::{
    errors::{self, Target},
    limits::LoadSignal,
    request::no_answer,
    retry_state::{AttemptError, parse_retry_after},
};
use crate::calendar::CalendarError;

/// The largest response to one request, in bytes. Free/busy of twenty mailboxes with a thousand entries each takes less.
pub(crate) const MAX_RESPONSE_BYTES: usize = 16 << 20;
/// The largest response to a batch, in bytes.
pub(crate) const MAX_BATCH_RESPONSE_BYTES: usize = 32 << 20;

#[derive(Debug)]
pub(crate) struct GraphResponse {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Body,
}

/// The body of a response, as far as it was read.
#[derive(Debug)]
pub(crate) enum Body {
    Complete(Vec<u8>),
    /// The connection ended within it.
    Truncated,
    /// It is larger than the limit.
    TooLarge,
}

impl Body {
    /// Reads a body of at most `max` bytes. More than that is not fetched.
    pub(crate) async fn read(mut response: Response, max: usize) -> Self {
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        if announced > max {
            return Self::TooLarge;
        }
        let mut bytes = Vec::with_capacity(announced);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > max => return Self::TooLarge,
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Self::Complete(bytes),
                Err(_) => return Self::Truncated,
            }
        }
    }

    fn complete(self) -> Option<Vec<u8>> {
        match self {
            Self::Complete(bytes) => Some(bytes),
            Self::Truncated | Self::TooLarge => None,
        }
    }
}

impl GraphResponse {
    /// Sends a request, and reads a response body of at most `max_bytes`.
    pub(crate) async fn fetch(request: RequestBuilder, max_bytes: usize) -> Result<Self, CalendarError> {
        // reqwest's errors show URLs, and with them mail addresses: only their kind may be logged.
        let response = request.send().await.map_err(|error| {
            if error.is_connect() {
                CalendarError::NotSent { cause: "no connection to Graph".to_owned(), timed_out: false }
            } else {
                no_answer("the connection ended before the answer")
            }
        })?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| parse_retry_after(text, Utc::now()));
        Ok(Self { status: response.status(), retry_after, body: Body::read(response, max_bytes).await })
    }

    /// What the response means for the limit of concurrent requests, if it is the response to `requests` requests. A server
    /// error means nothing for it.
    pub(crate) fn load_signal(&self, requests: usize) -> Option<LoadSignal> {
        match self.status.as_u16() {
            429 => Some(LoadSignal::Throttled { refused: requests, retry_after: self.retry_after }),
            200..=499 => Some(LoadSignal::Accepted),
            _ => None,
        }
    }

    /// The body of a success, or the error that the response stands for.
    pub(crate) fn into_result(self, target: Target) -> Result<Vec<u8>, AttemptError> {
        if self.status.is_success() {
            return match self.body {
                Body::Complete(body) => Ok(body),
                Body::Truncated => Err(AttemptError::Error(no_answer("the connection ended within the answer"))),
                Body::TooLarge => Err(AttemptError::TooLarge),
            };
        }
        let body = self.body.complete().unwrap_or_default();
        let error = errors::classify(self.status, self.retry_after, &body, target);
        Err(if self.status == StatusCode::UNAUTHORIZED {
            AttemptError::Unauthorized(error)
        } else {
            AttemptError::Error(error)
        })
    }
}

/// Parses the JSON of a success.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, CalendarError> {
    serde_json::from_slice(body).map_err(|_| failed("an answer that cannot be read"))
}

/// Graph sent something that does not answer the request.
pub(crate) fn failed(what: &str) -> CalendarError {
    CalendarError::Failed { cause: format!("Graph sent {what}"), retry_after: None }
}
