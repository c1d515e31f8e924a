//! Why a use case of scheduling fails.

use std::{borrow::Cow, time::Duration};

use crate::{
    calendar::CalendarError,
    problem::{Kind, Problem},
};

/// The shortest retry interval that a caller is given: `Retry-After` has whole seconds.
const MIN_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The retry interval where Microsoft names none.
const MICROSOFT_RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Why a use case of scheduling failed, for one meeting or for one mailbox.
#[derive(Debug, Clone)]
pub enum SchedulingError {
    /// The tenant has no event with this id for this organizer, or a person deleted it.
    NotFound,
    /// The id is taken by an event with other content. `cause`: for the log, why the event could not be examined.
    AlreadyExists { cause: Option<String> },
    /// Another request for this id is in progress, or the result of an earlier one is not known yet.
    InProgress { retry_after: Duration },
    /// The address is not a mailbox of the organization.
    MailboxNotFound,
    /// The end would not be after the start.
    EndNotAfterStart,
    /// What can go wrong with any request.
    Problem(Problem),
}

impl SchedulingError {
    /// Another request for this id is in progress.
    pub fn in_progress(retry_after: Duration) -> Self {
        Self::InProgress { retry_after: retry_after.max(MIN_RETRY_INTERVAL) }
    }

    /// The kind of problem. `None`: a refusal that only scheduling knows.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Problem(problem) => Some(problem.kind),
            _ => None,
        }
    }

    /// When the same request may succeed.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InProgress { retry_after } => Some(*retry_after),
            Self::Problem(problem) => problem.retry_after,
            _ => None,
        }
    }

    /// The cause, for the log only.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::AlreadyExists { cause } => cause.as_deref(),
            Self::MailboxNotFound => Some("mailbox not found"),
            Self::Problem(problem) => problem.cause.as_deref(),
            _ => None,
        }
    }

    /// Whether the caller is asked to repeat the request. After any other answer, callers do not repeat it.
    pub fn asks_for_repeat(&self) -> bool {
        match self {
            Self::InProgress { .. } => true,
            Self::Problem(problem) => problem.asks_for_repeat(),
            _ => false,
        }
    }

    /// This error after a part of the work may have been done already: the result is unknown until the caller repeats the request.
    #[must_use]
    pub fn with_unknown_result(self) -> Self {
        let timed_out = Problem::timed_out().retry_after(self.retry_after());
        Self::Problem(match self.cause() {
            Some(cause) => timed_out.caused_by(cause),
            None => timed_out,
        })
    }
}

impl From<Problem> for SchedulingError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What callers learn of a failure of the calendar. If Microsoft refuses the request itself, they get Microsoft's error code.
impl From<CalendarError> for SchedulingError {
    fn from(error: CalendarError) -> Self {
        let cause = error.to_string();
        let problem = match error {
            CalendarError::EventNotFound => return Self::NotFound,
            CalendarError::MailboxNotFound => return Self::MailboxNotFound,
            CalendarError::CalendarNotFound => {
                Problem::invalid_request("The calendar is not a calendar of this mailbox.")
            }
            CalendarError::InvalidTimeSpan => return Self::EndNotAfterStart,
            CalendarError::AccessDenied { code } => {
                denied(format!("Microsoft 365 refuses access to this mailbox{}.", in_brackets(&code)))
            }
            CalendarError::CannotDelete { code } => {
                denied(format!("Microsoft 365 refuses to delete this meeting{}.", in_brackets(&code)))
            }
            CalendarError::Rejected { code } => {
                Problem::invalid_request(format!("Microsoft 365 refuses this meeting{}.", in_brackets(&code)))
            }
            CalendarError::CredentialRefused { credential, .. } => denied(credential.remedy()),
            CalendarError::NotConfigured { .. }
            | CalendarError::DuplicateTransaction { .. }
            | CalendarError::ReferenceRejected { .. } => Problem::internal(""),
            CalendarError::LinkAwaited => unavailable(
                "Microsoft Teams has not added its link to this meeting yet. The same call may be repeated safely.",
                None,
            ),
            CalendarError::Throttled { retry_after } | CalendarError::Failed { retry_after, .. } => busy(retry_after),
            CalendarError::UnknownResult { .. } => busy(None),
            CalendarError::NotSent { timed_out: false, .. } => {
                unavailable("Microsoft 365 cannot be reached. The same call may be repeated safely.", None)
            }
            CalendarError::NotSent { .. } | CalendarError::NoAnswer { .. } => Problem::timed_out(),
        };
        Self::Problem(problem.caused_by(cause))
    }
}

fn denied(message: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(Kind::AccessDenied, message)
}

fn busy(retry_after: Option<Duration>) -> Problem {
    unavailable("Microsoft 365 is busy. The same call may be repeated safely.", retry_after)
}

fn unavailable(message: &'static str, retry_after: Option<Duration>) -> Problem {
    Problem::new(Kind::Unavailable, message).retry_after(Some(retry_after.unwrap_or(MICROSOFT_RETRY_INTERVAL)))
}

/// Microsoft's error code for a message to the caller. Only a word is shown: a proxy may answer in Microsoft's place.
fn in_brackets(code: &str) -> String {
    let is_word = !code.is_empty() && code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_word { format!(" ({code})") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Credential;

    fn problem(error: CalendarError) -> Problem {
        match SchedulingError::from(error) {
            SchedulingError::Problem(problem) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_configuration_error_is_internal() {
        let cause = "secret microsoft: no such secret".to_owned();
        let internal = problem(CalendarError::NotConfigured { cause });
        assert_eq!((internal.kind, internal.retry_after), (Kind::Internal, None));
        assert_eq!(internal.cause.as_deref(), Some("not configured: secret microsoft: no such secret"));
        assert!(!internal.message.contains("secret"), "{internal}");
        let away = CalendarError::NotSent { cause: "Secrets Manager: timeout".to_owned(), timed_out: false };
        assert_eq!(problem(away).kind, Kind::Unavailable);
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
            let problem = problem(error);
            assert_eq!((problem.kind, problem.retry_after), (Kind::AccessDenied, None));
            assert!(problem.message.contains(word) && problem.message.contains("operator"), "{problem}");
            assert!(!problem.message.contains("AADSTS"), "{problem}");
            assert_eq!(problem.cause.as_deref(), Some("credential refused: AADSTS700082"));
        }
    }

    #[test]
    fn a_refusal_of_microsoft_has_its_code() {
        let code = || "ErrorPropertyValidationFailure".to_owned();
        for error in [
            CalendarError::Rejected { code: code() },
            CalendarError::AccessDenied { code: code() },
            CalendarError::CannotDelete { code: code() },
        ] {
            assert!(problem(error.clone()).message.ends_with(" (ErrorPropertyValidationFailure)."), "{error}");
        }
        for code in ["", "<script>", "ann@contoso.com", &"x".repeat(65)] {
            let message = problem(CalendarError::Rejected { code: code.to_owned() }).message;
            assert_eq!(message, "Microsoft 365 refuses this meeting.", "{code}");
        }
    }
}
