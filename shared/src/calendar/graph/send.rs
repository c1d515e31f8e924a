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
    pub(super) body: Option<Bytes>,
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
                        return Err(Failure::Asked(settled(error, in_doubt)));
                    }
                    Err(Miss::Error(error)) => error,
                },
                // Getting a token has had its own attempts.
                Err(error) => return Err(Failure::NoToken(settled(error, in_doubt))),
            };
            let Some(wait) = attempts.next(&outcome, request.repeat, call.deadline.remaining()) else {
                return Err(Failure::Asked(settled(outcome, in_doubt)));
            };
            tracing::debug!(cause = %outcome, wait_ms = wait.as_millis(), "asking Graph again");
            if !outcome.is_definite() && request.repeat == Repeat::Idempotent {
                in_doubt = Some(settled(outcome, in_doubt));
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

/// The error to answer with after an earlier attempt of the same write may have been carried out. Whatever is said of a
/// later attempt, the earlier one stays in doubt; only of an event that is gone nothing more is to be known.
fn settled(error: CalendarError, in_doubt: Option<CalendarError>) -> CalendarError {
    match (error, in_doubt) {
        (CalendarError::EventNotFound, _) => CalendarError::EventNotFound,
        // One that may be carried out yet leaves more open than one that Graph is done with.
        (error @ CalendarError::Unanswered { .. }, _) => error,
        (error, in_doubt) => in_doubt.unwrap_or(error),
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
        let failed = || CalendarError::Failed { cause: "503".to_owned(), retry_after: None };
        for later in [
            out_of_time(),
            failed(),
            CalendarError::Throttled { retry_after: None },
            CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() },
            CalendarError::Rejected { code: "400".to_owned() },
            CalendarError::MailboxNotFound,
        ] {
            assert_eq!(settled(later.clone(), doubt()), unanswered("lost"));
            assert_eq!(settled(later.clone(), Some(failed())), failed());
            assert_eq!(settled(later.clone(), None), later);
        }
        assert_eq!(settled(unanswered("late"), Some(failed())), unanswered("late"));
        // It is gone, whoever did it.
        assert_eq!(settled(CalendarError::EventNotFound, doubt()), CalendarError::EventNotFound);
    }
}
