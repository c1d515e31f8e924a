//! A request to Graph over HTTP.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;

use super::{errors::Target, retry_state::RetryPolicy};
use crate::calendar::CalendarError;

/// The `Prefer` header. Every request asks for immutable ids: a request without that would get another kind of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// Times in UTC.
    Utc,
    /// Times in UTC, and bodies as plain text.
    UtcAndTextBody,
}

impl Prefer {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Utc => r#"IdType="ImmutableId", outlook.timezone="UTC""#,
            Self::UtcAndTextBody => r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#,
        }
    }
}

/// A request to Graph, which may take several attempts. `B`: its body, serialized or not yet.
pub(crate) struct GraphRequest<'a, B = Bytes> {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// The mailbox whose limit of concurrent requests it counts against.
    pub(crate) mailbox: &'a str,
    pub(crate) prefer: Prefer,
    pub(crate) body: Option<B>,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) target: Target,
}

impl<'a, B> GraphRequest<'a, B> {
    pub(crate) fn get(url: String, mailbox: &'a str, prefer: Prefer, target: Target) -> Self {
        Self { method: Method::GET, url, mailbox, prefer, body: None, retry_policy: RetryPolicy::Read, target }
    }
}

impl<'a, B: Serialize> GraphRequest<'a, B> {
    /// The request with its body as JSON.
    pub(crate) fn serialize(self) -> Result<GraphRequest<'a>, CalendarError> {
        let Self { method, url, mailbox, prefer, body, retry_policy, target } = self;
        let body = body.as_ref().map(to_json).transpose()?;
        Ok(GraphRequest { method, url, mailbox, prefer, body, retry_policy, target })
    }
}

pub(crate) fn to_json(body: &impl Serialize) -> Result<Bytes, CalendarError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|_| not_serializable())
}

pub(crate) fn not_serializable() -> CalendarError {
    CalendarError::NotSent { cause: "JSON".to_owned(), timed_out: false }
}

/// Limits of one attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttemptLimits {
    pub(crate) timeout: Duration,
    /// The largest response body that is read.
    pub(crate) max_bytes: usize,
}

/// No response came: the request may still be carried out.
pub(crate) fn no_answer(cause: &str) -> CalendarError {
    CalendarError::NoAnswer { cause: cause.to_owned() }
}

/// Nothing was sent, since the deadline had passed.
pub(crate) fn out_of_time() -> CalendarError {
    CalendarError::NotSent { cause: "out of time".to_owned(), timed_out: true }
}
