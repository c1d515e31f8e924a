//! Schedules that were written by hand: what random ones reach too rarely to be relied upon for.

mod counts;
mod deletes;
mod doubles;
mod incarnations;
mod races;

use std::{future::Future, time::Duration};

use convene::scheduling::SchedulingError;
use convene::scheduling::records::event::Record;

use crate::{
    error_kind::Kind,
    fake_calendar::Fate::{self, *},
    history::{Ask::Schedule, Key},
    stage::Stage,
    world::{Weather, World},
};

const MEETING: Key = Key { tenant: "contoso", id: 0 };
/// Past every claim, and before a window that began with it is over.
const CLAIM_OVER: Duration = Duration::from_secs(31);

/// Plays a schedule in fine weather, in which only what is scripted goes wrong, and checks what must always be true.
fn play<F: Future<Output = Stage>>(script: impl FnOnce(Stage) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let stage = script(Stage::new(World::begin(0, true))).await;
        // Whatever is on its way lands; the next call finds one meeting, or none.
        sleep(10 * 60).await;
        stage.until_decided(MEETING, Schedule(0)).await.expect("decided").expect("scheduled");
        assert_eq!(stage.contents(MEETING), [0]);
        assert_eq!(stage.world.history.broken(), [""; 0]);
    });
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn kind(answer: Result<Option<String>, SchedulingError>) -> Result<(), Kind> {
    answer.map(drop).map_err(|error| Kind::of(&error))
}

/// `fates` of the next requests of a kind.
fn script<const N: usize>(stage: &Stage, request: &'static str, fates: [Fate; N]) {
    for fate in fates {
        stage.calendar.script(request, fate);
    }
}

fn record(stage: &Stage) -> Record {
    stage.record(MEETING).expect("a record")
}

fn tamper(stage: &Stage, change: impl FnOnce(&mut Record)) {
    change(stage.records.items().values_mut().next().expect("a record"));
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn forgetful(stage: &Stage) {
    stage.world.turn(Weather { forgets: true, ..Weather::default() });
}

/// Two events: the service forgot that it had made one, which it did late. The one on record came first.
async fn doubled(stage: &Stage) {
    forgetful(stage);
    script(stage, "create", [FailedAndLate(seconds(5))]);
    stage.call(MEETING, Schedule(0)).await.expect("scheduled");
    sleep(6).await;
    assert_eq!(stage.contents(MEETING), [0, 0]);
}
