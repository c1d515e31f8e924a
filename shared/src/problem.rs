//! What can go wrong with any request, whatever it asks for.
//!
//! Authentication, the edge, the stores and the secrets fail with a [`Problem`]. What only one use case can refuse is typed beside
//! that use case. A family of endpoints turns both into its documented error response.

use std::{borrow::Cow, fmt, time::Duration};

use crate::domain::Scope;

/// The retry interval where a service of AWS fails or throttles.
const AWS_RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// The kinds of problems. A family treats a kind that it does not know by its [status](Self::status).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A field is missing, malformed or over a limit, or the response would be.
    InvalidRequest,
    /// The request has no valid credential.
    Unauthorized,
    /// The credential lacks the scope, or Microsoft refuses the application.
    AccessDenied,
    /// What a request without a credential names does not exist, or is not served to it.
    NotFound,
    /// No endpoint has this path.
    UnknownPath,
    /// No endpoint has this path with this method.
    MethodNotAllowed,
    /// The body has a content coding that is not supported.
    UnsupportedCoding,
    /// A limit on requests is exceeded. The same request may succeed later.
    TooManyRequests,
    /// Microsoft or AWS throttles or fails, and the time budget is spent. The same request may succeed later.
    Unavailable,
    /// No answer in time. The same request may be repeated safely.
    TimedOut,
    /// A fault of Convene or of its configuration.
    Internal,
}

impl Kind {
    /// The HTTP status of this kind, unless a family's documents say another one.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthorized => 401,
            Self::AccessDenied => 403,
            Self::NotFound | Self::UnknownPath => 404,
            Self::MethodNotAllowed => 405,
            Self::UnsupportedCoding => 415,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::TimedOut => 504,
        }
    }
}

/// One field that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The field as the caller names it, with an index in lists: `attendees[2].email`.
    pub field: String,
    /// What must be, in words for the caller.
    pub message: String,
}

/// A failed request: what the caller learns, and what only the log shows.
#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: Kind,
    /// For the caller. Contains nothing internal.
    pub message: Cow<'static, str>,
    /// Every field that is wrong, not only the first.
    pub details: Vec<Detail>,
    /// When the same request may succeed.
    pub retry_after: Option<Duration>,
    /// The value of `WWW-Authenticate` (RFC 6750, section 3), if the credential is refused.
    pub challenge: Option<Cow<'static, str>>,
    /// For the log only: statuses and error codes of other services, never anything that a caller sent.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem of a kind, with a message for the caller.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), retry_after: None, challenge: None, cause: None }
    }

    /// The request is not valid as a whole.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidRequest, message)
    }

    /// Fields are wrong.
    pub fn invalid_fields(details: Vec<Detail>) -> Self {
        Self { details, ..Self::invalid_request("The request is not valid.") }
    }

    /// The credential is valid, but lacks the scope.
    pub fn insufficient_scope(scope: Scope) -> Self {
        let scope = scope.as_str();
        let message = format!("The credential does not have the scope {scope}.");
        Self::new(Kind::AccessDenied, message)
            .challenged(format!("Bearer realm=\"convene\", error=\"insufficient_scope\", scope=\"{scope}\""))
    }

    /// The time budget ended before an answer came.
    pub fn timed_out() -> Self {
        Self::new(Kind::TimedOut, "No answer came in time. The same call may be repeated safely.")
    }

    /// A service of AWS throttles, fails or does not answer, and nothing was done for the caller.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let message = "The request cannot be served at the moment. The same call may be repeated safely.";
        Self::new(Kind::Unavailable, message).retry_after(Some(AWS_RETRY_INTERVAL)).caused_by(cause)
    }

    /// A fault of Convene, or of its configuration.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(Kind::Internal, "The request could not be completed.").caused_by(cause)
    }

    /// The message with each field that is wrong, for an error that has a single text: `The request is not valid: name is
    /// required; startTime must be a time.`
    pub fn message_with_details(&self) -> Cow<'static, str> {
        if self.details.is_empty() {
            return self.message.clone();
        }
        let details: Vec<_> =
            self.details.iter().map(|Detail { field, message }| format!("{field} {message}")).collect();
        format!("{}: {}.", self.message.trim_end_matches('.'), details.join("; ")).into()
    }

    /// Whether the caller is asked to repeat the request. After any other answer, callers do not repeat it.
    pub fn asks_for_repeat(&self) -> bool {
        matches!(self.kind, Kind::Unavailable | Kind::TimedOut | Kind::TooManyRequests)
    }

    /// This problem after a part of the work may have been done already: the result is unknown until the caller repeats the
    /// request.
    #[must_use]
    pub fn with_unknown_result(self) -> Self {
        Self { cause: self.cause, retry_after: self.retry_after, ..Self::timed_out() }
    }

    /// Sets the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Sets the value of `WWW-Authenticate`.
    #[must_use]
    pub fn challenged(mut self, challenge: impl Into<Cow<'static, str>>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// Sets when the same request may succeed.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_joined_to_the_message() {
        let detail = |field: &str, message: &str| Detail { field: field.to_owned(), message: message.to_owned() };
        let text = |details| Problem::invalid_fields(details).message_with_details();
        assert_eq!(text(Vec::new()), "The request is not valid.");
        let details = vec![detail("name", "is required"), detail("attendees[1].email", "must be a mail address")];
        assert_eq!(
            text(details),
            "The request is not valid: name is required; attendees[1].email must be a mail address."
        );
    }
}
