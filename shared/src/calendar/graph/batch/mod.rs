//! Several requests in one round trip by Graph's `$batch`. Each item has its own reply, and its own retries.
//!
//! - this file: splits requests into batches, sends them, and sends items again.
//! - `payload`: the JSON of a batch, and its limits.
//! - `responses`: the response to a batch, item by item.
//! - `retry_schedule`: which items are sent again together.

mod payload;
mod responses;
mod retry_schedule;

use std::collections::BTreeMap;

use futures_util::future::{BoxFuture, FutureExt as _, join, join_all};
use reqwest::Method;
use serde::Serialize;
use tokio::{sync::SemaphorePermit, time::Instant};

pub(super) use payload::MAX_ITEMS;

use super::{
    auth::token::AccessToken,
    connection::{GraphCalendar, MAX_BATCH_MEMORY},
    events::requests::{EventRequest, requires_read_first, validate},
    transport::{
        errors::Target,
        request::{AttemptLimits, GraphRequest, Prefer, out_of_time},
        response::MAX_BATCH_RESPONSE_BYTES,
        retry_state::{AttemptError, RetryPolicy, RetryState},
        urls,
    },
};
use crate::{
    calendar::{CalendarError, Reply, Request},
    call::{CallContext, yield_to_timers},
};

/// One of the requests, with its retry state.
struct Item<'a> {
    /// The index of the request.
    index: usize,
    request: &'a Request,
    /// Its size in a batch, in bytes.
    size: usize,
    retry_policy: RetryPolicy,
    retry: RetryState,
}

/// The index of a request, and its result.
type ItemResult = (usize, Result<Reply, CalendarError>);

impl GraphCalendar {
    /// Executes requests in as few round trips as Graph's limits allow, all of them concurrently.
    pub(super) async fn execute_in_batches(
        &self,
        call: &CallContext,
        requests: &[Request],
    ) -> Vec<Result<Reply, CalendarError>> {
        let mut results: Vec<ItemResult> = Vec::with_capacity(requests.len());
        let (mut items, mut alone) = (Vec::with_capacity(requests.len()), Vec::new());
        for (index, request) in requests.iter().enumerate() {
            // Measuring a long text for each of hundreds of mailboxes takes seconds.
            yield_to_timers().await;
            if call.deadline.is_over() {
                results.push((index, Err(out_of_time())));
            } else if requires_read_first(request) {
                alone.push(async move { (index, self.execute_alone(call, request).await) });
            } else {
                match self.item(index, request) {
                    Ok(item) => items.push(item),
                    Err(error) => results.push((index, Err(error))),
                }
            }
        }
        let batches = payload::split(items, |item| item.size).into_iter().map(|items| self.send_items(call, items));
        let (together, alone) = join(join_all(batches), join_all(alone)).await;
        results.extend(together.into_iter().flatten().chain(alone));
        results.sort_unstable_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn item<'a>(&self, index: usize, request: &'a Request) -> Result<Item<'a>, CalendarError> {
        validate(request)?;
        let event_request = self.event_request(request, None)?;
        let size = payload::size(&self.tenant.cloud, &event_request)?;
        Ok(Item { index, request, size, retry_policy: event_request.retry_policy, retry: RetryState::default() })
    }

    /// Sends items as a batch, or a single item by itself.
    async fn send_items<'a>(&'a self, call: &'a CallContext, items: Vec<Item<'a>>) -> Vec<ItemResult> {
        match <[Item<'_>; 1]>::try_from(items) {
            Ok([item]) => vec![(item.index, self.send_alone(call, item).await)],
            Err(items) => self.send_until_done(call, items).await,
        }
    }

    /// Sends items as a batch, and sends those that failed again until each has its result. No item waits for the retries of
    /// another.
    fn send_until_done<'a>(&'a self, call: &'a CallContext, items: Vec<Item<'a>>) -> BoxFuture<'a, Vec<ItemResult>> {
        async move {
            let token = match self.access_token(call).await {
                Ok(token) => token,
                // The exchange for a token has its own retries.
                Err(error) => {
                    let end = |mut item: Item<'_>| (item.index, Err(item.retry.final_error(error.clone())));
                    return items.into_iter().map(end).collect();
                }
            };
            let responses = match self.send_items_once(call, &token, &items).await {
                Ok(responses) => responses,
                // Graph rejects the whole batch, perhaps because of one item.
                Err(AttemptError::Error(CalendarError::Rejected { .. })) => {
                    let alone =
                        items.into_iter().map(|item| async move { (item.index, self.send_alone(call, item).await) });
                    return join_all(alone).await;
                }
                // The error of the batch is the error of each item.
                Err(error) => vec![Err(error); items.len()],
            };
            let (mut done, mut retried) = (Vec::new(), Vec::new());
            let (now, remaining) = (Instant::now(), call.deadline.remaining());
            for (mut item, response) in items.into_iter().zip(responses) {
                let error = match response {
                    Ok(body) => {
                        done.push((item, Ok(body)));
                        continue;
                    }
                    Err(error) => error,
                };
                match item.retry.after_failure(error, item.retry_policy, remaining, || self.reject_token(&token)) {
                    Ok(wait) => retried.push((now + wait, item)),
                    Err(error) => done.push((item, Err(error))),
                }
            }
            let done = done.into_iter().map(|(item, response)| async move {
                let reply = match response {
                    Ok(body) => self.reply(call, item.request, None, &body).await,
                    Err(error) => Err(error),
                };
                (item.index, reply)
            });
            let retried = retry_schedule::group(retried).into_iter().map(|(due, items)| async move {
                tokio::time::sleep_until(due).await;
                self.send_items(call, items).await
            });
            let (mut results, later) = join(join_all(done), join_all(retried)).await;
            results.extend(later.into_iter().flatten());
            results
        }
        .boxed()
    }

    /// Sends an item by itself, after the attempts that it has had in batches.
    async fn send_alone(&self, call: &CallContext, mut item: Item<'_>) -> Result<Reply, CalendarError> {
        let Some(memory) = self.reserve_memory(call, item.size).await else {
            return Err(item.retry.final_error(out_of_time()));
        };
        let request = match self.event_request(item.request, None).and_then(EventRequest::serialize) {
            Ok(request) => request,
            Err(error) => return Err(item.retry.final_error(error)),
        };
        let body = self.send_with(call, &request, item.retry).await?;
        drop((memory, request));
        self.reply(call, item.request, None, &body).await
    }

    /// Sends items as one batch, once. Returns the response to each item, in their order, or the error of the batch.
    async fn send_items_once(
        &self,
        call: &CallContext,
        token: &AccessToken,
        items: &[Item<'_>],
    ) -> Result<Vec<Result<Vec<u8>, AttemptError>>, AttemptError> {
        // Memory first, then the permits: a batch that waits for permits never keeps the holder of those from its memory.
        let size = items.iter().map(|item| item.size).sum();
        let _memory = self.reserve_memory(call, size).await.ok_or_else(|| AttemptError::Error(out_of_time()))?;
        let requests: Result<Vec<EventRequest<'_>>, _> =
            items.iter().map(|item| self.event_request(item.request, None)).collect();
        self.send_batch_once(call, token, requests.map_err(AttemptError::Error)?).await
    }

    /// Sends requests as one batch, once. Returns the response to each request, in their order, or the error of the batch.
    pub(super) async fn send_batch_once<B: Serialize>(
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
    async fn reserve_memory(&self, call: &CallContext, size: usize) -> Option<SemaphorePermit<'_>> {
        let size = u32::try_from(size.min(MAX_BATCH_MEMORY)).ok()?;
        // After this the caller serializes its requests: megabytes of text, one batch after the other.
        yield_to_timers().await;
        // The semaphore is never closed.
        call.deadline.work(self.connection.batch_memory.acquire_many(size)).await?.ok()
    }
}
