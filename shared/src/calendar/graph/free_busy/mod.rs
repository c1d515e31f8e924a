//! Free/busy of many mailboxes over any window, in as few round trips and as few requests as Graph's limits allow.
//!
//! Every question is asked at once: about a chunk of the mailboxes, for a piece of the window. What is left open by the
//! answers is asked in further rounds, many questions to a batch: those whose mailbox could not be asked, calendars that have
//! too many entries for one answer, what was throttled or has failed. `docs/decisions/0016-requests-in-flight.md` tells how
//! many requests that makes at most.

mod askers;
mod inquiry;
mod parts;
mod plan;
mod question;
mod schedules;

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, stream};
use reqwest::Method;

use super::{
    GraphCalendar,
    auth::token::AccessToken,
    transport::{
        errors::Target,
        limits::MAX_OF_TENANT,
        response::parse,
        retry_state::{Miss, Repeat},
        send::{Prefer, Request},
        urls,
    },
};
use crate::{
    calendar::{BusyEntry, CalendarError},
    call::CallContext,
    domain::{EmailAddress, TimeSpan},
};
use inquiry::{Asked, Inquiry};
use plan::Plan;
use question::Question;
use schedules::{Row, ScheduleOut, SchedulesIn};

type Entries = Result<Vec<BusyEntry>, CalendarError>;

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
        self.ask_round(call, &plan, &inquiry, first.collect()).await;
        loop {
            let next = lock(&inquiry).next_round();
            let Some((due, round)) = next else { break };
            tokio::time::sleep_until(due).await;
            self.ask_round(call, &plan, &inquiry, round).await;
        }
        plan.answers(inquiry.into_inner().unwrap_or_else(PoisonError::into_inner).into_found())
    }

    /// Asks questions, those together that are given together. Whom each is asked through is decided when its turn comes, so
    /// that what the ones before it have found out of a mailbox is not found out again.
    async fn ask_round(
        &self,
        call: &CallContext,
        plan: &Plan<'_>,
        inquiry: &Mutex<Inquiry<'_>>,
        round: Vec<Vec<Question>>,
    ) {
        let asking = round.into_iter().map(|questions| self.ask(call, plan, inquiry, questions));
        stream::iter(asking).buffer_unordered(MAX_OF_TENANT).for_each(|()| std::future::ready(())).await;
    }

    async fn ask(&self, call: &CallContext, plan: &Plan<'_>, inquiry: &Mutex<Inquiry<'_>>, questions: Vec<Question>) {
        let asked = lock(inquiry).prepare(questions);
        if asked.is_empty() {
            return;
        }
        let token = match self.access_token(call).await {
            Ok(token) => token,
            // Without one no question can be asked, and getting one has had its own attempts.
            Err(error) => return lock(inquiry).end(asked, &error),
        };
        let answers = self.get_schedules(call, plan, &token, &asked).await;
        let (mut inquiry, remaining) = (lock(inquiry), call.deadline.remaining());
        let reject = || self.reject_token(&token);
        match answers {
            Ok(answers) => {
                for (asked, answer) in asked.into_iter().zip(answers) {
                    inquiry.take(asked, answer, remaining, reject);
                }
            }
            Err(miss) => inquiry.take_all(asked, &miss, remaining, reject),
        }
    }

    /// Asks one question, or several as a batch: what came of each, or of the batch.
    async fn get_schedules(
        &self,
        call: &CallContext,
        plan: &Plan<'_>,
        token: &AccessToken,
        asked: &[Asked],
    ) -> Result<Vec<Result<Vec<Row>, Miss>>, Miss> {
        let about: Vec<Vec<&EmailAddress>> = asked
            .iter()
            .map(|(question, _)| question.about.iter().map(|place| plan.mailboxes[*place]).collect())
            .collect();
        let requests = asked.iter().zip(&about).map(|((question, asker), about)| {
            self.schedule_request(asker.as_ref(), ScheduleOut::new(about, question.window))
        });
        let mut requests: Vec<_> = requests.collect();
        let answers = match (requests.pop(), requests.is_empty()) {
            (Some(only), true) => vec![self.get_schedule(call, token, only).await],
            (last, _) => {
                requests.extend(last);
                self.exchange_together(call, token, requests).await?
            }
        };
        let rows = answers.into_iter().zip(&about).zip(asked).map(|((answer, about), (question, _))| {
            let answer: SchedulesIn = parse(&answer?).map_err(Miss::Error)?;
            Ok(answer.rows(about, question.window))
        });
        Ok(rows.collect())
    }

    async fn get_schedule(
        &self,
        call: &CallContext,
        token: &AccessToken,
        request: Request<'_, ScheduleOut<'_>>,
    ) -> Result<Vec<u8>, Miss> {
        let request = request.serialize().map_err(Miss::Error)?;
        self.attempt(call, &request, token).await
    }

    fn schedule_request<'a>(
        &self,
        asker: Option<&'a EmailAddress>,
        body: ScheduleOut<'a>,
    ) -> Request<'a, ScheduleOut<'a>> {
        Request {
            method: Method::POST,
            url: urls::schedule(&self.tenant.cloud, asker),
            mailbox: asker.map_or("me", |mailbox| self.bound(mailbox)),
            prefer: Prefer::Utc,
            body: Some(body),
            repeat: Repeat::Reads,
            target: Target::Mailbox,
        }
    }
}

fn lock<'a, 'b>(inquiry: &'a Mutex<Inquiry<'b>>) -> MutexGuard<'a, Inquiry<'b>> {
    inquiry.lock().unwrap_or_else(PoisonError::into_inner)
}
