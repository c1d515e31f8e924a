//! The error of a calendar request.

use std::{fmt, time::Duration};

use crate::domain::EventId;

/// A credential of the tenant that the calendar service refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A person's sign-in, which was revoked or has expired.
    SignIn,
    /// A person's sign-in, which is missing.
    NoSignIn,
    /// The application's secret, which has expired or is wrong.
    ClientSecret,
    /// The application, which the directory does not know or does not allow.
    Application,
}

/// Why a calendar request failed, by what it means for the booking protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// The event does not exist, or the service rejects its id. Nothing was done. A single response may be wrong: search for the
    /// event's marker before another event takes its place.
    EventNotFound,
    /// The mailbox does not have the calendar, or the service rejects its id. Nothing was done.
    CalendarNotFound,
    /// The service refuses to delete the event, or the event is gone. Nothing was done.
    CannotDelete {
        /// The service's error code, for the log.
        code: String,
    },
    /// The organization does not have the mailbox. Nothing was done. It holds for this request only: Graph has sent this for
    /// existing mailboxes for hours.
    MailboxNotFound,
    /// The application may not access the mailbox. Nothing was done.
    AccessDenied {
        /// The service's error code, for the log.
        code: String,
    },
    /// The service refuses the tenant's credential until its operator replaces it. Nothing was done.
    CredentialRefused {
        credential: Credential,
        /// The service's error code, for the log.
        code: String,
    },
    /// Nothing was sent: Convene's or the tenant's configuration is incomplete or invalid.
    NotConfigured {
        /// For the log.
        cause: String,
    },
    /// The service rejects the request as invalid. Nothing was done.
    Rejected {
        /// The service's error code, for the log.
        code: String,
    },
    /// The service rejects a request that has nothing of the caller's input but an address. Nothing was done.
    ReferenceRejected {
        /// The service's error code, for the log.
        code: String,
    },
    /// The end would not be after the start. Nothing was done.
    InvalidTimeSpan,
    /// The service has not added the join link to an online meeting yet, and a new body would prevent that. Nothing was done.
    LinkAwaited,
    /// Throttled until the deadline. Nothing was done.
    Throttled {
        /// The service's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The transaction id was used before.
    DuplicateTransaction {
        /// The event with the transaction id, if the service names it.
        existing: Option<EventId>,
    },
    /// Nothing was sent: the deadline had passed, or there was no access token.
    NotSent {
        /// For the log.
        cause: String,
        /// Whether the deadline had passed.
        timed_out: bool,
    },
    /// A server error (5xx), or a response that does not answer the request. The request may have been carried out, or may still
    /// be.
    Failed {
        /// Status and code, for the log.
        cause: String,
        /// The service's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The service has finished the request, with an unknown result: a concurrent write (409, 412), or a success that cannot be
    /// read. The request may have been carried out, and will not be any more.
    UnknownResult {
        /// Status and code, for the log.
        cause: String,
    },
    /// No response came, or one that says that the service gave up waiting (408, 504). The request may have been carried out, or
    /// may still be.
    NoAnswer {
        /// For the log.
        cause: String,
    },
}

impl CalendarError {
    /// Whether it is certain that the request was not carried out and will not be.
    pub fn is_definite(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::UnknownResult { .. } | Self::NoAnswer { .. })
    }
}

impl Credential {
    /// What is wrong and what the operator must do, in words that the caller can pass on.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::SignIn => {
                "Microsoft no longer accepts this tenant's sign-in. Its operator must sign in again and store the new \
                 refresh token."
            }
            Self::NoSignIn => {
                "This tenant is not signed in to Microsoft. Its operator must sign in and store the refresh token."
            }
            Self::ClientSecret => {
                "Microsoft does not accept this tenant's client secret: it has expired or is wrong. Its operator must \
                 store a new one."
            }
            Self::Application => {
                "Microsoft does not let this tenant's application in. Its operator must check the application's id, \
                 directory and consent."
            }
        }
    }
}

/// For the log: kinds, statuses and codes, never an id or address.
impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventNotFound => f.write_str("event not found"),
            Self::CalendarNotFound => f.write_str("calendar not found"),
            Self::CannotDelete { code } => write!(f, "cannot delete: {code}"),
            Self::MailboxNotFound => f.write_str("mailbox not found"),
            Self::AccessDenied { code } => write!(f, "access denied: {code}"),
            Self::CredentialRefused { code, .. } => write!(f, "credential refused: {code}"),
            Self::NotConfigured { cause } => write!(f, "not configured: {cause}"),
            Self::Rejected { code } => write!(f, "rejected: {code}"),
            Self::ReferenceRejected { code } => write!(f, "reference rejected: {code}"),
            Self::InvalidTimeSpan => f.write_str("the end would not be after the start"),
            Self::LinkAwaited => f.write_str("the online meeting has no link yet"),
            Self::Throttled { .. } => f.write_str("throttled"),
            Self::DuplicateTransaction { .. } => f.write_str("duplicate transaction"),
            Self::NotSent { cause, .. } => write!(f, "not sent: {cause}"),
            Self::Failed { cause, .. } => write!(f, "failed: {cause}"),
            Self::UnknownResult { cause } => write!(f, "unknown result: {cause}"),
            Self::NoAnswer { cause } => write!(f, "no answer: {cause}"),
        }
    }
}
