//! The booking protocol against a model: random, replayable schedules of calls, crashes and faults.
//!
//! Everything runs in virtual time on one thread, so a seed replays exactly:
//! `CONVENE_SEED=1234 cargo test --package convene-tests --test exactly_once`. `CONVENE_SCHEDULES=100000` runs more.

mod appointments;
mod bookings;
mod conformance;
mod conformance_appointments;
mod conformance_bookings;
mod conformance_ttl;
mod coverage;
mod error_kind;
mod fake_appointments;
mod fake_calendar;
mod fake_records;
mod fake_store;
mod ground;
mod history;
mod hold;
mod schedule;
mod scripted;
mod seen;
mod stage;
mod world;

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
};

use seen::Seen;

/// How many schedules of each kind `cargo test` runs.
const SCHEDULES: u64 = 20_000;
const SCHEDULES_OF_APPOINTMENTS: u64 = 10_000;
const SCHEDULES_OF_BOOKINGS: u64 = 5_000;

#[test]
fn invariants_hold_under_random_schedules() {
    run(SCHEDULES, schedule::run, schedule::EVERYTHING);
}

#[test]
fn invariants_hold_under_random_schedules_of_appointments() {
    run(SCHEDULES_OF_APPOINTMENTS, appointments::schedule::run, appointments::schedule::EVERYTHING);
}

#[test]
fn invariants_hold_under_random_schedules_of_bookings() {
    run(SCHEDULES_OF_BOOKINGS, bookings::schedule::run, bookings::schedule::EVERYTHING);
}

/// Plays many schedules, or the one that the environment names, and makes sure that they reached everything they are to.
#[expect(clippy::print_stdout, reason = "what the schedules reached")]
fn run(enough: u64, play: fn(u64, bool) -> Seen, everything: &[&str]) {
    if let Some(seed) = number("CONVENE_SEED") {
        play(seed, true);
        return;
    }
    let count = number("CONVENE_SCHEDULES").unwrap_or(enough);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let mut seen = Seen::default();
    let broken = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let _tells = TellsOfAPanic(broken);
                    let mut seen = Seen::default();
                    let seeds = (worker..count).step_by(usize::try_from(threads).expect("few threads"));
                    for seed in seeds.take_while(|_| !broken.load(Ordering::Relaxed)) {
                        seen.add(&play(seed, false));
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
    if count >= enough {
        seen.assert_happened(everything);
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
