//! From results to the documented answers.

use std::collections::BTreeSet;

use convene::{
    Problem,
    edge::{Answer, retry_after_seconds},
    problem::Kind,
    scheduling::Scheduled,
};
use serde::Serialize;

use crate::wire::{ErrorCode, FieldProblem, Outcome};

/// What the documents call a success, for the log.
pub const NO_ERROR: &str = "NoError";

/// What a 401 asks for. It tells no more where there was no token (RFC 6750, section 3.1).
const CHALLENGE: &str = "Bearer realm=\"convene\"";

/// A request that failed, with the organizer it named, if that much was understood.
#[derive(Debug)]
pub struct Failure {
    /// The organizer's address as it was sent, or empty.
    pub email: String,
    /// What went wrong.
    pub problem: Problem,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { email: String::new(), problem }
    }
}

impl Failure {
    /// Says which organizer a problem belongs to.
    pub fn of(email: &str) -> impl FnOnce(Problem) -> Self {
        move |problem| Self { email: email.to_owned(), problem }
    }

    /// A caller that may not act. One that is known and only lacks the scope is answered for the organizer; to anybody
    /// else nothing is repeated.
    pub fn not_let_in(email: &str) -> impl FnOnce(Problem) -> Self {
        move |problem| if problem.kind == Kind::AccessDenied { Self::of(email)(problem) } else { problem.into() }
    }
}

/// Status and error code of a kind of problem.
pub fn code(kind: Kind) -> (u16, ErrorCode) {
    match kind {
        Kind::InvalidRequest => (400, ErrorCode::InvalidRequest),
        Kind::InvalidTimeInterval => (400, ErrorCode::ErrorInvalidTimeInterval),
        Kind::Unauthorized => (401, ErrorCode::Unauthorized),
        Kind::AccessDenied => (403, ErrorCode::ErrorAccessDenied),
        Kind::MeetingNotFound => (404, ErrorCode::MeetingNotFound),
        Kind::MailboxNotFound => (404, ErrorCode::ErrorMailRecipientNotFound),
        Kind::MeetingAlreadyExists => (409, ErrorCode::MeetingAlreadyExists),
        Kind::InProgress => (409, ErrorCode::RequestInProgress),
        Kind::ServerBusy => (503, ErrorCode::ErrorServerBusy),
        Kind::TimedOut => (504, ErrorCode::ErrorTimeoutExpired),
        Kind::Internal => (500, ErrorCode::ErrorInternalServerError),
    }
}

/// Success, exactly as documented.
pub fn done(email: &str) -> Answer {
    let outcome =
        Outcome { email: email.to_owned(), error_code: ErrorCode::NoError, message: None, details: Vec::new() };
    Answer::json(200, &outcome, NO_ERROR)
}

/// Success of a call that writes a meeting, with a warning where no online meeting could be attached.
pub fn written(email: &str, scheduled: Scheduled) -> Answer {
    let answer = done(email);
    if scheduled.teams_unavailable { without_teams(answer) } else { answer }
}

/// An answer about a meeting that should have a Teams link and has none.
pub fn without_teams(answer: Answer) -> Answer {
    answer.header("x-convene-warning", "TeamsLinkUnavailable")
}

/// A success in which entries may have failed; `found` is what came of each. Those leave a trace: the first one's code stands
/// in the log for the whole request, with the causes of all; and where one failed for now only, the caller learns when to ask
/// again.
pub async fn list<T>(entries: impl IntoIterator<Item = impl Serialize>, found: &[Result<T, Problem>]) -> Answer {
    let failures = || found.iter().filter_map(|found| found.as_ref().err());
    let error_code = failures().next().map_or(NO_ERROR, |problem| code(problem.kind).1.as_str());
    let causes: BTreeSet<_> = failures().filter_map(|problem| problem.cause.as_deref()).collect();
    let passing = failures().filter(|problem| matches!(problem.kind, Kind::ServerBusy | Kind::InProgress));
    let wait = passing.filter_map(|problem| problem.retry_after).max();
    let mut answer = Answer::json_list(200, entries, error_code).await;
    answer.cause = (!causes.is_empty()).then(|| causes.into_iter().collect::<Vec<_>>().join("; "));
    match wait {
        Some(wait) => answer.header("retry-after", &retry_after_seconds(wait).to_string()),
        None => answer,
    }
}

/// What an entry of a list says of its result.
pub fn entry_code<T>(found: &Result<T, Problem>) -> ErrorCode {
    found.as_ref().map_or_else(|problem| code(problem.kind).1, |_| ErrorCode::NoError)
}

/// A failure in the documented shape.
pub fn failed(Failure { email, problem }: &Failure) -> Answer {
    let (status, error_code) = code(problem.kind);
    let details = problem.details.iter();
    // The documented 401 names no organizer.
    let email = if problem.kind == Kind::Unauthorized { "" } else { email };
    let outcome = Outcome {
        email: email.to_owned(),
        error_code,
        message: Some(problem.message.clone().into_owned()),
        details: details.map(|d| FieldProblem { field: d.field.clone(), message: d.message.clone() }).collect(),
    };
    let answer = Answer::json(status, &outcome, error_code.as_str()).explained_by(problem);
    match (&problem.challenge, problem.kind) {
        (Some(challenge), _) => answer.header("www-authenticate", challenge),
        (None, Kind::Unauthorized) => answer.header("www-authenticate", CHALLENGE),
        _ => answer,
    }
}

/// A failure that the edge answers in a handler's place, for the organizer whom the request concerns, if that is known.
pub fn refused(problem: &Problem, organizer: Option<&str>) -> Answer {
    failed(&Failure { email: organizer.unwrap_or_default().to_owned(), problem: problem.clone() })
}

/// The answer to a request, whichever way it went.
pub fn either(result: Result<Answer, Failure>) -> Answer {
    result.unwrap_or_else(|failure| failed(&failure))
}
