//! Deletes and tombstones.

use convene::scheduling::records::event::State;
use uuid::Uuid;

use super::{MEETING, doubled, forgetful, kind, play, record, script, seconds, sleep, tamper};
use crate::{
    error_kind::Kind,
    fake_calendar::Fate::*,
    fake_records::Fate as StoreFate,
    ground::RECORD_LIFE,
    history::Ask::{Cancel, Read, Schedule},
    stage::{DOUBT_WINDOW, Stage},
    world::now,
};

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
            let until = record(&stage).forget_at(now(), RECORD_LIFE);
            sleep(5).await;
            stage.records.script("claim", fate);
            script(&stage, "create", [Denied]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::AccessDenied));
            assert_eq!(record(&stage).forget_at(now(), RECORD_LIFE), until);
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
            tokio::time::sleep(DOUBT_WINDOW).await;
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
fn a_clock_that_is_ahead_holds_nobody_up() {
    play(async |stage| {
        let ahead = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 4_000_000_000, 0));
        deleted(&stage).await;
        tamper(&stage, |record| record.token = ahead);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        assert!(record(&stage).token > ahead);
        let further = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 5_000_000_000, 0));
        tamper(&stage, |record| record.token = further);
        stage.call(MEETING, Cancel).await.expect("deleted");
        assert!(record(&stage).token > further);
        stage
    });
}
