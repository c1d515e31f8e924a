//! Why a call to the calendar service failed, and what the caller is told of it.

use std::{fmt, time::Duration};

use super::EventId;
use crate::problem::{Kind, Problem};

/// What of a tenant's credentials the calendar service does not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A person's sign-in: it was revoked, or has expired.
    SignIn,
    /// A person's sign-in, and there is none.
    NoSignIn,
    /// The application's secret: it has expired, or is wrong.
    ClientSecret,
    /// The application: it is not known in the directory, or not allowed in.
    Application,
}

/// Why a call to the calendar service failed, told by what it means for the booking protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// The service says that the event does not exist (any more), or does not accept our reference to it. Nothing happened.
    /// One such answer may be wrong: before something else takes the event's place, its marker is looked for.
    EventNotFound,
    /// The service refuses to delete the event. It says so of events that are gone, too. Nothing happened.
    CannotDelete {
        /// The service's error code, for the log.
        code: String,
    },
    /// The service says that the organization has no such mailbox. Nothing happened. It is an answer about this request
    /// only: mailboxes that live have been answered so for hours.
    MailboxNotFound,
    /// The service refuses the application. Nothing happened.
    AccessDenied {
        /// The service's error code, for the log.
        code: String,
    },
    /// The service does not accept the tenant's credential, and will not until its operator does something about it.
    /// Nothing happened.
    CredentialRefused {
        /// Which one.
        credential: Credential,
        /// The service's error code, for the log.
        code: String,
    },
    /// Nothing was sent: Convene itself, or what was set up for the tenant, lacks something or holds something unusable.
    NotConfigured {
        /// For the log.
        cause: String,
    },
    /// The service refuses the request itself. Nothing happened.
    Rejected {
        /// The service's error code, for the log.
        code: String,
    },
    /// The service refuses a request that holds nothing of the caller's but an address. Nothing happened.
    ReferenceRejected {
        /// The service's error code, for the log.
        code: String,
    },
    /// The end would not be after the start. Nothing happened.
    InvalidTimeSpan,
    /// The service has not added its link to an online meeting yet, and a new body would keep it from that. Nothing happened.
    LinkAwaited,
    /// Throttled until the time budget was spent. Nothing happened.
    Throttled {
        /// What the service asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The transaction id was used before, by this event where the service says so.
    DuplicateTransaction {
        /// The event that has it.
        existing: Option<EventId>,
    },
    /// Nothing was sent: the budget had ended, or no access token could be had at the moment.
    NotSent {
        /// For the log.
        cause: String,
        /// Whether it was time that ran out.
        timed_out: bool,
    },
    /// The service answered with a failure of its own (5xx), or with what is no answer to the request. It says nothing of
    /// what became of the request, which may be carried out yet.
    Failed {
        /// Status and code, for the log.
        cause: String,
        /// What the service asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The service is done with the request, without saying what came of it: it reports a clash of writes (409, 412), or
    /// its word of a success cannot be read. It may have been carried out, and will not be any more.
    Inconclusive {
        /// Status and code, for the log.
        cause: String,
    },
    /// No answer came, or one that says the service itself did not wait for it (408, 504): the request may be carried
    /// out yet.
    Unanswered {
        /// For the log.
        cause: String,
    },
}

impl CalendarError {
    /// Whether it is certain that nothing happened and nothing will.
    pub fn is_definite(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::Inconclusive { .. } | Self::Unanswered { .. })
    }
}

impl Credential {
    /// What is wrong, and who must do what: the caller cannot, and can only pass it on.
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

/// For the log: kinds, statuses and codes, never an id.
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
            Self::Inconclusive { cause } => write!(f, "inconclusive: {cause}"),
            Self::Unanswered { cause } => write!(f, "unanswered: {cause}"),
        }
    }
}

impl From<CalendarError> for Problem {
    fn from(error: CalendarError) -> Self {
        let cause = error.to_string();
        let problem = match error {
            CalendarError::EventNotFound => Self::meeting_not_found(),
            CalendarError::MailboxNotFound => {
                Self::new(Kind::MailboxNotFound, "The address is no mailbox of this organization.")
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
            CalendarError::InvalidTimeSpan => {
                Self::new(Kind::InvalidTimeInterval, "The meeting would not end after its start.")
            }
            CalendarError::LinkAwaited => Self::new(
                Kind::ServerBusy,
                "Microsoft Teams has not added its link to this meeting yet. The same call may be repeated safely.",
            )
            .retry_after(Some(Duration::from_secs(5))),
            CalendarError::Throttled { retry_after } | CalendarError::Failed { retry_after, .. } => busy(retry_after),
            CalendarError::Inconclusive { .. } => busy(None),
            CalendarError::NotSent { timed_out: false, .. } => {
                Self::new(Kind::ServerBusy, "Microsoft 365 cannot be reached. The same call may be repeated safely.")
                    .retry_after(Some(Duration::from_secs(5)))
            }
            CalendarError::NotSent { .. } | CalendarError::Unanswered { .. } => Self::timed_out(),
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
    fn our_own_fault_is_not_blamed_on_microsoft() {
        let cause = "secret microsoft: no such secret".to_owned();
        let problem = Problem::from(CalendarError::NotConfigured { cause });
        assert_eq!((problem.kind, problem.retry_after), (Kind::Internal, None));
        assert_eq!(problem.cause.as_deref(), Some("not configured: secret microsoft: no such secret"));
        assert!(!problem.message.contains("secret"), "{problem}");
        let away = CalendarError::NotSent { cause: "Secrets Manager: timeout".to_owned(), timed_out: false };
        assert_eq!(Problem::from(away).kind, Kind::ServerBusy);
    }

    #[test]
    fn a_refused_credential_tells_who_must_do_what_and_nothing_internal() {
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
