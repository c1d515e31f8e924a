//! Sends a request to Graph: once, or with retries until the deadline.

use std::collections::BTreeMap;

use reqwest::header::CONTENT_TYPE;

use super::{
    auth::token::AccessToken,
    connection::GraphCalendar,
    transport::{
        limits::Permits,
        request::{AttemptLimits, GraphRequest, no_answer, out_of_time},
        response::{GraphResponse, MAX_RESPONSE_BYTES},
        retry_state::{AttemptError, RetryState},
    },
};
use crate::{calendar::CalendarError, call::CallContext};

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
        response.unwrap_or_else(|_| Err(no_answer("no answer in time")))
    }
}
