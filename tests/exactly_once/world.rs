//! What the fakes share: seeded chance, virtual time, the weather, and what happened.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

use crate::{history::History, seen::Seen};

/// How often each kind of fault strikes, and which of Graph's safeguards fail.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of the service's, apart from the others")]
pub struct Weather {
    /// Chance in a hundred that an operation is hit by some fault.
    pub fault_percent: u32,
    /// The calendar service forgets transaction ids.
    pub forgets: bool,
    /// How long an event that is made now stays invisible to the marker lookup.
    pub filter_lag: Duration,
    /// The service answers a repeated transaction with an error instead of the event.
    pub duplicate_error: bool,
    /// Requests may be carried out long after nobody waits for them.
    pub late_landing: bool,
    /// The service refuses to delete an event that it does not find, instead of saying so.
    pub refuses_to_delete: bool,
}

impl Weather {
    fn by_chance(rng: &mut StdRng) -> Self {
        let forgets = rng.random_ratio(1, 4);
        // One of the two safeguards holds at any time: without both, nobody could promise anything.
        let lags = !forgets && rng.random_ratio(1, 3);
        Self {
            fault_percent: [0, 10, 30, 60][rng.random_range(0..4)],
            forgets,
            filter_lag: if lags { Duration::from_secs(rng.random_range(1..40)) } else { Duration::ZERO },
            duplicate_error: rng.random_ratio(1, 4),
            late_landing: rng.random_ratio(1, 2),
            refuses_to_delete: rng.random_ratio(1, 4),
        }
    }
}

/// One schedule's world.
#[derive(Clone)]
pub struct World {
    chance: Arc<Mutex<StdRng>>,
    weather: Arc<Mutex<Weather>>,
    /// What happened.
    pub history: Arc<History>,
    seen: Arc<Mutex<Seen>>,
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
    /// A world whose chance is decided by the seed, in fine weather.
    pub fn begin(seed: u64, trace: bool) -> Self {
        let start = Instant::now();
        START.set(Some(start));
        Self {
            chance: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))),
            weather: Arc::default(),
            history: Arc::default(),
            seen: Arc::default(),
            trace,
            start,
        }
    }

    /// Chance itself.
    pub fn chance(&self) -> MutexGuard<'_, StdRng> {
        self.chance.lock().expect("not poisoned")
    }

    /// The weather as it is now.
    pub fn weather(&self) -> Weather {
        *self.weather.lock().expect("not poisoned")
    }

    /// The weather turns.
    pub fn turn(&self, weather: Weather) {
        self.say(|| format!("{weather:?}"));
        *self.weather.lock().expect("not poisoned") = weather;
    }

    /// The weather turns by chance.
    pub fn turn_by_chance(&self) {
        let weather = Weather::by_chance(&mut self.chance());
        self.turn(weather);
    }

    /// Ends all faults. What is forgotten stays so.
    pub fn calm_down(&self) {
        self.turn(Weather { fault_percent: 0, ..self.weather() });
    }

    /// Whether a fault strikes now.
    pub fn fault(&self) -> bool {
        let percent = self.weather().fault_percent;
        percent > 0 && self.chance().random_ratio(percent, 100)
    }

    /// A whole number below `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.chance().random_range(0..bound)
    }

    /// Some time shorter than `most`, to the millisecond.
    pub fn time_below(&self, most: Duration) -> Duration {
        Duration::from_millis(self.below(u64::try_from(most.as_millis()).expect("short").max(1)))
    }

    /// Passes some virtual time.
    pub async fn pause(&self, most: Duration) {
        tokio::time::sleep(self.time_below(most)).await;
    }

    /// Takes down that something happened, which schedules are to reach.
    pub fn note(&self, what: impl Into<String>) {
        self.seen.lock().expect("not poisoned").note(what);
    }

    /// What was taken down so far.
    pub fn seen(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().expect("not poisoned"))
    }

    /// Says what happens, when a single seed is replayed.
    #[expect(clippy::print_stdout, reason = "the trace of a replayed seed")]
    pub fn say(&self, what: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>9.3}s {}", (Instant::now() - self.start).as_secs_f64(), what());
        }
    }
}
