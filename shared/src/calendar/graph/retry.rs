//! How long to wait before a request is sent again, and when not to.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::limits::AT_ONCE;
use crate::calendar::CalendarError;

/// What a second sending of the same request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
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
    pub(super) fn patience(self) -> Duration {
        match self {
            Self::Reads | Self::ReadsOnce => Duration::from_secs(8),
            Self::Idempotent | Self::Deletes => Duration::from_secs(12),
            Self::Never => Duration::MAX,
        }
    }

    /// The longest that an attempt of a batch with so many items may take. Graph carries out a few of them at a time, so
    /// that the last has to wait for all rounds before its own: what is slow is not lost.
    pub(super) fn patience_for_batch(self, items: usize) -> Duration {
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
pub(super) struct Attempts {
    failed: u32,
    throttled: u32,
}

impl Attempts {
    /// Records a failed attempt and says how long to wait before the next one. `None`: there is to be no next one.
    pub(super) fn next(&mut self, error: &CalendarError, repeat: Repeat, remaining: Duration) -> Option<Duration> {
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
pub(super) fn backoff(base: Duration, attempts_before: u32) -> Duration {
    let bytes = Uuid::new_v4().into_bytes();
    let chance = f64::from(u16::from_be_bytes([bytes[0], bytes[1]])) / f64::from(u16::MAX);
    (base * 2_u32.pow(attempts_before.min(10))).mul_f64(0.75 + chance / 2.0)
}

/// Reads `Retry-After`: seconds, which Graph writes with a fraction at times, or a date.
pub(super) fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn throttled(seconds: Option<u64>) -> CalendarError {
        CalendarError::Throttled { retry_after: seconds.map(Duration::from_secs) }
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        let now = DateTime::from_timestamp(1_445_412_470, 0).expect("a time");
        for (text, wait) in [
            ("2.128", Some(Duration::from_millis(2128))),
            (" 10 ", Some(Duration::from_secs(10))),
            ("0", Some(Duration::ZERO)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(Duration::from_secs(10))),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(text, now), wait, "{text:?}");
        }
    }

    #[test]
    fn what_graph_asks_is_honoured_where_it_fits() {
        let mut attempts = Attempts::default();
        assert_eq!(attempts.next(&throttled(Some(7)), Repeat::Never, LONG), Some(Duration::from_secs(7)));
        assert_eq!(attempts.next(&throttled(Some(7)), Repeat::Never, Duration::from_secs(7)), None);
        assert_eq!(attempts.next(&throttled(Some(0)), Repeat::Never, LONG), Some(SHORTEST_WAIT));
    }

    #[test]
    fn without_being_told_the_wait_doubles() {
        for (before, least, most) in [(0, 375, 625), (1, 750, 1250), (3, 3000, 5000)] {
            let wait = backoff(Duration::from_millis(500), before).as_millis();
            assert!((least..=most).contains(&wait), "{before}: {wait}");
        }
    }

    #[test]
    fn a_create_is_sent_again_only_when_nothing_happened() {
        let failed = CalendarError::Failed { cause: String::new(), retry_after: None };
        let lost = CalendarError::Unanswered { cause: String::new() };
        let unsent = CalendarError::NotSent { cause: String::new(), timed_out: false };
        let late = CalendarError::NotSent { cause: String::new(), timed_out: true };
        let busy = throttled(None);
        let next = |error, repeat| Attempts::default().next(error, repeat, LONG).is_some();
        assert!(!next(&failed, Repeat::Never) && !next(&lost, Repeat::Never));
        assert!(next(&unsent, Repeat::Never) && next(&busy, Repeat::Never));
        assert!(next(&failed, Repeat::Reads) && next(&lost, Repeat::Idempotent));
        assert!(next(&busy, Repeat::Reads));
        assert!(![&failed, &lost, &unsent, &busy].into_iter().any(|error| next(error, Repeat::ReadsOnce)));
        assert!(!next(&late, Repeat::Reads) && !next(&CalendarError::EventNotFound, Repeat::Reads));
    }

    #[test]
    fn a_batch_is_waited_for_as_long_as_its_items_take() {
        for (items, rounds) in [(1, 1), (4, 1), (5, 2), (20, 5)] {
            let patience = Repeat::Idempotent.patience();
            assert_eq!(Repeat::Idempotent.patience_for_batch(items), patience * rounds, "{items}");
        }
        assert_eq!(Repeat::Never.patience_for_batch(20), Duration::MAX);
    }

    #[test]
    fn patience_ends() {
        let mut attempts = Attempts::default();
        let failed = CalendarError::Failed { cause: String::new(), retry_after: None };
        let waits = (0..10).map_while(|_| attempts.next(&failed, Repeat::Reads, LONG)).count();
        assert_eq!(waits, 2);
    }
}
