//! How many create requests of a record may still take effect, and when its claim ends.

use crate::error_kind::Kind;

use super::{MEETING, forgetful, kind, play, record, script, seconds, sleep};
use crate::{
    fake_calendar::Fate::*,
    history::Ask::{Cancel, Read, Schedule},
    stage::KILLED_AFTER,
    world::{Weather, now},
};

/// Clocks of machines differ, so a claim ends later than the platform kills its holder.
#[test]
fn a_claim_outlives_its_holder() {
    play(async |stage| {
        let killed_at = now() + KILLED_AFTER;
        script(&stage, "create", [NeverArrives]);
        assert!(stage.call_within(std::time::Duration::from_millis(30), MEETING, Schedule(0)).await.is_none());
        assert!(record(&stage).claim_expires > killed_at, "{:?}", record(&stage));
        stage
    });
}

/// A request took over a claim and died after it sent its create. The window counts from its end, not from the first create.
#[test]
fn a_create_of_a_holder_that_died_has_a_window_of_its_own() {
    play(async |stage| {
        script(&stage, "create", [NeverArrives, Late(seconds(110))]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
        sleep(100).await;
        assert!(stage.call_within(seconds(2), MEETING, Schedule(0)).await.is_none());
        sleep(40).await;
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::InProgress));
        assert_eq!(kind(stage.until_decided(MEETING, Cancel).await.expect("decided")), Ok(()));
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}

#[test]
fn a_claim_without_an_answer_is_taken_over_at_once() {
    play(async |stage| {
        script(&stage, "create", [NeverArrives]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        stage
    });
}

/// The count of a repeat that sent no create is taken back, so the event can be deleted at once.
#[test]
fn a_repeat_that_sends_no_create_is_not_counted() {
    for search_fails in [false, true] {
        play(async |stage| {
            script(&stage, "create", [Unanswered]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            if search_fails {
                script(&stage, "find", [Throttled]);
                assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::ServerBusy));
            }
            assert_eq!(record(&stage).outstanding_creates, 1);
            stage.call(MEETING, Schedule(0)).await.expect("it is found");
            stage.call(MEETING, Cancel).await.expect("deleted at once");
            stage
        });
    }
}

/// The calendar's error for a duplicate transaction is a definite answer. With and without the event's id.
#[test]
fn a_create_that_is_answered_as_a_duplicate_is_not_counted() {
    for draws in 0..6 {
        play(async |stage| {
            stage.world.turn(Weather { filter_lag: seconds(30), duplicate_error: true, ..Weather::default() });
            for _ in 0..draws {
                stage.world.below(2);
            }
            script(&stage, "create", [Unanswered]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            let answer = kind(stage.call(MEETING, Schedule(0)).await);
            assert!(matches!(answer, Ok(()) | Err(Kind::InProgress)), "{answer:?}");
            assert!(record(&stage).outstanding_creates <= 1, "{answer:?}: {:?}", record(&stage));
            stage
        });
    }
}

/// Two of three creates have landed. A tombstone would leave the third event without a record.
#[test]
fn a_duplicate_that_is_deleted_leaves_the_others_counted() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(5)), FailedAndLate(seconds(60)), Fine]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        sleep(6).await;
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(stage.contents(MEETING), [0]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::InProgress));
        assert_eq!(kind(stage.until_decided(MEETING, Cancel).await.expect("decided")), Ok(()));
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}

/// A caller does not repeat after a refusal, and would not learn of the event that appears after it.
#[test]
fn a_delete_is_not_refused_while_an_event_may_appear() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(40)), Fine]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        script(&stage, "delete", [Denied]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::TimedOut));
        stage
    });
}
