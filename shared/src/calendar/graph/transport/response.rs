//! What Graph answers to one request, read no further than is reasonable.

use std::time::Duration;

use chrono::Utc;
use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use serde::de::DeserializeOwned;

use super::{
    errors::{self, Target},
    limits::Told,
    retry_state::{Miss, parse_retry_after},
    send::unanswered,
};
use crate::calendar::CalendarError;

/// The largest answer to one request, in bytes. Free/busy of twenty mailboxes with a thousand entries each takes less.
pub(crate) const MAX_ANSWER: usize = 16 << 20;
/// And to a batch.
pub(crate) const MAX_BATCH_ANSWER: usize = 32 << 20;

/// What Graph answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Body,
}

/// The body of an answer, as far as it was read.
#[derive(Debug)]
pub(crate) enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// The connection ended within it.
    Cut,
    /// It is larger than what is read of an answer.
    TooLarge,
}

impl Body {
    /// Reads a body up to `max` bytes. More than that is not fetched, let alone kept.
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
                Ok(None) => return Self::Whole(bytes),
                Err(_) => return Self::Cut,
            }
        }
    }

    /// The body, where there is all of it.
    pub(crate) fn whole(self) -> Option<Vec<u8>> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Cut | Self::TooLarge => None,
        }
    }
}

impl Answer {
    /// Sends a request and reads its answer up to `max` bytes.
    pub(crate) async fn to(request: RequestBuilder, max: usize) -> Result<Self, CalendarError> {
        // The client's errors show URLs, and with them addresses: only their kind is told.
        let response = request.send().await.map_err(|error| {
            if error.is_connect() {
                CalendarError::NotSent { cause: "no connection to Graph".to_owned(), timed_out: false }
            } else {
                unanswered("the connection ended before the answer")
            }
        })?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| parse_retry_after(text, Utc::now()));
        Ok(Self { status: response.status(), retry_after, body: Body::read(response, max).await })
    }

    /// What it says about how many requests may be in flight, given how many it answers. A failure of the service's own says
    /// nothing.
    pub(crate) fn told(&self, requests: usize) -> Option<Told> {
        match self.status.as_u16() {
            429 => Some(Told::Throttled { refused: requests, retry_after: self.retry_after }),
            200..=499 => Some(Told::Taken),
            _ => None,
        }
    }

    /// The body of a success, or what the refusal means.
    pub(crate) fn judge(self, target: Target) -> Result<Vec<u8>, Miss> {
        if self.status.is_success() {
            return match self.body {
                Body::Whole(body) => Ok(body),
                Body::Cut => Err(Miss::Error(unanswered("the connection ended within the answer"))),
                Body::TooLarge => Err(Miss::TooLarge),
            };
        }
        let body = self.body.whole().unwrap_or_default();
        let error = errors::classify(self.status, self.retry_after, &body, target);
        Err(if self.status == StatusCode::UNAUTHORIZED { Miss::Unauthorized(error) } else { Miss::Error(error) })
    }
}

/// Reads the JSON of a success.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, CalendarError> {
    serde_json::from_slice(body).map_err(|_| failed("an answer that cannot be read"))
}

/// Graph sent something that does not answer the request.
pub(crate) fn failed(what: &str) -> CalendarError {
    CalendarError::Failed { cause: format!("Graph sent {what}"), retry_after: None }
}
