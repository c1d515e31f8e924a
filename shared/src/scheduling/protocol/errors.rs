//! The errors that several files of the protocol answer with, and the results of the record store.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    problem::Problem,
    scheduling::{error::SchedulingError, records::RecordsError},
};

/// The retry interval where the calendar's search index may be behind.
pub const INDEX_DELAY: Duration = Duration::from_secs(5);
/// The retry interval where another request was faster, or holds a claim without a known end.
const CONFLICT_DELAY: Duration = Duration::from_secs(1);

/// Asks the caller to repeat at a time.
pub fn retry_at(time: DateTime<Utc>, now: DateTime<Utc>) -> SchedulingError {
    SchedulingError::in_progress((time - now).to_std().unwrap_or_default())
}

/// Asks the caller to repeat soon: another request was faster.
pub fn conflict() -> SchedulingError {
    SchedulingError::in_progress(CONFLICT_DELAY)
}

pub fn already_exists() -> SchedulingError {
    SchedulingError::AlreadyExists { cause: None }
}

/// The store's reply. `None`: no reply in time, so it is unknown whether a write took effect.
pub fn answered<T>(reply: Option<Result<T, RecordsError>>) -> Result<T, SchedulingError> {
    match reply {
        Some(Ok(reply)) => Ok(reply),
        Some(Err(RecordsError::Unavailable(cause))) => Err(Problem::unavailable(cause).into()),
        Some(Err(RecordsError::Internal(cause))) => Err(Problem::internal(cause).into()),
        None => Err(Problem::timed_out().caused_by("the store did not answer in time").into()),
    }
}

/// Runs a clean-up that must not change the answer. The protocol survives its failure.
pub async fn best_effort<T>(action: impl Future<Output = Result<T, SchedulingError>>) {
    let _ = action.await;
}
