//! The documented error response, and how failures become one.

use std::{borrow::Cow, time::Duration};

use convene::{
    edge::{ApiError, Request, Response},
    problem::{Detail, Kind, Problem},
    scheduling::SchedulingError,
};

use crate::wire::{ErrorCode, FieldProblem, Outcome};

/// The challenge of a 401. It says no more if the request has no token (RFC 6750, section 3.1).
const CHALLENGE: &str = "Bearer realm=\"convene\"";

/// A failure, as the documents describe it.
#[derive(Debug, Clone)]
pub struct Failure {
    pub code: ErrorCode,
    status: u16,
    message: Cow<'static, str>,
    pub details: Vec<Detail>,
    /// When the same request may succeed.
    pub retry_after: Option<Duration>,
    challenge: Option<Cow<'static, str>>,
    /// For the log only.
    pub cause: Option<String>,
}

impl Failure {
    /// A failure with the documented status of its code.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: code.status(),
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            challenge: None,
            cause: None,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let code = match problem.kind {
            Kind::Unauthorized => ErrorCode::Unauthorized,
            Kind::AccessDenied => ErrorCode::ErrorAccessDenied,
            Kind::Unavailable | Kind::TooManyRequests => ErrorCode::ErrorServerBusy,
            Kind::TimedOut => ErrorCode::ErrorTimeoutExpired,
            Kind::Internal => ErrorCode::ErrorInternalServerError,
            // The documents have no other code for a path, a method or a coding that is not supported.
            _ => ErrorCode::InvalidRequest,
        };
        let challenge = problem.challenge.or_else(|| (problem.kind == Kind::Unauthorized).then(|| CHALLENGE.into()));
        Self {
            code,
            status: problem.kind.status(),
            message: problem.message,
            details: problem.details,
            retry_after: problem.retry_after,
            challenge,
            cause: problem.cause,
        }
    }
}

impl From<SchedulingError> for Failure {
    fn from(error: SchedulingError) -> Self {
        let (retry_after, cause) = (error.retry_after(), error.cause().map(str::to_owned));
        let failure = match error {
            SchedulingError::Problem(problem) => return problem.into(),
            SchedulingError::NotFound => {
                Self::new(ErrorCode::MeetingNotFound, "There is no meeting with this id for this organizer.")
            }
            SchedulingError::AlreadyExists { .. } => {
                Self::new(ErrorCode::MeetingAlreadyExists, "The id is taken by a meeting with other content.")
            }
            SchedulingError::InProgress { .. } => {
                Self::new(ErrorCode::RequestInProgress, "Another request for this id is in progress.")
            }
            SchedulingError::MailboxNotFound => {
                Self::new(ErrorCode::ErrorMailRecipientNotFound, "The address must be a mailbox in this organization.")
            }
            SchedulingError::EndNotAfterStart => {
                Self::new(ErrorCode::ErrorInvalidTimeInterval, "The end must be after the start.")
            }
        };
        Self { retry_after, cause, ..failure }
    }
}

impl ApiError for Failure {
    fn into_response(self, request: &Request) -> Response {
        self.response(request.subject())
    }
}

impl Failure {
    /// The response about an organizer.
    pub fn response(self, email: &str) -> Response {
        let details = self.details.into_iter();
        let outcome = Outcome {
            email: email.to_owned(),
            error_code: self.code,
            message: Some(self.message.into_owned()),
            details: details.map(|Detail { field, message }| FieldProblem { field, message }).collect(),
        };
        let response = Response::json(self.status, &outcome).with_error_code(self.code.as_str());
        let response = response.retry_after(self.retry_after).caused_by(self.cause);
        match self.challenge {
            Some(challenge) => response.header("www-authenticate", &challenge),
            None => response,
        }
    }
}
