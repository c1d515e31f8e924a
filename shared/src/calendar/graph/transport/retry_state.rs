//! The retry state of one Graph request, sent by itself or in batches: attempts so far, the token renewal it has had, and
//! whether a write is in doubt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::limits::AT_ONCE;
use crate::calendar::CalendarError;

/// What a second sending of the same request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Nothing: it only reads.
    Reads,
    /// Nothing, but nobody needs to know so badly.
    ReadsOnce,
    /// Nothing more: it writes the same again.
    Idempotent,
    /// Nothing more: it deletes, and what is gone is gone whichever attempt did it.
    Deletes,
    /// Perhaps a second event: sent again only when it is certain that nothing happened.
    Never,
}

impl Repeat {
    /// The longest an attempt may take. What can be repeated gives up early enough to be.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Self::Reads | Self::ReadsOnce => Duration::from_secs(8),
            Self::Idempotent | Self::Deletes => Duration::from_secs(12),
            Self::Never => Duration::MAX,
        }
    }

    /// The longest that an attempt of a batch with so many items may take. Graph carries out a few of them at a time, so
    /// that the last has to wait for all rounds before its own: what is slow is not lost.
    pub(crate) fn patience_for_batch(self, items: usize) -> Duration {
        let rounds = u32::try_from(items.div_ceil(AT_ONCE).max(1)).unwrap_or(u32::MAX);
        self.patience().saturating_mul(rounds)
    }
}

/// How often a request that fails is tried in all.
const TRIES: u32 = 3;
/// How often a throttled request is tried in all; time ends it sooner as a rule.
const THROTTLED_TRIES: u32 = 8;
/// An attempt that gets less than this is not worth a wait.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(200);
/// Graph may ask for no wait at all; a loop without one helps nobody.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// The attempts a request has had.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failed: u32,
    throttled: u32,
}

impl Attempts {
    /// Records a failed attempt and says how long to wait before the next one. `None`: there is to be no next one.
    pub(crate) fn next(&mut self, error: &CalendarError, repeat: Repeat, remaining: Duration) -> Option<Duration> {
        if repeat == Repeat::ReadsOnce {
            return None;
        }
        let repeatable = repeat != Repeat::Never;
        let (count, most, asked, base) = match error {
            CalendarError::Throttled { retry_after } => {
                (&mut self.throttled, THROTTLED_TRIES, *retry_after, Duration::from_millis(500))
            }
            CalendarError::NotSent { timed_out: false, .. } => {
                (&mut self.failed, TRIES, None, Duration::from_millis(200))
            }
            CalendarError::Failed { retry_after, .. } if repeatable => {
                (&mut self.failed, TRIES, *retry_after, Duration::from_millis(300))
            }
            CalendarError::Inconclusive { .. } | CalendarError::Unanswered { .. } if repeatable => {
                (&mut self.failed, TRIES, None, Duration::from_millis(300))
            }
            _ => return None,
        };
        let before = *count;
        *count += 1;
        let wait = asked.unwrap_or_else(|| backoff(base, before)).max(SHORTEST_WAIT);
        (*count < most && wait.saturating_add(SHORTEST_ATTEMPT) <= remaining).then_some(wait)
    }
}

/// `base`, doubled for each attempt before, a quarter more or less so that those who failed together part.
pub(crate) fn backoff(base: Duration, attempts_before: u32) -> Duration {
    let bytes = Uuid::new_v4().into_bytes();
    let chance = f64::from(u16::from_be_bytes([bytes[0], bytes[1]])) / f64::from(u16::MAX);
    (base * 2_u32.pow(attempts_before.min(10))).mul_f64(0.75 + chance / 2.0)
}

/// Reads `Retry-After`: seconds, which Graph writes with a fraction at times, or a date.
pub(crate) fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or(Duration::ZERO))
}

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Graph does not accept the token.
    Unauthorized(CalendarError),
    /// It was a success, and the answer is larger than what is read of one.
    TooLarge,
    /// Anything else.
    Error(CalendarError),
}

/// What an answer that is too large to be read means.
pub(crate) fn too_large() -> CalendarError {
    CalendarError::Inconclusive { cause: "Graph sent too large an answer".to_owned() }
}

/// The attempts that a request has had.
#[derive(Debug, Default)]
pub(crate) struct Course {
    attempts: Attempts,
    /// It was sent once more because Graph did not accept its token.
    renewed: bool,
    /// A write that may have been carried out: what comes later cannot make it certain that it was not.
    in_doubt: Option<CalendarError>,
    /// That write deletes.
    deletes: bool,
}

impl Course {
    /// After a failed attempt: how long to wait before the next one, or else the error to answer with. `reject` drops the
    /// token that was used and says whether asking for another makes sense.
    pub(crate) fn after(
        &mut self,
        miss: Miss,
        repeat: Repeat,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) -> Result<Duration, CalendarError> {
        let error = match miss {
            Miss::Unauthorized(error) => {
                if self.renewed || !reject() {
                    return Err(self.end(error));
                }
                self.renewed = true;
                return Ok(Duration::ZERO);
            }
            // Another attempt would be answered the same.
            Miss::TooLarge => {
                return Err(self.end(too_large()));
            }
            Miss::Error(error) => error,
        };
        let Some(wait) = self.attempts.next(&error, repeat, remaining) else {
            return Err(self.end(error));
        };
        tracing::debug!(cause = %error, wait_ms = wait.as_millis(), "asking Graph again");
        if !error.is_definite() && matches!(repeat, Repeat::Idempotent | Repeat::Deletes) {
            self.in_doubt = Some(self.end(error));
            self.deletes = repeat == Repeat::Deletes;
        }
        Ok(wait)
    }

    /// The error to answer with when nothing more is tried.
    pub(crate) fn end(&mut self, error: CalendarError) -> CalendarError {
        match (error, self.in_doubt.take()) {
            // It is gone, and nothing more is to be known of it. Of a change more is: an earlier attempt may have been carried
            // out, as its own answer would say.
            (CalendarError::EventNotFound, _) if self.deletes => CalendarError::EventNotFound,
            (error, in_doubt) => settled(error, in_doubt),
        }
    }
}

/// The error to answer with after an earlier attempt of the same write may have been carried out. Whatever is said of a
/// later attempt, the earlier one stays in doubt.
fn settled(error: CalendarError, in_doubt: Option<CalendarError>) -> CalendarError {
    match (error, in_doubt) {
        // One that may be carried out yet leaves more open than one that Graph is done with.
        (error @ CalendarError::Unanswered { .. }, _) => error,
        (error, in_doubt) => in_doubt.unwrap_or(error),
    }
}

#[cfg(test)]
mod tests;
