//! The booking protocol against a model: random, replayable schedules of calls, crashes and faults.
//!
//! Everything runs in virtual time on one thread, so a seed replays exactly:
//! `CONVENE_SEED=1234 cargo test --package convene-tests --test exactly_once`. `CONVENE_SCHEDULES=100000` runs more.

mod conformance;
mod fake_calendar;
mod fake_records;
mod history;
mod schedule;
mod scripted;
mod stage;
mod world;

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
};

/// How many schedules `cargo test` runs.
const SCHEDULES: u64 = 20_000;

#[test]
#[expect(clippy::print_stdout, reason = "what the schedules reached")]
fn invariants_hold_under_random_schedules() {
    if let Some(seed) = number("CONVENE_SEED") {
        schedule::run(seed, true);
        return;
    }
    let count = number("CONVENE_SCHEDULES").unwrap_or(SCHEDULES);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let mut seen = schedule::Seen::default();
    let broken = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let _tells = TellsOfAPanic(broken);
                    let mut seen = schedule::Seen::default();
                    let seeds = (worker..count).step_by(usize::try_from(threads).expect("few threads"));
                    for seed in seeds.take_while(|_| !broken.load(Ordering::Relaxed)) {
                        seen.add(&schedule::run(seed, false));
                    }
                    seen
                })
            })
            .collect();
        for worker in workers {
            seen.add(&worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    println!("{count} schedules: {seen:?}");
    if count >= SCHEDULES {
        seen.assert_everything_happened();
    }
}

/// One broken seed is enough: nobody waits for the others.
struct TellsOfAPanic<'a>(&'a AtomicBool);

impl Drop for TellsOfAPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a number"))
}
