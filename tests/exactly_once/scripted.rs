//! Schedules that were written by hand: what random ones reach too rarely to be relied upon for.

use std::{future::Future, time::Duration};

use convene::{
    Problem,
    problem::Kind,
    scheduling::record::{Record, State},
};
use uuid::Uuid;

use crate::{
    fake_calendar::Fate::{self, *},
    fake_records::Fate as StoreFate,
    history::{
        Ask::{Cancel, Read, Schedule, Update},
        Key,
    },
    stage::{Stage, UNSETTLED},
    world::{Weather, World, now},
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

fn kind(answer: Result<Option<String>, Problem>) -> Result<(), Kind> {
    answer.map(drop).map_err(|problem| problem.kind)
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

#[test]
fn a_delete_that_was_taken_over_is_not_called_off() {
    play(async |stage| {
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        script(&stage, "delete", [Late(seconds(70))]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::TimedOut));
        script(&stage, "delete", [Throttled]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::ServerBusy));
        assert_eq!(record(&stage).state, State::Deleting);
        // Whoever books it now gets one that the delete under way does not reach.
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        sleep(60).await;
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

#[test]
fn a_delete_of_which_nothing_came_is_called_off() {
    play(async |stage| {
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        script(&stage, "delete", [Denied]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::AccessDenied));
        assert_eq!(record(&stage).state, State::Active);
        stage.call(MEETING, Read).await.expect("as it was");
        stage
    });
}

#[test]
fn a_delete_of_which_a_part_was_done_is_not_called_off() {
    play(async |stage| {
        doubled(&stage).await;
        script(&stage, "delete", [Fine, Throttled]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::ServerBusy));
        assert_eq!(record(&stage).state, State::Deleting);
        assert_eq!(kind(stage.until_decided(MEETING, Cancel).await.expect("decided")), Ok(()));
        stage
    });
}

#[test]
fn a_create_that_failed_may_land_late() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(40))]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        assert_eq!((record(&stage).unanswered, record(&stage).inconclusive), (1, 1));
        // A tombstone now would leave the late event to nobody.
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::InProgress));
        assert_eq!(kind(stage.until_decided(MEETING, Cancel).await.expect("decided")), Ok(()));
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}

#[test]
fn a_clash_does_not_land_late() {
    play(async |stage| {
        script(&stage, "create", [Clash]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        assert_eq!((record(&stage).unanswered, record(&stage).inconclusive), (0, 2));
        stage.call(MEETING, Cancel).await.expect("deleted at once");
        stage
    });
}

#[test]
fn a_process_that_dies_between_two_requests_is_not_counted_short() {
    play(async |stage| {
        forgetful(&stage);
        // The second request is sent and the process dies before it is answered.
        script(&stage, "create", [FailedAndLate(seconds(70)), SlowAnswer(seconds(20))]);
        let died = stage.call_within(seconds(2), MEETING, Schedule(0)).await;
        assert!(died.is_none());
        assert_eq!(stage.contents(MEETING), [0]);
        tokio::time::sleep(CLAIM_OVER).await;
        // One of two has landed.
        stage.call(MEETING, Read).await.expect("settled");
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::InProgress));
        assert_eq!(kind(stage.until_decided(MEETING, Cancel).await.expect("decided")), Ok(()));
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}

#[test]
fn an_incarnation_is_not_given_up_while_a_request_of_it_may_land() {
    for duplicate_error in [false, true] {
        play(async |stage| {
            forgetful(&stage);
            script(&stage, "create", [FailedAndLate(seconds(75)), Fine]);
            stage.records.script("replace by Active", StoreFate::Lost);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            stage.calendar.delete_in_outlook().expect("an event");
            tokio::time::sleep(CLAIM_OVER).await;
            // The service remembers the transaction of an event that is gone; and forgets it again.
            stage.world.turn(Weather { duplicate_error, ..Weather::default() });
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::InProgress));
            forgetful(&stage);
            sleep(60).await;
            // It has landed.
            assert_eq!(stage.contents(MEETING), [0]);
            stage
        });
    }
}

#[test]
fn doubles_are_deleted_only_by_who_has_put_the_other_on_record() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(5)), Fine]);
        stage.records.script("replace by Active", StoreFate::Lost);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
        tokio::time::sleep(CLAIM_OVER).await;
        for ask in [Read, Schedule(0)] {
            stage.records.script("replace by Active", StoreFate::Lost);
            assert!(stage.call(MEETING, ask).await.is_err());
            assert_eq!(stage.contents(MEETING), [0, 0], "{ask:?}");
            tokio::time::sleep(CLAIM_OVER).await;
        }
        stage.until_decided(MEETING, Read).await.expect("decided").expect("settled");
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

#[test]
fn doubles_that_could_not_be_deleted_are_looked_for_again() {
    play(async |stage| {
        doubled(&stage).await;
        script(&stage, "delete", [Throttled]);
        assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::ServerBusy));
        assert_eq!(stage.contents(MEETING), [0, 0]);
        assert!(record(&stage).unsettled_until.is_some());
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(stage.contents(MEETING), [0]);
        tokio::time::sleep(CLAIM_OVER + UNSETTLED).await;
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(record(&stage).unsettled_until, None);
        stage
    });
}

#[test]
fn a_double_that_may_yet_be_deleted_is_promised_to_nobody() {
    for (fate, in_the_end) in [(FailedAndLate(seconds(70)), Err(Kind::MeetingNotFound)), (Failed, Ok(()))] {
        play(async |stage| {
            doubled(&stage).await;
            script(&stage, "delete", [fate]);
            assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::ServerBusy));
            // A person deletes the other one.
            assert_eq!(stage.calendar.delete_in_outlook(), record(&stage).event);
            for ask in [Read, Update, Schedule(0), Schedule(1)] {
                assert_eq!(kind(stage.call(MEETING, ask).await), Err(Kind::InProgress), "{ask:?}");
            }
            assert_eq!(kind(stage.until_decided(MEETING, Read).await.expect("decided")), in_the_end);
            stage
        });
    }
}

#[test]
fn doubles_met_in_the_same_request_leave_no_claim_behind() {
    play(async |stage| {
        forgetful(&stage);
        // Both are made; the second is told of, both are found, and one cannot be deleted.
        script(&stage, "create", [FailedAndLate(Duration::from_millis(400)), Late(seconds(2))]);
        script(&stage, "delete", [Throttled]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::ServerBusy));
        assert_eq!(record(&stage).state, State::Active);
        stage.call(MEETING, Schedule(0)).await.expect("nothing is in progress");
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

#[test]
fn the_event_on_record_stays() {
    play(async |stage| {
        doubled(&stage).await;
        // Of the same age, as far as the service tells, and with an id that sorts before.
        let event = record(&stage).event.expect("an event");
        for entry in stage.calendar.entries().iter_mut().filter(|entry| entry.id == event) {
            entry.created = now();
        }
        let changed = stage.call(MEETING, Update).await;
        changed.expect("changed");
        assert_eq!(record(&stage).event, Some(event));
        stage.call(MEETING, Read).await.expect("there");
        stage
    });
}

#[test]
fn a_read_that_fails_leaves_the_window_as_it_is() {
    for fate in [Throttled, Failed, Unanswered] {
        play(async |stage| {
            script(&stage, "create", [NeverArrives]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            let until = record(&stage).unsettled_until;
            sleep(100).await;
            script(&stage, "find", [fate]);
            assert!(stage.call(MEETING, Schedule(0)).await.is_err());
            assert_eq!(record(&stage).unsettled_until, until);
            sleep(30).await;
            assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::MeetingNotFound));
            stage
        });
    }
}

#[test]
fn what_was_not_found_is_judged_by_the_time_before_one_looked() {
    for ask in [Read, Cancel, Schedule(1)] {
        play(async |stage| {
            script(&stage, "create", [FailedAndLate(seconds(118)), NeverArrives]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            sleep(115).await;
            // Nothing is found, an event appears, and the window ends, before the answer is there.
            script(&stage, "find", [SlowAnswer(seconds(20))]);
            assert_eq!(kind(stage.call(MEETING, ask).await), Err(Kind::InProgress), "{ask:?}");
            assert_eq!(stage.contents(MEETING), [0]);
            stage
        });
    }
}

#[test]
fn a_delete_that_finds_nothing_more_is_judged_by_the_time_before_it_looked() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(118)), Fine]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        sleep(110).await;
        script(&stage, "find", [SlowAnswer(seconds(20))]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::InProgress));
        assert_eq!(kind(stage.until_decided(MEETING, Cancel).await.expect("decided")), Ok(()));
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}

#[test]
fn a_double_that_appears_while_one_looks_is_found_by_the_next() {
    for gone in [false, true] {
        play(async |stage| {
            forgetful(&stage);
            script(&stage, "create", [FailedAndLate(seconds(118)), Fine]);
            stage.call(MEETING, Schedule(0)).await.expect("scheduled");
            if gone {
                stage.calendar.delete_in_outlook().expect("an event");
            }
            sleep(110).await;
            script(&stage, "find", [SlowAnswer(seconds(20))]);
            let told = if gone { Err(Kind::InProgress) } else { Ok(()) };
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), told);
            assert_eq!(stage.contents(MEETING).len(), if gone { 1 } else { 2 });
            stage
        });
    }
}

/// A meeting that was made and deleted.
async fn deleted(stage: &Stage) {
    stage.call(MEETING, Schedule(0)).await.expect("scheduled");
    stage.call(MEETING, Cancel).await.expect("deleted");
}

#[test]
fn a_claim_of_which_nothing_came_leaves_the_tombstone() {
    for fate in [StoreFate::Fine, StoreFate::Repeated] {
        play(async |stage| {
            deleted(&stage).await;
            let until = record(&stage).forget_at();
            sleep(5).await;
            stage.records.script("claim", fate);
            script(&stage, "create", [Denied]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::AccessDenied));
            assert_eq!(record(&stage).forget_at(), until);
            stage.call(MEETING, Cancel).await.expect("it is deleted");
            stage
        });
    }
}

#[test]
fn a_claim_whose_event_was_never_made_leaves_the_tombstone() {
    for ask in [Read, Cancel] {
        play(async |stage| {
            deleted(&stage).await;
            script(&stage, "create", [NeverArrives]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            tokio::time::sleep(UNSETTLED).await;
            let told = if ask == Read { Err(Kind::MeetingNotFound) } else { Ok(()) };
            assert_eq!(kind(stage.call(MEETING, ask).await), told);
            stage.call(MEETING, Cancel).await.expect("it is deleted");
            stage
        });
    }
}

#[test]
fn a_meeting_that_was_deleted_in_outlook_stays_deleted_when_it_cannot_be_made_anew() {
    play(async |stage| {
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        stage.calendar.delete_in_outlook().expect("an event");
        script(&stage, "create", [Denied]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::AccessDenied));
        stage.call(MEETING, Cancel).await.expect("it is deleted");
        stage
    });
}

#[test]
fn a_claim_that_was_taken_back_does_not_come_again() {
    for asked in [false, true] {
        play(async |stage| {
            stage.records.script("claim", StoreFate::LateDouble(seconds(5)));
            script(&stage, "create", [Denied]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::AccessDenied));
            if asked {
                assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::MeetingNotFound));
            }
            sleep(10).await;
            assert_eq!(record(&stage).state, State::Deleted);
            assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::MeetingNotFound));
            assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::MeetingNotFound));
            stage
        });
    }
}

#[test]
fn a_window_that_is_over_is_closed_where_the_event_has_lost_its_marker() {
    play(async |stage| {
        script(&stage, "create", [FailedAndLate(seconds(1))]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        let other = convene::domain::Marker::of_meeting(
            &convene::domain::TenantId::new("nobody").expect("a name"),
            &convene::domain::MeetingId::new("nothing").expect("an id"),
            Uuid::nil(),
        );
        stage.calendar.entries().iter_mut().for_each(|entry| entry.marker = other.clone());
        assert!(record(&stage).unsettled_until.is_some());
        tokio::time::sleep(UNSETTLED).await;
        stage.call(MEETING, Read).await.expect("there");
        assert_eq!(record(&stage).unsettled_until, None);
        stage
    });
}

#[test]
fn a_clock_that_is_ahead_holds_nobody_up() {
    play(async |stage| {
        let ahead = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 4_000_000_000, 0));
        deleted(&stage).await;
        tamper(&stage, |record| record.attempt = ahead);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        assert!(record(&stage).attempt > ahead);
        let further = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 5_000_000_000, 0));
        tamper(&stage, |record| record.attempt = further);
        stage.call(MEETING, Cancel).await.expect("deleted");
        assert!(record(&stage).attempt > further);
        stage
    });
}
