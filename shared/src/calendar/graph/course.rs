//! What a request has been through over its attempts, alone or in batches, and whether there is to be another one.

use std::time::Duration;

use super::retry::{Attempts, Repeat};
use crate::calendar::CalendarError;

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    /// Graph does not accept the token.
    Unauthorized(CalendarError),
    /// It was a success, and the answer is larger than what is read of one.
    TooLarge,
    /// Anything else.
    Error(CalendarError),
}

/// What an answer that is too large to be read means.
pub(super) fn too_large() -> CalendarError {
    CalendarError::Inconclusive { cause: "Graph sent too large an answer".to_owned() }
}

/// The attempts that a request has had.
#[derive(Debug, Default)]
pub(super) struct Course {
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
    pub(super) fn after(
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
    pub(super) fn end(&mut self, error: CalendarError) -> CalendarError {
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
mod tests {
    use super::{
        super::send::{out_of_time, unanswered},
        *,
    };

    const LONG: Duration = Duration::from_secs(20);

    fn throttled() -> CalendarError {
        CalendarError::Throttled { retry_after: None }
    }

    #[test]
    fn a_write_in_doubt_stays_in_doubt() {
        let doubt = || Some(unanswered("lost"));
        let failed = || CalendarError::Failed { cause: "503".to_owned(), retry_after: None };
        for later in [
            out_of_time(),
            failed(),
            throttled(),
            CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() },
            CalendarError::Rejected { code: "400".to_owned() },
            CalendarError::MailboxNotFound,
            CalendarError::EventNotFound,
        ] {
            assert_eq!(settled(later.clone(), doubt()), unanswered("lost"));
            assert_eq!(settled(later.clone(), Some(failed())), failed());
            assert_eq!(settled(later.clone(), None), later);
        }
        assert_eq!(settled(unanswered("late"), Some(failed())), unanswered("late"));
    }

    #[test]
    fn only_a_deletion_is_settled_by_an_event_that_is_gone() {
        for (repeat, told) in
            [(Repeat::Idempotent, unanswered("lost")), (Repeat::Deletes, CalendarError::EventNotFound)]
        {
            let mut course = Course::default();
            assert!(course.after(Miss::Error(unanswered("lost")), repeat, LONG, || false).is_ok());
            let gone = course.after(Miss::Error(CalendarError::EventNotFound), repeat, LONG, || false);
            assert_eq!(gone, Err(told), "{repeat:?}");
        }
        // What was never in doubt is simply not there.
        let mut course = Course::default();
        let gone = course.after(Miss::Error(CalendarError::EventNotFound), Repeat::Idempotent, LONG, || false);
        assert_eq!(gone, Err(CalendarError::EventNotFound));
    }

    #[test]
    fn only_what_writes_the_same_again_is_kept_in_doubt() {
        for (repeat, kept) in [
            (Repeat::Idempotent, unanswered("lost")),
            (Repeat::Deletes, unanswered("lost")),
            (Repeat::Reads, throttled()),
        ] {
            let mut course = Course::default();
            assert!(course.after(Miss::Error(unanswered("lost")), repeat, LONG, || false).is_ok());
            assert_eq!(course.end(throttled()), kept);
        }
    }

    #[test]
    fn what_is_too_large_is_not_asked_for_again() {
        for repeat in [Repeat::Reads, Repeat::Idempotent, Repeat::Never] {
            let ended = Course::default().after(Miss::TooLarge, repeat, LONG, || true);
            assert!(matches!(ended, Err(CalendarError::Inconclusive { .. })), "{ended:?}");
        }
    }

    #[test]
    fn another_token_is_asked_for_once() {
        let denied = || CalendarError::AccessDenied { code: "401".to_owned() };
        let mut course = Course::default();
        let after = |course: &mut Course, may| course.after(Miss::Unauthorized(denied()), Repeat::Reads, LONG, || may);
        assert_eq!(after(&mut Course::default(), false), Err(denied()));
        assert_eq!(after(&mut course, true), Ok(Duration::ZERO));
        assert_eq!(after(&mut course, true), Err(denied()));
    }
}
