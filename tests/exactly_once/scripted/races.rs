//! Requests for the same meeting at the same time, and requests that have lost their claim.

use std::time::Duration;

use convene::{domain::EventId, scheduling::records::event::State};
use futures_util::future::join;

use super::{CLAIM_OVER, MEETING, doubled, forgetful, kind, play, record, script, seconds, sleep, tamper};
use crate::{
    error_kind::Kind,
    fake_calendar::Fate::*,
    fake_records::Fate as StoreFate,
    history::Ask::{Cancel, Read, Schedule, Update},
    stage::DOUBT_WINDOW,
    world::now,
};

/// The SDK repeats a write whose answer is lost, and the repeat finds the record that the first one stored.
#[test]
fn a_write_that_is_repeated_is_the_own_one() {
    play(async |stage| {
        script(&stage, "create", [Failed]);
        stage.records.script("replace by Creating", StoreFate::Repeated);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        tokio::time::sleep(DOUBT_WINDOW).await;
        script(&stage, "delete", [NeverArrives]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::TimedOut));
        stage.records.script("replace by Deleting", StoreFate::Repeated);
        stage.call(MEETING, Cancel).await.expect("deleted");
        stage
    });
}

/// The marker finds the event, so two answers that it does not exist are not believed.
#[test]
fn an_event_that_is_denied_twice_is_not_reported_missing() {
    for (ask, answer) in
        [(Read, Err(Kind::InProgress)), (Update, Err(Kind::InProgress)), (Cancel, Err(Kind::ServerBusy))]
    {
        play(async |stage| {
            stage.call(MEETING, Schedule(0)).await.expect("scheduled");
            let request = [("read", Read), ("change", Update), ("delete", Cancel)];
            let (request, _) = request.into_iter().find(|(_, other)| *other == ask).expect("a request");
            script(&stage, request, [EventUnknown, EventUnknown]);
            let deny_again = async {
                for _ in 0..100 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    stage.calendar.entries().iter_mut().for_each(|entry| entry.denied = false);
                }
            };
            let (told, ()) = join(stage.call(MEETING, ask), deny_again).await;
            assert_eq!(kind(told), answer, "{ask:?}");
            assert_eq!(stage.contents(MEETING), [0]);
            stage
        });
    }
}

/// Only one of two repeats sends a create, also where the calendar does not remember transactions.
#[test]
fn two_repeats_at_the_same_time_create_one_event() {
    for millis in (0..100).step_by(5) {
        play(async |stage| {
            forgetful(&stage);
            script(&stage, "create", [NeverArrives]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            let second = async {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                stage.call(MEETING, Schedule(0)).await
            };
            let answers = join(stage.call(MEETING, Schedule(0)), second).await;
            for answer in [answers.0, answers.1].map(kind) {
                assert!(matches!(answer, Ok(()) | Err(Kind::InProgress)), "{answer:?}");
            }
            assert_eq!(stage.contents(MEETING), [0], "after {millis} ms");
            stage
        });
    }
}

#[test]
fn a_delete_that_is_under_way_is_not_taken_over() {
    play(async |stage| {
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        script(&stage, "delete", [SlowAnswer(seconds(5))]);
        let second = async {
            sleep(1).await;
            stage.call(MEETING, Cancel).await
        };
        let (first, second) = join(stage.call(MEETING, Cancel), second).await;
        assert_eq!((kind(first), kind(second)), (Ok(()), Err(Kind::InProgress)));
        stage
    });
}

/// The clock of another machine is ahead, so a request there takes over a claim whose holder is alive.
#[test]
fn a_create_whose_event_another_request_deleted_is_not_answered_as_scheduled() {
    play(async |stage| {
        script(&stage, "create", [SlowAnswer(seconds(10))]);
        let other = async {
            sleep(1).await;
            tamper(&stage, |record| record.claim_expires = now());
            stage.call(MEETING, Cancel).await
        };
        let (created, deleted) = join(stage.call(MEETING, Schedule(0)), other).await;
        assert_eq!((kind(created), kind(deleted)), (Err(Kind::InProgress), Ok(())));
        assert_eq!(record(&stage).state, State::Deleted);
        stage
    });
}

/// The window is over. A request chooses the event on record; a person deletes that, and another request adopts the duplicate
/// before the first one's write arrives.
#[test]
fn a_request_whose_view_is_outdated_deletes_nothing() {
    play(async |stage| {
        doubled(&stage).await;
        tokio::time::sleep(DOUBT_WINDOW).await;
        stage.records.script("replace by Active", StoreFate::Slow(seconds(10)));
        let other = async {
            sleep(1).await;
            assert_eq!(stage.calendar.delete_in_outlook(), record(&stage).event);
            stage.call(MEETING, Read).await
        };
        let (first, second) = join(stage.call(MEETING, Read), other).await;
        assert_eq!((kind(first), kind(second)), (Err(Kind::InProgress), Ok(())));
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

#[test]
fn duplicates_found_after_the_window_are_searched_again() {
    play(async |stage| {
        doubled(&stage).await;
        tokio::time::sleep(DOUBT_WINDOW).await;
        script(&stage, "delete", [Throttled]);
        assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::ServerBusy));
        assert_eq!(stage.contents(MEETING), [0, 0]);
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(stage.contents(MEETING), [0]);
        stage
    });
}

/// The delete of a duplicate is sent a long time after the record was written. As long as it may take effect, the duplicate is
/// not adopted.
#[test]
fn a_duplicate_is_not_adopted_while_a_delete_sent_late_may_take_effect() {
    play(async |stage| {
        doubled(&stage).await;
        tokio::time::sleep(DOUBT_WINDOW).await;
        stage.records.script("replace by Active", StoreFate::Slow(seconds(20)));
        script(&stage, "delete", [Late(seconds(118))]);
        assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::TimedOut));
        sleep(100).await;
        assert_eq!(stage.calendar.delete_in_outlook(), record(&stage).event);
        assert_eq!(kind(stage.call(MEETING, Read).await), Err(Kind::InProgress));
        stage
    });
}

/// Every path to an event that is not on record takes the oldest one.
#[test]
fn the_oldest_of_duplicates_is_adopted() {
    for ask in [Read, Schedule(0)] {
        play(async |stage| {
            forgetful(&stage);
            script(&stage, "create", [FailedAndLate(seconds(5)), Fine]);
            stage.records.script("replace by Active", StoreFate::Lost);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            tokio::time::sleep(CLAIM_OVER).await;
            let oldest = stage.calendar.entries()[0].id.clone();
            stage.until_decided(MEETING, ask).await.expect("decided").expect("adopted");
            assert_eq!(record(&stage).event, Some(oldest), "{ask:?}");
            stage
        });
    }
    play(async |stage| {
        doubled(&stage).await;
        tokio::time::sleep(DOUBT_WINDOW).await;
        let oldest = stage.calendar.entries()[0].id.clone();
        tamper(&stage, |record| record.event = Some(EventId("gone".to_owned())));
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(record(&stage).event, Some(oldest));
        stage
    });
}

/// The id on record is not the event's id any more. The marker finds the event.
#[test]
fn an_event_with_another_id_is_deleted() {
    play(async |stage| {
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        tamper(&stage, |record| record.event = Some(EventId("gone".to_owned())));
        stage.call(MEETING, Cancel).await.expect("deleted");
        assert_eq!(stage.contents(MEETING), [0; 0]);
        stage
    });
}

/// A third event is found while the denial of the second one is verified, and cannot be deleted.
#[test]
fn a_delete_that_fails_at_an_event_found_later_is_not_called_off() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(5)), FailedAndLate(seconds(8)), Fine]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        sleep(6).await;
        script(&stage, "delete", [SlowAnswer(seconds(4)), EventUnknown, Fine, Throttled]);
        assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::ServerBusy));
        assert_eq!(stage.contents(MEETING), [0]);
        assert_eq!(record(&stage).state, State::Deleting);
        stage
    });
}
