//! The documented responses to success.

use std::collections::BTreeSet;

use convene::{
    edge::{Request, Response},
    scheduling::{Scheduled, SchedulingError, TEAMS_LINK_UNAVAILABLE},
};
use serde::Serialize;

use crate::{
    error::Failure,
    wire::{ErrorCode, Outcome},
};

/// Success, for the organizer that the request names.
pub fn done(request: &Request) -> Response {
    let email = request.subject().to_owned();
    Response::json(200, &Outcome { email, error_code: ErrorCode::NoError, message: None, details: Vec::new() })
}

/// Success of a request that writes a meeting, with a warning if no online meeting could be attached.
pub fn written(request: &Request, scheduled: Scheduled) -> Response {
    let response = done(request);
    if scheduled.teams_unavailable { without_teams(response) } else { response }
}

/// A response about a meeting that should have a Teams link but has none.
pub fn without_teams(response: Response) -> Response {
    response.warning(Some(TEAMS_LINK_UNAVAILABLE))
}

/// Success with a list whose entries can fail by themselves; `results` are the entries' results. The log line gets the code of the
/// first failure and the causes of all. If a failure is temporary, the caller learns when to repeat the request.
pub async fn list<T>(entries: impl IntoIterator<Item = impl Serialize>, results: &[Result<T, Failure>]) -> Response {
    let failures = || results.iter().filter_map(|result| result.as_ref().err());
    let causes: BTreeSet<_> = failures().filter_map(|failure| failure.cause.as_deref()).collect();
    let is_temporary = |code| matches!(code, ErrorCode::ErrorServerBusy | ErrorCode::RequestInProgress);
    let temporary = failures().filter(|failure| is_temporary(failure.code));
    let wait = temporary.filter_map(|failure| failure.retry_after).max();
    let response = Response::json_list(200, entries).await.retry_after(wait);
    let response = response.caused_by((!causes.is_empty()).then(|| causes.into_iter().collect::<Vec<_>>().join("; ")));
    match failures().next() {
        Some(failure) => response.with_error_code(failure.code.as_str()),
        None => response,
    }
}

/// The error code of a list's entry.
pub fn entry_code<T>(result: &Result<T, Failure>) -> ErrorCode {
    result.as_ref().map_or_else(|failure| failure.code, |_| ErrorCode::NoError)
}

/// The results of a use case in the family's terms.
pub fn results<T>(results: Vec<Result<T, SchedulingError>>) -> impl Iterator<Item = Result<T, Failure>> {
    results.into_iter().map(|result| result.map_err(Failure::from))
}
