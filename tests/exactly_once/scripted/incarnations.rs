//! A new event under an id that had one before: when it may be created, and what it keeps of the earlier one.

use crate::error_kind::Kind;
use chrono::TimeDelta;

use super::{MEETING, forgetful, kind, play, record, script, seconds, sleep, tamper};
use crate::{
    fake_calendar::Fate::*,
    ground::RECORD_LIFE,
    history::Ask::{Cancel, Schedule},
    stage::{DOUBT_WINDOW, Stage},
    world::now,
};

/// An event that a person deleted is created anew only after no other event of the same incarnation can appear.
#[test]
fn an_event_that_a_person_deleted_is_not_created_anew_while_a_duplicate_may_appear() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(40)), Fine]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        stage.calendar.delete_in_outlook().expect("an event");
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::InProgress));
        sleep(60).await;
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

/// The duplicate appears after the last search was executed, and the window ends before the answer arrives.
#[test]
fn an_event_that_a_person_deleted_is_judged_by_the_time_before_the_search() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(118)), Fine]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        stage.calendar.delete_in_outlook().expect("an event");
        sleep(115).await;
        script(&stage, "find", [Fine, SlowAnswer(seconds(20))]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::InProgress));
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

async fn deleted(stage: &Stage) {
    stage.call(MEETING, Schedule(0)).await.expect("scheduled");
    stage.call(MEETING, Cancel).await.expect("deleted");
}

#[test]
fn a_claim_with_other_content_keeps_the_tombstone() {
    play(async |stage| {
        deleted(&stage).await;
        script(&stage, "create", [NeverArrives]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
        tokio::time::sleep(DOUBT_WINDOW).await;
        script(&stage, "create", [Denied]);
        assert_eq!(kind(stage.call(MEETING, Schedule(1)).await), Err(Kind::AccessDenied));
        stage.call(MEETING, Cancel).await.expect("it is deleted");
        stage
    });
}

/// A late repeat of the claim finds the trace of the claim, also where the tombstone's own end is near.
#[test]
fn a_tombstone_that_ends_soon_is_kept_as_long_as_the_trace_of_a_claim() {
    play(async |stage| {
        deleted(&stage).await;
        let until = now() + TimeDelta::minutes(1);
        tamper(&stage, |record| record.deletion.as_mut().expect("a deletion").until = until);
        script(&stage, "create", [Denied]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::AccessDenied));
        assert!(record(&stage).forget_at(now(), RECORD_LIFE) > Some(now() + TimeDelta::minutes(59)));
        stage
    });
}

/// A repeat whose transaction the calendar remembers, although a person has deleted the event.
async fn repeats_a_transaction_that_is_gone(stage: &Stage) {
    script(stage, "create", [Unanswered]);
    assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
    stage.calendar.delete_in_outlook().expect("an event");
    tokio::time::sleep(DOUBT_WINDOW).await;
}

#[test]
fn a_new_incarnation_keeps_the_tombstone() {
    play(async |stage| {
        deleted(&stage).await;
        repeats_a_transaction_that_is_gone(&stage).await;
        script(&stage, "create", [Fine, Denied]);
        assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::AccessDenied));
        stage.call(MEETING, Cancel).await.expect("it is deleted");
        stage
    });
}

/// No event is created under an incarnation that is not on record.
#[test]
fn a_new_incarnation_is_not_used_after_another_request_took_the_record_over() {
    play(async |stage| {
        repeats_a_transaction_that_is_gone(&stage).await;
        script(&stage, "create", [SlowAnswer(seconds(5))]);
        let other = async {
            sleep(2).await;
            tamper(&stage, |record| record.token = uuid::Uuid::now_v7());
        };
        let (answer, ()) = futures_util::future::join(stage.call(MEETING, Schedule(0)), other).await;
        assert_eq!(kind(answer), Err(Kind::InProgress));
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}
