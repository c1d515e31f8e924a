//! One request to Graph: identified, bounded, within the deadline, and sent again where that is right.

use std::time::Duration;

use chrono::Utc;
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use super::{
    GraphCalendar,
    errors::{self, Target},
    retry::{Attempts, Repeat, parse_retry_after},
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
    fn as_str(self) -> &'static str {
        match self {
            Self::Utc => r#"IdType="ImmutableId", outlook.timezone="UTC""#,
            Self::UtcAndTextBody => r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#,
        }
    }
}

/// A request to Graph, which may take several attempts.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: String,
    /// Whose bound on requests in flight it counts against.
    pub(super) mailbox: &'a str,
    pub(super) prefer: Prefer,
    pub(super) body: Option<Vec<u8>>,
    pub(super) repeat: Repeat,
    pub(super) target: Target,
}

impl<'a> Request<'a> {
    /// A GET.
    pub(super) fn read(url: String, mailbox: &'a str, prefer: Prefer, target: Target) -> Self {
        Self { method: Method::GET, url, mailbox, prefer, body: None, repeat: Repeat::Reads, target }
    }
}

/// How an attempt failed.
enum Miss {
    /// Graph does not accept the token.
    Unauthorized(CalendarError),
    Error(CalendarError),
}

impl GraphCalendar {
    /// Sends a request until it is answered for good, or the budget ends. The answer is the body of a success.
    pub(super) async fn send(&self, call: &CallContext, request: &Request<'_>) -> Result<Vec<u8>, CalendarError> {
        let mut attempts = Attempts::default();
        let mut renewed = false;
        // A write that may have been carried out: what comes later cannot make it certain that it was not.
        let mut in_doubt = None;
        loop {
            let outcome = match self.access_token(call).await {
                Ok(token) => match self.attempt(call, request, &token).await {
                    Ok(answer) => return Ok(answer),
                    Err(Miss::Unauthorized(error)) => {
                        if !renewed && self.reject_token(&token) {
                            renewed = true;
                            continue;
                        }
                        return Err(error);
                    }
                    Err(Miss::Error(error)) => error,
                },
                // Getting a token has had its own attempts.
                Err(error) => return Err(settled(error, in_doubt)),
            };
            let Some(wait) = attempts.next(&outcome, request.repeat, call.deadline.remaining()) else {
                return Err(settled(outcome, in_doubt));
            };
            tracing::debug!(cause = %outcome, wait_ms = wait.as_millis(), "asking Graph again");
            if !outcome.is_definite() && request.repeat == Repeat::Idempotent {
                in_doubt = Some(outcome);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, call: &CallContext, request: &Request<'_>, token: &AccessToken) -> Result<Vec<u8>, Miss> {
        let place = self.connection.limits.enter(&self.tenant.directory_id, request.mailbox);
        let _place = call.deadline.work(place).await.ok_or_else(|| Miss::Error(out_of_time()))?;
        let timeout = request.repeat.patience().min(call.deadline.remaining());
        if timeout.is_zero() {
            return Err(Miss::Error(out_of_time()));
        }
        let mut builder = self
            .connection
            .client()
            .map_err(Miss::Error)?
            .request(request.method.clone(), &request.url)
            .header(reqwest::header::AUTHORIZATION, token.bearer())
            .header("prefer", request.prefer.as_str())
            .header("client-request-id", call.client_request_id().to_string())
            .header("return-client-request-id", "true");
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        call.count_graph_call();
        match tokio::time::timeout(timeout, exchange(builder)).await {
            Ok(Ok(answer)) => answer.judge(request.target),
            Ok(Err(miss)) => Err(Miss::Error(miss)),
            Err(_) => Err(Miss::Error(unanswered("no answer in time"))),
        }
    }
}

/// What Graph answered.
struct Answer {
    status: StatusCode,
    retry_after: Option<Duration>,
    /// `None`: the connection ended within it.
    body: Option<Vec<u8>>,
}

impl Answer {
    fn judge(self, target: Target) -> Result<Vec<u8>, Miss> {
        if self.status.is_success() {
            return self.body.ok_or_else(|| Miss::Error(unanswered("the connection ended within the answer")));
        }
        let body = self.body.unwrap_or_default();
        let error = errors::classify(self.status, self.retry_after, &body, target);
        Err(if self.status == StatusCode::UNAUTHORIZED { Miss::Unauthorized(error) } else { Miss::Error(error) })
    }
}

async fn exchange(builder: reqwest::RequestBuilder) -> Result<Answer, CalendarError> {
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

/// The error to answer with after an earlier attempt of the same write may have been carried out.
fn settled(error: CalendarError, in_doubt: Option<CalendarError>) -> CalendarError {
    match error {
        CalendarError::Throttled { .. } | CalendarError::NotSent { .. } => in_doubt.unwrap_or(error),
        error => error,
    }
}

fn unanswered(cause: &str) -> CalendarError {
    CalendarError::Unanswered { cause: cause.to_owned() }
}

/// Nothing was sent, since the budget had ended.
pub(super) fn out_of_time() -> CalendarError {
    CalendarError::NotSent { cause: "out of time".to_owned(), timed_out: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_in_doubt_stays_in_doubt() {
        let doubt = || Some(unanswered("lost"));
        assert_eq!(settled(out_of_time(), doubt()), unanswered("lost"));
        assert_eq!(settled(CalendarError::Throttled { retry_after: None }, doubt()), unanswered("lost"));
        assert_eq!(settled(out_of_time(), None), out_of_time());
        // It is gone, whoever did it.
        assert_eq!(settled(CalendarError::EventNotFound, doubt()), CalendarError::EventNotFound);
    }
}
