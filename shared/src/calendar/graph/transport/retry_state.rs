//! The retry state of one Graph request, sent by itself or in batches: attempts so far, the token renewal it has had, and
//! whether a write is in doubt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::limits::MAX_CONCURRENT;
use crate::calendar::CalendarError;

/// What a second sending of the same request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryPolicy {
    /// Nothing: the request only reads.
    Read,
    /// Nothing, but a retry is not worth the time.
    ReadOnce,
    /// Nothing more: the request writes the same again.
    Idempotent,
    /// Nothing more: the request deletes, and `EventNotFound` means success whichever attempt deleted the event.
    Delete,
    /// Possibly a second event: the request is sent again only if the attempt before it is certain to have done nothing.
    OnlyIfNotDone,
}

impl RetryPolicy {
    /// The timeout of one attempt. A request that can be repeated gives up early enough to be repeated.
    pub(crate) fn timeout(self) -> Duration {
        match self {
            Self::Read | Self::ReadOnce => Duration::from_secs(8),
            Self::Idempotent | Self::Delete => Duration::from_secs(12),
            Self::OnlyIfNotDone => Duration::MAX,
        }
    }

    /// The timeout of one attempt of a batch with `items` items. Graph executes a few of them at a time, so the last one
    /// waits for all rounds before its own.
    pub(crate) fn batch_timeout(self, items: usize) -> Duration {
        let rounds = u32::try_from(items.div_ceil(MAX_CONCURRENT).max(1)).unwrap_or(u32::MAX);
        self.timeout().saturating_mul(rounds)
    }
}

/// Attempts of a request that fails, the first one included.
const MAX_ATTEMPTS: u32 = 3;
/// Attempts of a throttled request, the first one included. As a rule the deadline ends it sooner.
const MAX_THROTTLED_ATTEMPTS: u32 = 8;
/// An attempt with less time than this is not worth a wait.
const MIN_ATTEMPT: Duration = Duration::from_millis(200);
/// Graph may ask for no wait at all, which would make a busy loop.
const MIN_WAIT: Duration = Duration::from_millis(50);

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AttemptError {
    /// Graph does not accept the token.
    Unauthorized(CalendarError),
    /// The request succeeded, and its response is larger than the limit.
    TooLarge,
    Error(CalendarError),
}

/// The error of a request whose response is too large to read.
pub(crate) fn too_large() -> CalendarError {
    CalendarError::UnknownResult { cause: "Graph sent too large an answer".to_owned() }
}

#[derive(Debug, Default)]
pub(crate) struct RetryState {
    failed: u32,
    throttled: u32,
    /// Whether it was sent once more because Graph did not accept its token.
    renewed_token: bool,
    /// The error of an earlier attempt of a write that may have been carried out. No later error makes certain that it was
    /// not.
    in_doubt: Option<CalendarError>,
    /// Whether the write in doubt deletes.
    deletes: bool,
}

impl RetryState {
    /// Records a failed attempt. Returns how long to wait before the next one, or the error that the request ends with.
    /// `reject_token` drops the token that was used, and returns whether another one is worth an attempt.
    pub(crate) fn after_failure(
        &mut self,
        error: AttemptError,
        policy: RetryPolicy,
        remaining: Duration,
        reject_token: impl FnOnce() -> bool,
    ) -> Result<Duration, CalendarError> {
        let error = match error {
            AttemptError::Unauthorized(error) => {
                if self.renewed_token || !reject_token() {
                    return Err(self.final_error(error));
                }
                self.renewed_token = true;
                return Ok(Duration::ZERO);
            }
            // Another attempt would get the same response.
            AttemptError::TooLarge => return Err(self.final_error(too_large())),
            AttemptError::Error(error) => error,
        };
        let Some(wait) = self.next_wait(&error, policy, remaining) else {
            return Err(self.final_error(error));
        };
        tracing::debug!(cause = %error, wait_ms = wait.as_millis(), "asking Graph again");
        if !error.is_definite() && matches!(policy, RetryPolicy::Idempotent | RetryPolicy::Delete) {
            self.in_doubt = Some(self.final_error(error));
            self.deletes = policy == RetryPolicy::Delete;
        }
        Ok(wait)
    }

    /// Counts a failed attempt. Returns how long to wait before the next one, or `None` if there must not be one.
    fn next_wait(&mut self, error: &CalendarError, policy: RetryPolicy, remaining: Duration) -> Option<Duration> {
        if policy == RetryPolicy::ReadOnce {
            return None;
        }
        let repeatable = policy != RetryPolicy::OnlyIfNotDone;
        let (count, max, retry_after, base) = match error {
            CalendarError::Throttled { retry_after } => {
                (&mut self.throttled, MAX_THROTTLED_ATTEMPTS, *retry_after, Duration::from_millis(500))
            }
            CalendarError::NotSent { timed_out: false, .. } => {
                (&mut self.failed, MAX_ATTEMPTS, None, Duration::from_millis(200))
            }
            CalendarError::Failed { retry_after, .. } if repeatable => {
                (&mut self.failed, MAX_ATTEMPTS, *retry_after, Duration::from_millis(300))
            }
            CalendarError::UnknownResult { .. } | CalendarError::NoAnswer { .. } if repeatable => {
                (&mut self.failed, MAX_ATTEMPTS, None, Duration::from_millis(300))
            }
            _ => return None,
        };
        let attempts_before = *count;
        *count += 1;
        let wait = retry_after.unwrap_or_else(|| backoff(base, attempts_before)).max(MIN_WAIT);
        (*count < max && wait.saturating_add(MIN_ATTEMPT) <= remaining).then_some(wait)
    }

    /// The error that the request ends with, given the error of its last attempt.
    pub(crate) fn final_error(&mut self, error: CalendarError) -> CalendarError {
        match (error, self.in_doubt.take()) {
            // An earlier attempt may have deleted the event, which settles the doubt. An earlier change of an event that is
            // gone now may still have been carried out.
            (CalendarError::EventNotFound, _) if self.deletes => CalendarError::EventNotFound,
            (error, in_doubt) => combined(error, in_doubt),
        }
    }
}

/// The error of a write whose earlier attempt may have been carried out.
fn combined(error: CalendarError, in_doubt: Option<CalendarError>) -> CalendarError {
    match (error, in_doubt) {
        // A request that may still be carried out leaves more open than one that Graph has finished.
        (error @ CalendarError::NoAnswer { .. }, _) => error,
        (error, in_doubt) => in_doubt.unwrap_or(error),
    }
}

/// Exponential backoff: `base` doubled for each attempt before, with 25 % jitter either way.
pub(crate) fn backoff(base: Duration, attempts_before: u32) -> Duration {
    let bytes = Uuid::new_v4().into_bytes();
    let chance = f64::from(u16::from_be_bytes([bytes[0], bytes[1]])) / f64::from(u16::MAX);
    (base * 2_u32.pow(attempts_before.min(10))).mul_f64(0.75 + chance / 2.0)
}

/// Reads `Retry-After`: seconds, which Graph sometimes writes with a fraction, or a date.
pub(crate) fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests;
