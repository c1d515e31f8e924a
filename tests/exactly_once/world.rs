//! What the fakes share: seeded chance, virtual time, and what happened.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

/// How often each kind of fault strikes in one schedule, and which of Graph's safeguards fail.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Chance in a hundred that an operation is hit by some fault.
    pub fault_percent: u32,
    /// The calendar service forgets transaction ids.
    pub forgets: bool,
    /// How long an event stays invisible to the marker lookup.
    pub filter_lag: Duration,
    /// The service answers a repeated transaction with an error instead of the event.
    pub duplicate_error: bool,
    /// Requests may be carried out long after nobody waits for them.
    pub late_landing: bool,
}

/// One schedule's world.
#[derive(Clone)]
pub struct World {
    chance: Arc<Mutex<StdRng>>,
    /// The faults of this schedule.
    pub weather: Weather,
    calm: Arc<Mutex<bool>>,
    trace: bool,
    start: Instant,
}

thread_local! {
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The wall clock in virtual time.
pub fn now() -> DateTime<Utc> {
    let start = START.get().expect("a world was begun on this thread");
    let epoch = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("a valid time");
    epoch + (Instant::now() - start)
}

impl World {
    /// A world whose chance is decided by the seed.
    pub fn begin(seed: u64, trace: bool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let forgets = rng.random_ratio(1, 4);
        // One of the two safeguards holds at any time: without both, nobody could promise anything.
        let lags = !forgets && rng.random_ratio(1, 3);
        let weather = Weather {
            fault_percent: [0, 10, 30, 60][rng.random_range(0..4)],
            forgets,
            filter_lag: if lags { Duration::from_secs(rng.random_range(1..40)) } else { Duration::ZERO },
            duplicate_error: rng.random_ratio(1, 4),
            late_landing: rng.random_ratio(1, 2),
        };
        let start = Instant::now();
        START.set(Some(start));
        Self { chance: Arc::new(Mutex::new(rng)), weather, calm: Arc::default(), trace, start }
    }

    /// Chance itself.
    pub fn chance(&self) -> MutexGuard<'_, StdRng> {
        self.chance.lock().expect("not poisoned")
    }

    /// Ends all faults.
    pub fn calm_down(&self) {
        *self.calm.lock().expect("not poisoned") = true;
    }

    /// Whether faults have ended.
    pub fn is_calm(&self) -> bool {
        *self.calm.lock().expect("not poisoned")
    }

    /// Whether a fault strikes now.
    pub fn fault(&self) -> bool {
        !self.is_calm() && self.chance().random_ratio(self.weather.fault_percent, 100)
    }

    /// A whole number below `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.chance().random_range(0..bound)
    }

    /// Passes some virtual time.
    pub async fn pause(&self, most: Duration) {
        let millis = self.below(u64::try_from(most.as_millis()).expect("short").max(1));
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Says what happens, when a single seed is replayed.
    #[expect(clippy::print_stdout, reason = "the trace of a replayed seed")]
    pub fn say(&self, what: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>9.3}s {}", (Instant::now() - self.start).as_secs_f64(), what());
        }
    }
}
