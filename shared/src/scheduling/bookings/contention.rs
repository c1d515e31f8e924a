//! Other transactions write the same items.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    call::CallContext,
    problem::{Kind, Problem},
    scheduling::SchedulingError,
};

/// The wait before a claim that met other transactions is tried again, at most; it is multiplied by the number of attempts.
const CONTENTION_DELAY: Duration = Duration::from_millis(40);
/// Attempts after which the wait does not grow any more.
const MAX_DELAY_FACTOR: u32 = 10;

/// A random part of the wait before a claim that met other transactions is tried again. `None`: there is no time for it.
pub(super) fn contention_delay(call: &CallContext, attempt: u32) -> Option<Duration> {
    let delay = jittered(CONTENTION_DELAY * MAX_DELAY_FACTOR.min(attempt));
    (delay < call.deadline.remaining()).then_some(delay)
}

/// A random part of a time.
fn jittered(max: Duration) -> Duration {
    let [byte, ..] = *Uuid::new_v4().as_bytes();
    max * (u32::from(byte) + 1) / 256
}

/// Other requests kept this one from claiming anything until its time was over. Nothing is known about the slot.
pub(super) fn contended() -> SchedulingError {
    let message = "Too many bookings are being made at the same time. The same call may be repeated safely.";
    Problem::new(Kind::Unavailable, message).retry_after(Some(Duration::from_secs(2))).into()
}
