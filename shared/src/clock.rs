//! The wall clock.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

/// The wall clock of a process, UTC. All that a request decides by the time of day takes it from here, so that a test can run
/// the product at a time of its choice.
///
/// Two things read the machine's clock instead: durations, which are measured by a clock without a date, and whatever Microsoft
/// has dated, such as the end of its tokens, which its own clock decides.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// A clock that shows what `now` returns.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Clock").field(&self.now()).finish()
    }
}
