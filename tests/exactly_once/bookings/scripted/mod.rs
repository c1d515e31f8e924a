//! Schedules of bookings that were written by hand: what random ones reach too rarely to be relied upon for.

mod cancellations;
mod entries;
mod faults;
mod holds;
mod moves;
mod pending;
mod permits;
mod turns;

use std::{future::Future, time::Duration};

use convene::{
    domain::EmailAddress,
    scheduling::{bookings::BookingError, records::booking::BookingRecord},
};

use super::{
    calendar::Fate,
    stage::{Answer, Ask, Configuration, Known, Stage, kind},
};
use crate::{
    stage::ANSWERED_BY,
    world::{Weather, World},
};

/// Until claims of requests that began just before have expired.
const CLAIM_OVER: u64 = 31;
/// Until nothing that such requests sent can land any more.
const DOUBT_OVER: u64 = 31 + 120;
/// Until entries that were added just before are not young any more.
const OLD: u64 = 11 * 60;

/// Plays a schedule in fine weather, in which only what is scripted goes wrong. Free/busy is far behind, and does not show
/// invitations: the ledger alone keeps bookings apart.
fn play<F: Future<Output = Stage>>(script: impl FnOnce(Stage) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let stage = script(Stage::new(World::begin(0, true), Duration::from_mins(5), false)).await;
        // Whatever is on its way lands.
        sleep(10 * 60).await;
        assert_eq!(stage.truth.broken(), [""; 0]);
    });
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn book(configuration: Configuration, start: i32, guest: u64) -> Ask {
    Ask::Book { configuration, start, guest }
}

/// A call that runs to its end. The kind of its answer.
async fn call(stage: &Stage, ask: Ask) -> String {
    kind(&answer(stage, ask).await)
}

/// A call that begins later.
async fn later(stage: &Stage, delay: u64, ask: Ask) -> String {
    sleep(delay).await;
    call(stage, ask).await
}

async fn answer(stage: &Stage, ask: Ask) -> Result<Answer, BookingError> {
    Box::pin(stage.call_within(ANSWERED_BY, ask)).await.expect("answered in time")
}

/// A call whose process dies after so many seconds.
async fn dies(stage: &Stage, after: u64, ask: Ask) {
    assert!(stage.call_within(seconds(after), ask).await.is_none(), "{ask:?} dies");
}

/// A booking that is made without any trouble.
async fn booked(stage: &Stage, configuration: Configuration, start: i32, guest: u64) -> (Known, BookingRecord) {
    match answer(stage, book(configuration, start, guest)).await {
        Ok(Answer::Booking(known, record)) => (known, *record),
        other => panic!("not booked: {other:?}"),
    }
}

/// A booking that a request was answered with.
async fn shown(stage: &Stage, ask: Ask) -> BookingRecord {
    match answer(stage, ask).await {
        Ok(Answer::Booking(_, record)) => *record,
        other => panic!("{ask:?}: {other:?}"),
    }
}

/// Who holds the event of a booking that is made without any trouble.
async fn host(stage: &Stage, configuration: Configuration, start: i32, guest: u64) -> EmailAddress {
    booked(stage, configuration, start, guest).await.1.event.organizer
}

fn forgetful(stage: &Stage) {
    stage.world.turn(Weather { forgets: true, ..Weather::default() });
}
