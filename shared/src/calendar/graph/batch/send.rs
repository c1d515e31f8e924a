//! One batch, sent once.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Serialize;
use tokio::sync::SemaphorePermit;

use super::{
    super::{
        auth::token::AccessToken,
        connection::{GraphCalendar, MAX_BATCH_MEMORY},
        transport::{
            errors::Target,
            request::{AttemptLimits, GraphRequest, Prefer},
            response::MAX_BATCH_RESPONSE_BYTES,
            retry_state::{AttemptError, RetryPolicy},
            urls,
        },
    },
    payload, responses,
};
use crate::call::{CallContext, yield_to_timers};

impl GraphCalendar {
    /// Sends requests as one batch, once. Returns the response to each request, in their order, or the error of the batch.
    pub(in super::super) async fn send_batch_once<B: Serialize>(
        &self,
        call: &CallContext,
        token: &AccessToken,
        requests: Vec<GraphRequest<'_, B>>,
    ) -> Result<Vec<Result<Vec<u8>, AttemptError>>, AttemptError> {
        let mut mailboxes = BTreeMap::new();
        for request in &requests {
            *mailboxes.entry(request.mailbox).or_default() += 1;
        }
        let permits = self.acquire_permits(call, mailboxes).await?;
        let targets: Vec<Target> = requests.iter().map(|request| request.target).collect();
        let batch = GraphRequest {
            method: Method::POST,
            url: urls::batch(&self.tenant.cloud),
            mailbox: "",
            prefer: Prefer::Utc,
            body: Some(payload::serialize(&self.tenant.cloud, &requests).map_err(AttemptError::Error)?),
            // Of its items, the one with the longest timeout.
            retry_policy: requests
                .iter()
                .map(|request| request.retry_policy)
                .max_by_key(|policy| policy.timeout())
                .unwrap_or(RetryPolicy::OnlyIfNotDone),
            target: Target::Event,
        };
        drop(requests);
        let timeout = batch.retry_policy.batch_timeout(targets.len());
        let limits = AttemptLimits { timeout, max_bytes: MAX_BATCH_RESPONSE_BYTES };
        let response = self.exchange(call, &batch, token, limits).await.map_err(AttemptError::Error)?;
        let signal = response.load_signal(targets.len());
        let body = response.into_result(batch.target).map_err(responses::batch_error);
        let responses = body.and_then(|body| responses::parse_items(&body, targets.into_iter()));
        if let Some(signal) = signal {
            permits.record(responses.as_ref().map_or(signal, |responses| responses::load_signal(responses)));
        }
        responses
    }

    /// Reserves memory for the JSON of a batch. `None`: the deadline passed first.
    pub(super) async fn reserve_memory(&self, call: &CallContext, size: usize) -> Option<SemaphorePermit<'_>> {
        let size = u32::try_from(size.min(MAX_BATCH_MEMORY)).ok()?;
        // After this the caller serializes its requests: megabytes of text, one batch after the other.
        yield_to_timers().await;
        // The semaphore is never closed.
        call.deadline.work(self.connection.batch_memory.acquire_many(size)).await?.ok()
    }
}
