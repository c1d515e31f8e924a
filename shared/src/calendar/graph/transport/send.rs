//! A request to Graph, and sending it: once, or with retries until the deadline.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use reqwest::{Method, header::CONTENT_TYPE};
use serde::Serialize;

use super::{
    errors::Target,
    limits::Permits,
    response::{GraphResponse, MAX_RESPONSE_BYTES},
    retry_state::{AttemptError, RetryPolicy, RetryState},
};
use crate::{
    calendar::{
        CalendarError,
        graph::{GraphCalendar, auth::token::AccessToken},
    },
    call::CallContext,
};

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

impl GraphCalendar {
    /// Sends a request with retries. Returns the body of a success.
    pub(crate) async fn send(&self, call: &CallContext, request: &GraphRequest<'_>) -> Result<Vec<u8>, CalendarError> {
        self.send_with(call, request, RetryState::default()).await
    }

    /// Sends a request with retries, after the attempts that `retry` counts.
    pub(crate) async fn send_with(
        &self,
        call: &CallContext,
        request: &GraphRequest<'_>,
        mut retry: RetryState,
    ) -> Result<Vec<u8>, CalendarError> {
        loop {
            let token = match self.access_token(call).await {
                Ok(token) => token,
                // The exchange for a token has its own retries.
                Err(error) => return Err(retry.final_error(error)),
            };
            let error = match self.attempt(call, request, &token).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let remaining = call.deadline.remaining();
            let wait = retry.after_failure(error, request.retry_policy, remaining, || self.reject_token(&token))?;
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, within the limits on concurrent requests. Returns the body of a success.
    pub(crate) async fn attempt(
        &self,
        call: &CallContext,
        request: &GraphRequest<'_>,
        token: &AccessToken,
    ) -> Result<Vec<u8>, AttemptError> {
        let permits = self.acquire_permits(call, [(request.mailbox, 1)].into()).await?;
        let limits = AttemptLimits { timeout: request.retry_policy.timeout(), max_bytes: MAX_RESPONSE_BYTES };
        let response = self.exchange(call, request, token, limits).await.map_err(AttemptError::Error)?;
        if let Some(signal) = response.load_signal(1) {
            permits.record(signal);
        }
        response.into_result(request.target)
    }

    /// Waits until a request may start. `mailboxes`: how many requests Graph counts for each mailbox, since it counts the
    /// items of a batch.
    pub(crate) async fn acquire_permits(
        &self,
        call: &CallContext,
        mailboxes: BTreeMap<&str, usize>,
    ) -> Result<Permits, AttemptError> {
        let tenant = &self.tenant;
        let permits = self.connection.limits.acquire(&tenant.directory_id, &tenant.microsoft_client_id, mailboxes);
        call.deadline.work(permits).await.ok_or_else(|| AttemptError::Error(out_of_time()))
    }

    /// One HTTP request and its response. The caller holds the permits.
    pub(crate) async fn exchange(
        &self,
        call: &CallContext,
        request: &GraphRequest<'_>,
        token: &AccessToken,
        limits: AttemptLimits,
    ) -> Result<GraphResponse, CalendarError> {
        let timeout = limits.timeout.min(call.deadline.remaining());
        if timeout.is_zero() {
            return Err(out_of_time());
        }
        let mut builder = self
            .connection
            .client()?
            .request(request.method.clone(), &request.url)
            .header(reqwest::header::AUTHORIZATION, token.bearer())
            .header("prefer", request.prefer.as_str())
            .header("client-request-id", call.client_request_id().to_string())
            .header("return-client-request-id", "true");
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        call.count_graph_call();
        let response = tokio::time::timeout(timeout, GraphResponse::fetch(builder, limits.max_bytes)).await;
        response.unwrap_or_else(|_| Err(unanswered("no answer in time")))
    }
}

/// No response came: the request may still be carried out.
pub(crate) fn unanswered(cause: &str) -> CalendarError {
    CalendarError::Unanswered { cause: cause.to_owned() }
}

/// Nothing was sent, since the deadline had passed.
pub(crate) fn out_of_time() -> CalendarError {
    CalendarError::NotSent { cause: "out of time".to_owned(), timed_out: true }
}
