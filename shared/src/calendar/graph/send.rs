//! One request to Graph: identified, bounded, within the deadline, and sent again where that is right.

use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use super::{
    GraphCalendar,
    course::{Course, Miss},
    errors::{self, Target},
    retry::{Repeat, parse_retry_after},
    token::AccessToken,
};
use crate::{calendar::CalendarError, call::CallContext};

/// What is asked of Graph besides the request itself. Ids that outlive a move are asked for every time: one request
/// without that would get another kind of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefer {
    /// Times in UTC.
    Utc,
    /// And the description as plain text.
    UtcAndTextBody,
}

impl Prefer {
    /// The value of the header.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Utc => r#"IdType="ImmutableId", outlook.timezone="UTC""#,
            Self::UtcAndTextBody => r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#,
        }
    }
}

/// A request to Graph, which may take several attempts. `B`: its body, written out or not yet.
pub(super) struct Request<'a, B = Bytes> {
    pub(super) method: Method,
    pub(super) url: String,
    /// Whose bound on requests in flight it counts against.
    pub(super) mailbox: &'a str,
    pub(super) prefer: Prefer,
    pub(super) body: Option<B>,
    pub(super) repeat: Repeat,
    pub(super) target: Target,
}

impl<'a, B> Request<'a, B> {
    /// A GET.
    pub(super) fn read(url: String, mailbox: &'a str, prefer: Prefer, target: Target) -> Self {
        Self { method: Method::GET, url, mailbox, prefer, body: None, repeat: Repeat::Reads, target }
    }
}

/// Why a request failed, and whether Graph was reached: what it says of a mailbox is told from having no token, which
/// says nothing about any.
pub(super) enum Failure {
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
    pub(super) async fn send(&self, call: &CallContext, request: &Request<'_>) -> Result<Vec<u8>, CalendarError> {
        self.try_send(call, request).await.map_err(CalendarError::from)
    }

    /// `send`, for who needs to know where it failed.
    pub(super) async fn try_send(&self, call: &CallContext, request: &Request<'_>) -> Result<Vec<u8>, Failure> {
        self.go_on(call, request, Course::default()).await
    }

    /// `try_send`, of a request that has been through something before.
    pub(super) async fn go_on(
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

    async fn attempt(&self, call: &CallContext, request: &Request<'_>, token: &AccessToken) -> Result<Vec<u8>, Miss> {
        let place = self.connection.limits.enter(&self.tenant.directory_id, request.mailbox);
        let _place = call.deadline.work(place).await.ok_or_else(|| Miss::Error(out_of_time()))?;
        self.exchange(call, request, token).await.map_err(Miss::Error)?.judge(request.target)
    }

    /// One HTTP request, and what was answered. The bound on requests in flight is the caller's affair.
    pub(super) async fn exchange(
        &self,
        call: &CallContext,
        request: &Request<'_>,
        token: &AccessToken,
    ) -> Result<Answer, CalendarError> {
        let timeout = request.repeat.patience().min(call.deadline.remaining());
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
        let answered = tokio::time::timeout(timeout, answer(builder)).await;
        answered.unwrap_or_else(|_| Err(unanswered("no answer in time")))
    }
}

/// What Graph answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// `None`: the connection ended within it.
    pub(super) body: Option<Vec<u8>>,
}

impl Answer {
    /// The body of a success, or what the refusal means.
    pub(super) fn judge(self, target: Target) -> Result<Vec<u8>, Miss> {
        if self.status.is_success() {
            return self.body.ok_or_else(|| Miss::Error(unanswered("the connection ended within the answer")));
        }
        let body = self.body.unwrap_or_default();
        let error = errors::classify(self.status, self.retry_after, &body, target);
        Err(if self.status == StatusCode::UNAUTHORIZED { Miss::Unauthorized(error) } else { Miss::Error(error) })
    }
}

async fn answer(builder: reqwest::RequestBuilder) -> Result<Answer, CalendarError> {
    // The client's errors show URLs, and with them addresses: only their kind is told.
    let response = builder.send().await.map_err(|error| {
        if error.is_connect() {
            CalendarError::NotSent { cause: "no connection to Graph".to_owned(), timed_out: false }
        } else {
            unanswered("the connection ended before the answer")
        }
    })?;
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|text| parse_retry_after(text, Utc::now()));
    let status = response.status();
    let body = response.bytes().await.ok().map(Vec::from);
    Ok(Answer { status, retry_after, body })
}

/// No answer came: what was asked may be carried out yet.
pub(super) fn unanswered(cause: &str) -> CalendarError {
    CalendarError::Unanswered { cause: cause.to_owned() }
}

/// Nothing was sent, since the budget had ended.
pub(super) fn out_of_time() -> CalendarError {
    CalendarError::NotSent { cause: "out of time".to_owned(), timed_out: true }
}
