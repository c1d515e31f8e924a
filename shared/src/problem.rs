//! What can go wrong with a request, in terms every wire format can translate.
//!
//! Use cases, authentication and the edge fail with a [`Problem`]; a family turns it into its documented error body. The
//! errors of the calendar, the store and the secrets never reach a wire format: they become a `Problem` where they are
//! understood.

use std::{borrow::Cow, fmt, time::Duration};

use crate::domain::Scope;

/// When a service that Convene rests on is asked again.
const AVAILABLE_AGAIN: Duration = Duration::from_secs(2);

/// The kinds of failure, one for each row of the documented error table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A field is missing, malformed or over a limit.
    InvalidRequest,
    /// The end is not after the start.
    InvalidTimeInterval,
    /// No valid credential.
    Unauthorized,
    /// The credential lacks the scope, or Microsoft refuses the application.
    AccessDenied,
    /// No such meeting for this tenant and organizer.
    MeetingNotFound,
    /// The address is no mailbox of the organization.
    MailboxNotFound,
    /// The id is taken by a meeting with other content.
    MeetingAlreadyExists,
    /// The same id is being worked on right now.
    InProgress,
    /// The calendar service throttles and the time budget is spent; or a service that Convene itself rests on fails for
    /// now.
    ServerBusy,
    /// No answer in time; the same call may be repeated safely.
    TimedOut,
    /// A fault of ours, or of how Convene is set up.
    Internal,
}

/// One field that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The field as the caller names it, with an index for lists: `attendees[2].email`.
    pub field: String,
    /// What is wrong with it, in words for the caller.
    pub message: String,
}

/// A failed request: what the caller is told, and what only the log is told.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which row of the error table this is.
    pub kind: Kind,
    /// For the caller. Holds nothing internal.
    pub message: Cow<'static, str>,
    /// Every field that is wrong, not only the first.
    pub details: Vec<Detail>,
    /// When the same call may succeed.
    pub retry_after: Option<Duration>,
    /// What `WWW-Authenticate` says of the credential (RFC 6750, section 3), where the credential is what is wrong.
    pub challenge: Option<Cow<'static, str>>,
    /// For the log alone: status codes and error codes of the services behind us, never anything a caller sent.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem of a kind, with a message for the caller.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), retry_after: None, challenge: None, cause: None }
    }

    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![Detail { field: field.into(), message: message.into() }])
    }

    /// Several fields are wrong.
    pub fn invalid_fields(details: Vec<Detail>) -> Self {
        Self { details, ..Self::new(Kind::InvalidRequest, "The request is not valid.") }
    }

    /// The credential is good, and not for this.
    pub fn insufficient_scope(scope: Scope) -> Self {
        let scope = scope.as_str();
        let message = format!("The credential does not have the scope {scope}.");
        Self::new(Kind::AccessDenied, message)
            .challenged(format!("Bearer realm=\"convene\", error=\"insufficient_scope\", scope=\"{scope}\""))
    }

    /// No such meeting for this tenant and organizer.
    pub fn meeting_not_found() -> Self {
        Self::new(Kind::MeetingNotFound, "There is no meeting with this id for this organizer.")
    }

    /// The same id is being worked on; `retry_after` says when that ends at the latest.
    pub fn in_progress(retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after.max(Duration::from_secs(1))),
            ..Self::new(Kind::InProgress, "Another request for this id is in progress.")
        }
    }

    /// The time budget ended before an answer came.
    pub fn timed_out() -> Self {
        Self::new(Kind::TimedOut, "No answer came in time. The same call may be repeated safely.")
    }

    /// A service that Convene rests on throttles, fails or does not answer, before anything was done for the caller. The
    /// cause goes to the log only.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self::new(Kind::ServerBusy, "The request cannot be served at the moment. The same call may be repeated safely.")
            .retry_after(Some(AVAILABLE_AGAIN))
            .caused_by(cause)
    }

    /// Whether the caller is asked to repeat the call. Callers do not repeat what was answered otherwise.
    pub fn asks_for_repeat(&self) -> bool {
        matches!(self.kind, Kind::InProgress | Kind::ServerBusy | Kind::TimedOut)
    }

    /// This problem, where something was done already: whether all of it was is open, until the same call is repeated.
    #[must_use]
    pub fn with_open_outcome(self) -> Self {
        Self { cause: self.cause, retry_after: self.retry_after, ..Self::timed_out() }
    }

    /// Something that is our fault or that nobody foresaw; the cause goes to the log only.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(Kind::Internal, "The request could not be completed.").caused_by(cause)
    }

    /// Adds what the log should say.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what is wrong with the credential, as `WWW-Authenticate` says it.
    #[must_use]
    pub fn challenged(mut self, challenge: impl Into<Cow<'static, str>>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// Adds when to try again.
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
