//! One request to Graph: identified, bounded, within the deadline, and sent again where that is right.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use reqwest::{Method, header::CONTENT_TYPE};
use serde::Serialize;

use super::{
    errors::Target,
    limits::Places,
    response::{Answer, MAX_ANSWER},
    retry_state::{Course, Miss, Repeat},
};
use crate::{
    calendar::{
        CalendarError,
        graph::{GraphCalendar, auth::token::AccessToken},
    },
    call::CallContext,
};

/// What is asked of Graph besides the request itself. Ids that outlive a move are asked for every time: one request
/// without that would get another kind of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// Times in UTC.
    Utc,
    /// And the description as plain text.
    UtcAndTextBody,
}

impl Prefer {
    /// The value of the header.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Utc => r#"IdType="ImmutableId", outlook.timezone="UTC""#,
            Self::UtcAndTextBody => r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#,
        }
    }
}

/// A request to Graph, which may take several attempts. `B`: its body, written out or not yet.
pub(crate) struct Request<'a, B = Bytes> {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// Whose bound on requests in flight it counts against.
    pub(crate) mailbox: &'a str,
    pub(crate) prefer: Prefer,
    pub(crate) body: Option<B>,
    pub(crate) repeat: Repeat,
    pub(crate) target: Target,
}

impl<'a, B> Request<'a, B> {
    /// A GET.
    pub(crate) fn read(url: String, mailbox: &'a str, prefer: Prefer, target: Target) -> Self {
        Self { method: Method::GET, url, mailbox, prefer, body: None, repeat: Repeat::Reads, target }
    }
}

impl<'a, B: Serialize> Request<'a, B> {
    /// The request with its body as JSON.
    pub(crate) fn serialize(self) -> Result<Request<'a>, CalendarError> {
        let Self { method, url, mailbox, prefer, body, repeat, target } = self;
        let body = body.as_ref().map(to_json).transpose()?;
        Ok(Request { method, url, mailbox, prefer, body, repeat, target })
    }
}

/// The body of a request as JSON.
pub(crate) fn to_json(body: &impl Serialize) -> Result<Bytes, CalendarError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|_| not_serializable())
}

/// Nothing was sent, since the body could not be serialized.
pub(crate) fn not_serializable() -> CalendarError {
    CalendarError::NotSent { cause: "JSON".to_owned(), timed_out: false }
}

/// Why a request failed, and whether Graph was reached: what it says of a mailbox is told from having no token, which
/// says nothing about any.
pub(crate) enum Failure {
    /// No token could be had, so nothing was asked.
    NoToken(CalendarError),
    /// What came of asking.
    Asked(CalendarError),
}

impl From<Failure> for CalendarError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoToken(error) | Failure::Asked(error) => error,
        }
    }
}

impl GraphCalendar {
    /// Sends a request until it is answered for good, or the budget ends. The answer is the body of a success.
    pub(crate) async fn send(&self, call: &CallContext, request: &Request<'_>) -> Result<Vec<u8>, CalendarError> {
        self.try_send(call, request).await.map_err(CalendarError::from)
    }

    /// `send`, for who needs to know where it failed.
    pub(crate) async fn try_send(&self, call: &CallContext, request: &Request<'_>) -> Result<Vec<u8>, Failure> {
        self.go_on(call, request, Course::default()).await
    }

    /// `try_send`, of a request that has been through something before.
    pub(crate) async fn go_on(
        &self,
        call: &CallContext,
        request: &Request<'_>,
        mut course: Course,
    ) -> Result<Vec<u8>, Failure> {
        loop {
            let token = match self.access_token(call).await {
                Ok(token) => token,
                // Getting a token has had its own attempts.
                Err(error) => return Err(Failure::NoToken(course.end(error))),
            };
            let miss = match self.attempt(call, request, &token).await {
                Ok(answer) => return Ok(answer),
                Err(miss) => miss,
            };
            let remaining = call.deadline.remaining();
            let again = course.after(miss, request.repeat, remaining, || self.reject_token(&token));
            tokio::time::sleep(again.map_err(Failure::Asked)?).await;
        }
    }

    /// One attempt, within the bounds on requests in flight. The answer is the body of a success.
    pub(crate) async fn attempt(
        &self,
        call: &CallContext,
        request: &Request<'_>,
        token: &AccessToken,
    ) -> Result<Vec<u8>, Miss> {
        let places = self.places(call, [(request.mailbox, 1)].into()).await?;
        let bounds = Bounds { patience: request.repeat.patience(), bytes: MAX_ANSWER };
        let answer = self.exchange(call, request, token, bounds).await.map_err(Miss::Error)?;
        if let Some(told) = answer.told(1) {
            places.heed(told);
        }
        answer.judge(request.target)
    }

    /// Waits for the places that a request takes which Graph carries out as so many to each of these mailboxes.
    pub(crate) async fn places(&self, call: &CallContext, mailboxes: BTreeMap<&str, usize>) -> Result<Places, Miss> {
        let tenant = &self.tenant;
        let entering = self.connection.limits.enter(&tenant.directory_id, &tenant.microsoft_client_id, mailboxes);
        call.deadline.work(entering).await.ok_or_else(|| Miss::Error(out_of_time()))
    }

    /// One HTTP request, and what was answered. The bounds on requests in flight are the caller's affair.
    pub(crate) async fn exchange(
        &self,
        call: &CallContext,
        request: &Request<'_>,
        token: &AccessToken,
        bounds: Bounds,
    ) -> Result<Answer, CalendarError> {
        let timeout = bounds.patience.min(call.deadline.remaining());
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
        let answered = tokio::time::timeout(timeout, Answer::to(builder, bounds.bytes)).await;
        answered.unwrap_or_else(|_| Err(unanswered("no answer in time")))
    }
}

/// How much of an attempt is borne.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How long it may take.
    pub(crate) patience: Duration,
    /// How large the answer may be.
    pub(crate) bytes: usize,
}

/// No answer came: what was asked may be carried out yet.
pub(crate) fn unanswered(cause: &str) -> CalendarError {
    CalendarError::Unanswered { cause: cause.to_owned() }
}

/// Nothing was sent, since the budget had ended.
pub(crate) fn out_of_time() -> CalendarError {
    CalendarError::NotSent { cause: "out of time".to_owned(), timed_out: true }
}
