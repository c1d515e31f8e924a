//! A clock that stands where a test puts it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::DateTime;
use convene::{Clock, domain::parse_utc};
use convene_local::Options;

/// A clock that stands until a test moves it: a limit can be met to the second, on any machine and any date.
///
/// What compares itself with Microsoft's clock, and the Graph simulator, go by the machine's. The embedded database, which goes
/// by it too, removes nothing while a stack has a clock of its own.
#[derive(Clone)]
pub struct StoppedClock(Arc<AtomicI64>);

impl StoppedClock {
    /// A clock that stands at this time, such as `2027-02-01T09:00:00Z`.
    pub fn at(time: &str) -> Self {
        Self(Arc::new(AtomicI64::new(seconds(time))))
    }

    /// Puts the clock to a time, forward or back.
    pub fn set(&self, time: &str) {
        self.0.store(seconds(time), Ordering::SeqCst);
    }

    /// Puts the clock forward.
    pub fn advance(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60, Ordering::SeqCst);
    }

    /// What a stack with this clock is started with.
    pub fn options(&self) -> Options {
        let seconds = Arc::clone(&self.0);
        let now = move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).expect("a time");
        Options { clock: Some(Clock::new(now)), ..Options::default() }
    }
}

/// A time in Unix seconds.
pub fn seconds(time: &str) -> i64 {
    parse_utc(time).expect("a time such as 2027-02-01T09:00:00Z").timestamp()
}
