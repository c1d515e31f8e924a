//! Requests that are made together: many in one round trip by Graph's `$batch`, each judged and sent again as if it were
//! alone.

mod payload;
mod responses;
mod retry_schedule;

use std::collections::BTreeMap;

use futures_util::future::{BoxFuture, FutureExt as _, join, join_all};
use reqwest::Method;
use serde::Serialize;
use tokio::{sync::SemaphorePermit, time::Instant};

pub(super) use payload::MOST_ITEMS;

use super::{
    GraphCalendar,
    auth::token::AccessToken,
    events::requests::{Draft, check, requires_read_first},
    transport::{
        connection::MAX_BATCH_MEMORY,
        errors::Target,
        response::MAX_BATCH_ANSWER,
        retry_state::{Course, Miss, Repeat},
        send::{Bounds, Prefer, Request, out_of_time},
        urls,
    },
};
use crate::{
    calendar::{self, CalendarError, Reply},
    call::{CallContext, yield_to_timers},
};

/// One of the requests, and what it has been through.
struct Item<'a> {
    /// Which one.
    place: usize,
    asked: &'a calendar::Request,
    /// How many bytes it takes in a batch.
    size: usize,
    repeat: Repeat,
    course: Course,
}

/// What came of the request in a place.
type Outcome = (usize, Result<Reply, CalendarError>);

impl GraphCalendar {
    /// Executes requests in as few round trips as Graph's limits allow, all of those at once.
    pub(super) async fn execute_in_batches(
        &self,
        call: &CallContext,
        requests: &[calendar::Request],
    ) -> Vec<Result<Reply, CalendarError>> {
        let mut outcomes = Vec::with_capacity(requests.len());
        let (mut items, mut alone) = (Vec::with_capacity(requests.len()), Vec::new());
        for (place, asked) in requests.iter().enumerate() {
            // A long text is counted anew for each of hundreds of mailboxes, which takes seconds.
            yield_to_timers().await;
            if call.deadline.is_over() {
                outcomes.push((place, Err(out_of_time())));
            } else if requires_read_first(asked) {
                alone.push(async move { (place, self.execute_alone(call, asked).await) });
            } else {
                match self.item(place, asked) {
                    Ok(item) => items.push(item),
                    Err(error) => outcomes.push((place, Err(error))),
                }
            }
        }
        let batches = payload::split(items, |item| item.size).into_iter().map(|items| self.send_items(call, items));
        let (together, alone) = join(join_all(batches), join_all(alone)).await;
        outcomes.extend(together.into_iter().flatten().chain(alone));
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    fn item<'a>(&self, place: usize, asked: &'a calendar::Request) -> Result<Item<'a>, CalendarError> {
        check(asked)?;
        let draft = self.draft(asked, None)?;
        let size = payload::size(&self.tenant.cloud, &draft)?;
        Ok(Item { place, asked, size, repeat: draft.repeat, course: Course::default() })
    }

    /// Sends the items of a batch. A single item needs no batch.
    async fn send_items<'a>(&'a self, call: &'a CallContext, items: Vec<Item<'a>>) -> Vec<Outcome> {
        match <[Item<'_>; 1]>::try_from(items) {
            Ok([item]) => vec![(item.place, self.go_on_alone(call, item).await)],
            Err(items) => self.pursue(call, items).await,
        }
    }

    /// Sends items together, and those again for which that is right, until each has its outcome. None waits for what
    /// another one still has to go through.
    fn pursue<'a>(&'a self, call: &'a CallContext, items: Vec<Item<'a>>) -> BoxFuture<'a, Vec<Outcome>> {
        async move {
            let token = match self.access_token(call).await {
                Ok(token) => token,
                // Getting a token has had its own attempts.
                Err(error) => {
                    let end = |mut item: Item<'_>| (item.place, Err(item.course.end(error.clone())));
                    return items.into_iter().map(end).collect();
                }
            };
            let answers = match self.send_batch(call, &token, &items).await {
                Ok(answers) => answers,
                // Graph refuses the batch, and may do so for one of its items.
                Err(Miss::Error(CalendarError::Rejected { .. })) => {
                    let alone =
                        items.into_iter().map(|item| async move { (item.place, self.go_on_alone(call, item).await) });
                    return join_all(alone).await;
                }
                // Whatever became of the batch became of each of its items.
                Err(miss) => vec![Err(miss); items.len()],
            };
            let (mut done, mut again) = (Vec::new(), Vec::new());
            let (now, remaining) = (Instant::now(), call.deadline.remaining());
            for (mut item, answer) in items.into_iter().zip(answers) {
                let miss = match answer {
                    Ok(answer) => {
                        done.push((item, Ok(answer)));
                        continue;
                    }
                    Err(miss) => miss,
                };
                match item.course.after(miss, item.repeat, remaining, || self.reject_token(&token)) {
                    Ok(wait) => again.push((now + wait, item)),
                    Err(error) => done.push((item, Err(error))),
                }
            }
            let done = done.into_iter().map(|(item, answer)| async move {
                let reply = match answer {
                    Ok(answer) => self.reply(call, item.asked, None, &answer).await,
                    Err(error) => Err(error),
                };
                (item.place, reply)
            });
            let again = retry_schedule::together(again).into_iter().map(|(due, items)| self.again(call, due, items));
            let (mut outcomes, later) = join(join_all(done), join_all(again)).await;
            outcomes.extend(later.into_iter().flatten());
            outcomes
        }
        .boxed()
    }

    /// Sends items again once they are due.
    async fn again<'a>(&'a self, call: &'a CallContext, due: Instant, items: Vec<Item<'a>>) -> Vec<Outcome> {
        tokio::time::sleep_until(due).await;
        self.send_items(call, items).await
    }

    /// The rest of an item's way, once no other item goes with it.
    async fn go_on_alone(&self, call: &CallContext, mut item: Item<'_>) -> Result<Reply, CalendarError> {
        let Some(share) = self.share(call, item.size).await else { return Err(item.course.end(out_of_time())) };
        let request = match self.draft(item.asked, None).and_then(Draft::serialize) {
            Ok(request) => request,
            Err(error) => return Err(item.course.end(error)),
        };
        let answer = self.go_on(call, &request, item.course).await?;
        drop((share, request));
        self.reply(call, item.asked, None, &answer).await
    }

    /// One batch: what came of each item, in their order.
    async fn send_batch(
        &self,
        call: &CallContext,
        token: &AccessToken,
        items: &[Item<'_>],
    ) -> Result<Vec<Result<Vec<u8>, Miss>>, Miss> {
        // Memory first, then the places: who waits for a place of another batch never keeps that one from its memory.
        let size = items.iter().map(|item| item.size).sum();
        let _share = self.share(call, size).await.ok_or_else(|| Miss::Error(out_of_time()))?;
        let drafts: Result<Vec<Draft<'_>>, _> = items.iter().map(|item| self.draft(item.asked, None)).collect();
        self.exchange_together(call, token, drafts.map_err(Miss::Error)?).await
    }

    /// Sends requests as one batch, once: what came of each, in their order, or what became of the batch.
    pub(super) async fn exchange_together<B: Serialize>(
        &self,
        call: &CallContext,
        token: &AccessToken,
        requests: Vec<Request<'_, B>>,
    ) -> Result<Vec<Result<Vec<u8>, Miss>>, Miss> {
        let mut mailboxes = BTreeMap::new();
        for request in &requests {
            *mailboxes.entry(request.mailbox).or_default() += 1;
        }
        let places = self.places(call, mailboxes).await?;
        let targets: Vec<Target> = requests.iter().map(|request| request.target).collect();
        let batch = Request {
            method: Method::POST,
            url: urls::batch(&self.tenant.cloud),
            mailbox: "",
            prefer: Prefer::Utc,
            body: Some(payload::serialize(&self.tenant.cloud, &requests).map_err(Miss::Error)?),
            // Of the longest patience among its items.
            repeat: requests
                .iter()
                .map(|request| request.repeat)
                .max_by_key(|repeat| repeat.patience())
                .unwrap_or(Repeat::Never),
            target: Target::Event,
        };
        drop(requests);
        let bounds = Bounds { patience: batch.repeat.patience_for_batch(targets.len()), bytes: MAX_BATCH_ANSWER };
        let answer = self.exchange(call, &batch, token, bounds).await.map_err(Miss::Error)?;
        let told = answer.told(targets.len());
        let answers = answer.judge(batch.target).map_err(responses::of_a_batch);
        let answers = answers.and_then(|answer| responses::read(&answer, targets.into_iter()));
        if let Some(told) = told {
            places.heed(answers.as_ref().map_or(told, |answers| responses::told(answers)));
        }
        answers
    }

    /// A share of the memory that all batches of the process have together. `None`: the budget ended first.
    async fn share(&self, call: &CallContext, size: usize) -> Option<SemaphorePermit<'_>> {
        let size = u32::try_from(size.min(MAX_BATCH_MEMORY)).ok()?;
        // Who has a share writes its requests out: megabytes of text, one batch after the other.
        yield_to_timers().await;
        // The semaphore is never closed.
        call.deadline.work(self.connection.batch_memory.acquire_many(size)).await?.ok()
    }
}
