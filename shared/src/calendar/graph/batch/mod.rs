//! Several requests in one round trip by Graph's `$batch`. Each item has its own reply, and its own retries.
//!
//! - this file: splits operations into batches, sends them, and sends items again.
//! - `operation`: what a batch executes.
//! - `send`: one batch, sent once.
//! - `payload`: the JSON of a batch, and its limits.
//! - `responses`: the response to a batch, item by item.
//! - `retry_schedule`: which items are sent again together.

mod operation;
mod payload;
mod responses;
mod retry_schedule;
mod send;

use futures_util::future::{BoxFuture, FutureExt as _, join, join_all};
use tokio::time::Instant;

pub(super) use operation::Operation;
pub(super) use payload::MAX_ITEMS;

use super::{
    auth::token::AccessToken,
    connection::GraphCalendar,
    events::requests::{EventRequest, may_take_several},
    transport::{
        request::out_of_time,
        retry_state::{AttemptError, RetryState},
    },
};
use crate::{
    calendar::{CalendarError, Reply, Request},
    call::{CallContext, yield_to_timers},
};
use operation::Item;

/// The index of an operation, and its result.
type ItemResult<R> = (usize, Result<R, CalendarError>);

impl GraphCalendar {
    /// Executes requests in as few round trips as Graph's limits allow, all of them concurrently.
    pub(super) async fn execute_in_batches(
        &self,
        call: &CallContext,
        requests: &[Request],
    ) -> Vec<Result<Reply, CalendarError>> {
        let (alone, together): (Vec<_>, Vec<_>) =
            requests.iter().enumerate().partition(|(_, request)| may_take_several(request));
        let (items, mut results) = self.items(call, together).await;
        let alone = alone.into_iter().map(|(index, request)| async move {
            if call.deadline.is_over() {
                return (index, Err(out_of_time()));
            }
            (index, self.execute_alone(call, request).await)
        });
        let (together, alone) = join(self.send_all(call, items), join_all(alone)).await;
        results.extend(together.into_iter().chain(alone));
        in_order(results)
    }

    /// Executes operations of one kind in as few round trips as Graph's limits allow, all of them concurrently.
    pub(super) async fn run_in_batches<O: Operation>(
        &self,
        call: &CallContext,
        operations: &[O],
    ) -> Vec<Result<O::Reply, CalendarError>> {
        let (items, mut results) = self.items(call, operations.iter().enumerate().collect()).await;
        results.extend(self.send_all(call, items).await);
        in_order(results)
    }

    /// The items that can be sent, and the results of the other operations.
    async fn items<'a, O: Operation>(
        &self,
        call: &CallContext,
        operations: Vec<(usize, &'a O)>,
    ) -> (Vec<Item<'a, O>>, Vec<ItemResult<O::Reply>>) {
        let (mut items, mut results) = (Vec::with_capacity(operations.len()), Vec::with_capacity(operations.len()));
        for (index, operation) in operations {
            // Measuring a long text for each of hundreds of mailboxes takes seconds.
            yield_to_timers().await;
            if call.deadline.is_over() {
                results.push((index, Err(out_of_time())));
                continue;
            }
            match self.item(index, operation) {
                Ok(item) => items.push(item),
                Err(error) => results.push((index, Err(error))),
            }
        }
        (items, results)
    }

    fn item<'a, O: Operation>(&self, index: usize, operation: &'a O) -> Result<Item<'a, O>, CalendarError> {
        let request = operation.request(self)?;
        let size = payload::size(&self.tenant.cloud, &request)?;
        Ok(Item { index, operation, size, retry_policy: request.retry_policy, retry: RetryState::default() })
    }

    async fn send_all<O: Operation>(&self, call: &CallContext, items: Vec<Item<'_, O>>) -> Vec<ItemResult<O::Reply>> {
        let batches = payload::split(items, |item| item.size).into_iter().map(|items| self.send_items(call, items));
        join_all(batches).await.into_iter().flatten().collect()
    }

    /// Sends items as a batch, or a single item by itself.
    async fn send_items<'a, O: Operation>(
        &'a self,
        call: &'a CallContext,
        items: Vec<Item<'a, O>>,
    ) -> Vec<ItemResult<O::Reply>> {
        match <[Item<'_, O>; 1]>::try_from(items) {
            Ok([item]) => vec![(item.index, self.send_alone(call, item).await)],
            Err(items) => self.send_until_done(call, items).await,
        }
    }

    /// Sends items as a batch, and sends those that failed again until each has its result. No item waits for the retries of
    /// another.
    fn send_until_done<'a, O: Operation>(
        &'a self,
        call: &'a CallContext,
        items: Vec<Item<'a, O>>,
    ) -> BoxFuture<'a, Vec<ItemResult<O::Reply>>> {
        async move {
            let token = match self.access_token(call).await {
                Ok(token) => token,
                // The exchange for a token has its own retries.
                Err(error) => {
                    let end = |mut item: Item<'_, O>| (item.index, Err(item.retry.final_error(error.clone())));
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
                    Ok(body) => item.operation.reply(self, call, &body).await,
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
    async fn send_alone<O: Operation>(
        &self,
        call: &CallContext,
        mut item: Item<'_, O>,
    ) -> Result<O::Reply, CalendarError> {
        let Some(memory) = self.reserve_memory(call, item.size).await else {
            return Err(item.retry.final_error(out_of_time()));
        };
        let request = match item.operation.request(self).and_then(EventRequest::serialize) {
            Ok(request) => request,
            Err(error) => return Err(item.retry.final_error(error)),
        };
        let body = self.send_with(call, &request, item.retry).await?;
        drop((memory, request));
        item.operation.reply(self, call, &body).await
    }

    /// Sends items as one batch, once. Returns the response to each item, in their order, or the error of the batch.
    async fn send_items_once<O: Operation>(
        &self,
        call: &CallContext,
        token: &AccessToken,
        items: &[Item<'_, O>],
    ) -> Result<Vec<Result<Vec<u8>, AttemptError>>, AttemptError> {
        // Memory first, then the permits: a batch that waits for permits never keeps the holder of those from its memory.
        let size = items.iter().map(|item| item.size).sum();
        let _memory = self.reserve_memory(call, size).await.ok_or_else(|| AttemptError::Error(out_of_time()))?;
        let requests: Result<Vec<EventRequest<'_>>, _> =
            items.iter().map(|item| item.operation.request(self)).collect();
        self.send_batch_once(call, token, requests.map_err(AttemptError::Error)?).await
    }
}

fn in_order<R>(mut results: Vec<ItemResult<R>>) -> Vec<Result<R, CalendarError>> {
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
