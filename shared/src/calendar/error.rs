//! The error of a calendar request, and the problem that the caller gets for it.

use std::{fmt, time::Duration};

use crate::{
    domain::EventId,
    problem::{Kind, Problem},
};

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
    fn remedy(self) -> &'static str {
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

impl From<CalendarError> for Problem {
    fn from(error: CalendarError) -> Self {
        let cause = error.to_string();
        let problem = match error {
            CalendarError::EventNotFound => Self::meeting_not_found(),
            CalendarError::MailboxNotFound => {
                Self::new(Kind::MailboxNotFound, "The address must be a mailbox in this organization.")
            }
            CalendarError::AccessDenied { .. } => {
                Self::new(Kind::AccessDenied, "Microsoft 365 refuses access to this mailbox.")
            }
            CalendarError::CannotDelete { .. } => {
                Self::new(Kind::AccessDenied, "Microsoft 365 refuses to delete this meeting.")
            }
            CalendarError::CredentialRefused { credential, .. } => Self::new(Kind::AccessDenied, credential.remedy()),
            CalendarError::NotConfigured { .. }
            | CalendarError::DuplicateTransaction { .. }
            | CalendarError::ReferenceRejected { .. } => Self::internal(""),
            CalendarError::Rejected { .. } => Self::new(Kind::InvalidRequest, "Microsoft 365 refuses this meeting."),
            CalendarError::InvalidTimeSpan => Self::new(Kind::InvalidTimeInterval, "The end must be after the start."),
            CalendarError::LinkAwaited => Self::new(
                Kind::ServerBusy,
                "Microsoft Teams has not added its link to this meeting yet. The same call may be repeated safely.",
            )
            .retry_after(Some(Duration::from_secs(5))),
            CalendarError::Throttled { retry_after } | CalendarError::Failed { retry_after, .. } => busy(retry_after),
            CalendarError::UnknownResult { .. } => busy(None),
            CalendarError::NotSent { timed_out: false, .. } => {
                Self::new(Kind::ServerBusy, "Microsoft 365 cannot be reached. The same call may be repeated safely.")
                    .retry_after(Some(Duration::from_secs(5)))
            }
            CalendarError::NotSent { .. } | CalendarError::NoAnswer { .. } => Self::timed_out(),
        };
        problem.caused_by(cause)
    }
}

fn busy(retry_after: Option<Duration>) -> Problem {
    Problem::new(Kind::ServerBusy, "Microsoft 365 is busy. The same call may be repeated safely.")
        .retry_after(Some(retry_after.unwrap_or(Duration::from_secs(5))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_error_is_internal() {
        let cause = "secret microsoft: no such secret".to_owned();
        let problem = Problem::from(CalendarError::NotConfigured { cause });
        assert_eq!((problem.kind, problem.retry_after), (Kind::Internal, None));
        assert_eq!(problem.cause.as_deref(), Some("not configured: secret microsoft: no such secret"));
        assert!(!problem.message.contains("secret"), "{problem}");
        let away = CalendarError::NotSent { cause: "Secrets Manager: timeout".to_owned(), timed_out: false };
        assert_eq!(Problem::from(away).kind, Kind::ServerBusy);
    }

    #[test]
    fn a_refused_credential_says_what_the_operator_must_do() {
        for (credential, word) in [
            (Credential::SignIn, "sign in again"),
            (Credential::NoSignIn, "sign in"),
            (Credential::ClientSecret, "client secret"),
            (Credential::Application, "consent"),
        ] {
            let error = CalendarError::CredentialRefused { credential, code: "AADSTS700082".to_owned() };
            assert!(error.is_definite());
            let problem = Problem::from(error);
            assert_eq!((problem.kind, problem.retry_after), (Kind::AccessDenied, None));
            assert!(problem.message.contains(word) && problem.message.contains("operator"), "{problem}");
            assert!(!problem.message.contains("AADSTS"), "{problem}");
            assert_eq!(problem.cause.as_deref(), Some("credential refused: AADSTS700082"));
        }
    }
}
