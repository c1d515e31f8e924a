//! What schedules that are written by hand are made of.

use std::{future::Future, time::Duration};

use convene::scheduling::records::appointment::{AppointmentRecord, Lock};

use super::{
    ask::{Asked, MAILBOXES, create, kinds},
    ends::End,
    stage::Stage,
};
use crate::{
    error_kind::Kind,
    fake_calendar::Fate,
    fake_store::Fate as StoreFate,
    history::{Key, Place},
    stage::DOUBT_WINDOW,
    world::World,
};

pub const APPOINTMENT: Key = Key { tenant: "contoso", id: 0 };
/// Another tenant's, with the same id, which nobody touches.
const NEIGHBOUR: Key = Key { tenant: "fabrikam", id: 0 };
/// After every lock has expired, and before a doubt window that began with the lock is over.
pub const HOLD_OVER: Duration = Duration::from_secs(31);

/// Plays a schedule in fine weather, in which only what is scripted goes wrong, and checks what must always be true.
pub fn play<F: Future<Output = Stage>>(script: impl FnOnce(Stage) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let stage = Stage::new(World::begin(0, true));
        stage.call(NEIGHBOUR, &create(0, [0, 1, 2, 3])).await;
        let stage = script(stage).await;
        (0..MAILBOXES).for_each(|mailbox| stage.calendar.send_away(mailbox, false));
        // Every request in flight is executed, and every lock and doubt window ends.
        sleep(10 * 60).await;
        end(&stage).check(None).await;
        assert_eq!(stage.contents(NEIGHBOUR), [[0], [0], [0], [0]]);
        assert_eq!(stage.world.history.broken(), [""; 0]);
    });
}

pub fn end(stage: &Stage) -> End<'_> {
    End { stage, seed: 0, key: APPOINTMENT }
}

pub async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

pub async fn hold_is_over() {
    tokio::time::sleep(HOLD_OVER).await;
}

pub async fn window_is_over() {
    tokio::time::sleep(HOLD_OVER + DOUBT_WINDOW).await;
}

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn place(mailbox: usize) -> Place {
    Place { key: APPOINTMENT, mailbox }
}

/// `fates` of the next requests of a kind.
pub fn script<const N: usize>(stage: &Stage, request: &'static str, fates: [Fate; N]) {
    for fate in fates {
        stage.calendar.script(request, fate);
    }
}

/// What came of each mailbox: `None` is a success.
pub async fn told(stage: &Stage, asked: &Asked) -> Vec<Option<Kind>> {
    kinds(&stage.call(APPOINTMENT, asked).await)
}

/// The same, once it is decided.
pub async fn decided(stage: &Stage, asked: &Asked) -> Vec<Option<Kind>> {
    kinds(&stage.until_decided(APPOINTMENT, asked).await.expect("decided"))
}

/// A call that is a success for everybody.
pub async fn succeeds(stage: &Stage, asked: &Asked) {
    let told = told(stage, asked).await;
    assert!(told.iter().all(Option::is_none), "{asked:?}: {told:?}");
}

/// The same, once it is decided.
pub async fn succeeds_in_the_end(stage: &Stage, asked: &Asked) {
    let told = decided(stage, asked).await;
    assert!(told.iter().all(Option::is_none), "{asked:?}: {told:?}");
}

pub fn record(stage: &Stage) -> AppointmentRecord {
    stage.record(APPOINTMENT).expect("a record")
}

pub fn all(kind: Kind, count: usize) -> Vec<Option<Kind>> {
    vec![Some(kind); count]
}

/// A call whose process dies after it has acquired the lock, and before its first calendar request.
pub async fn dies_after_opening(stage: &Stage, asked: &Asked) {
    stage.records.script(&format!("open to {}", asked.name()), StoreFate::Slow(seconds(1)));
    let died = stage.call_within(Duration::from_millis(500), APPOINTMENT, asked).await;
    assert!(died.is_none());
    sleep(1).await;
    assert!(matches!(record(stage).lock, Some(Lock { intent: Some(_), .. })));
}

/// A call that dies after one of two batches was carried out, and the other was lost.
pub async fn dies_between_batches(stage: &Stage, asked: &Asked) {
    script(stage, "batch", [Fate::Fine, Fate::Swallowed]);
    assert!(stage.call_within(seconds(2), APPOINTMENT, asked).await.is_none());
}
