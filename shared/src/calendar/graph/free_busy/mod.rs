//! Free/busy of many mailboxes over any window (`getSchedule`), in as few round trips and requests as Graph's limits allow.
//!
//! A question is about a chunk of the mailboxes, in a piece of the window. The first round sends all questions concurrently.
//! Further rounds send the questions that are still open, several to a batch: those that could not be sent through their
//! mailbox, calendars with too many entries for one response, and those that were throttled or failed.
//! `docs/decisions/0016-requests-in-flight.md` has the limit on the number of requests.
//!
//! - this file: sends rounds of questions.
//! - `plan`: divides mailboxes and window into questions. `question`: one question, and packing questions into batches.
//! - `routing`: through which mailbox a question is sent.
//! - `inquiry`: the state of one call, and its next round.
//! - `parts`: divides the window for calendars with too many entries.
//! - `schedules`: the JSON of `getSchedule`.

mod inquiry;
mod parts;
mod plan;
mod question;
mod routing;
mod schedules;

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, stream};
use reqwest::Method;

use super::{
    auth::token::AccessToken,
    connection::GraphCalendar,
    transport::{
        errors::Target,
        limits::MAX_PER_TENANT,
        request::{GraphRequest, Prefer},
        response::parse,
        retry_state::{AttemptError, RetryPolicy},
        urls,
    },
};
use crate::{
    call::CallContext,
    domain::{EmailAddress, TimeSpan},
};
use inquiry::{Inquiry, RoutedQuestion};
use plan::{Entries, Plan};
use question::Question;
use schedules::{Row, ScheduleOut, SchedulesIn};

impl GraphCalendar {
    pub(super) async fn free_busy_of(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Entries> {
        let plan = Plan::new(mailboxes, window);
        let inquiry = Mutex::new(Inquiry::new(&self.tenant, &plan));
        let first = plan.questions().into_iter().map(|question| vec![question]);
        self.send_round(call, &plan, &inquiry, first.collect()).await;
        loop {
            let next = lock(&inquiry).next_round();
            let Some((due, round)) = next else { break };
            tokio::time::sleep_until(due).await;
            self.send_round(call, &plan, &inquiry, round).await;
        }
        plan.results(inquiry.into_inner().unwrap_or_else(PoisonError::into_inner).into_found())
    }

    /// Sends the questions of a round, each inner list in one request. The route of a question is chosen when it is sent, so that
    /// it uses what earlier responses have shown about mailboxes.
    async fn send_round(
        &self,
        call: &CallContext,
        plan: &Plan<'_>,
        inquiry: &Mutex<Inquiry<'_>>,
        round: Vec<Vec<Question>>,
    ) {
        let requests = round.into_iter().map(|questions| self.send_questions(call, plan, inquiry, questions));
        stream::iter(requests).buffer_unordered(MAX_PER_TENANT).for_each(|()| std::future::ready(())).await;
    }

    async fn send_questions(
        &self,
        call: &CallContext,
        plan: &Plan<'_>,
        inquiry: &Mutex<Inquiry<'_>>,
        questions: Vec<Question>,
    ) {
        let routed = lock(inquiry).route(questions);
        if routed.is_empty() {
            return;
        }
        let token = match self.access_token(call).await {
            Ok(token) => token,
            // The exchange for a token has its own retries.
            Err(error) => return lock(inquiry).end(routed, &error),
        };
        let results = self.get_schedules(call, plan, &token, &routed).await;
        let (mut inquiry, remaining) = (lock(inquiry), call.deadline.remaining());
        let reject = || self.reject_token(&token);
        match results {
            Ok(results) => {
                for (question, rows) in routed.into_iter().zip(results) {
                    inquiry.record(question, rows, remaining, reject);
                }
            }
            Err(error) => inquiry.record_batch_error(routed, &error, remaining, reject),
        }
    }

    /// Sends one question by itself, or several as a batch. Returns the rows of each question, or the error of the batch.
    async fn get_schedules(
        &self,
        call: &CallContext,
        plan: &Plan<'_>,
        token: &AccessToken,
        routed: &[RoutedQuestion],
    ) -> Result<Vec<Result<Vec<Row>, AttemptError>>, AttemptError> {
        let about: Vec<Vec<&EmailAddress>> = routed
            .iter()
            .map(|(question, _)| question.about.iter().map(|index| plan.mailboxes[*index]).collect())
            .collect();
        let requests = routed.iter().zip(&about).map(|((question, via), about)| {
            self.schedule_request(via.as_ref(), ScheduleOut::new(about, question.window))
        });
        let mut requests: Vec<_> = requests.collect();
        let bodies = match (requests.pop(), requests.is_empty()) {
            (Some(only), true) => vec![self.get_schedule(call, token, only).await],
            (last, _) => {
                requests.extend(last);
                self.send_batch_once(call, token, requests).await?
            }
        };
        let rows = bodies.into_iter().zip(&about).zip(routed).map(|((body, about), (question, _))| {
            let schedules: SchedulesIn = parse(&body?).map_err(AttemptError::Error)?;
            Ok(schedules.rows(about, question.window))
        });
        Ok(rows.collect())
    }

    async fn get_schedule(
        &self,
        call: &CallContext,
        token: &AccessToken,
        request: GraphRequest<'_, ScheduleOut<'_>>,
    ) -> Result<Vec<u8>, AttemptError> {
        let request = request.serialize().map_err(AttemptError::Error)?;
        self.attempt(call, &request, token).await
    }

    fn schedule_request<'a>(
        &self,
        via: Option<&'a EmailAddress>,
        body: ScheduleOut<'a>,
    ) -> GraphRequest<'a, ScheduleOut<'a>> {
        GraphRequest {
            method: Method::POST,
            url: urls::schedule(&self.tenant.cloud, via),
            mailbox: via.map_or("me", |mailbox| self.limited_mailbox(mailbox)),
            prefer: Prefer::Utc,
            body: Some(body),
            retry_policy: RetryPolicy::Read,
            target: Target::Mailbox,
        }
    }
}

fn lock<'a, 'b>(inquiry: &'a Mutex<Inquiry<'b>>) -> MutexGuard<'a, Inquiry<'b>> {
    inquiry.lock().unwrap_or_else(PoisonError::into_inner)
}
