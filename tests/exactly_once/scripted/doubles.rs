//! Creations that land late, and the doubles that come of them.

use std::time::Duration;

use convene::scheduling::records::event::State;
use uuid::Uuid;

use super::{CLAIM_OVER, MEETING, doubled, forgetful, kind, play, record, script, seconds, sleep};
use crate::{
    error_kind::Kind,
    fake_calendar::Fate::*,
    fake_records::Fate as StoreFate,
    history::Ask::{Cancel, Read, Schedule, Update},
    stage::DOUBT_WINDOW,
    world::{Weather, now},
};

#[test]
fn a_create_that_failed_may_land_late() {
    play(async |stage| {
        forgetful(&stage);
        script(&stage, "create", [FailedAndLate(seconds(40))]);
        stage.call(MEETING, Schedule(0)).await.expect("scheduled");
        assert_eq!((record(&stage).outstanding_creates, record(&stage).ambiguous_creates), (1, 1));
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
        assert_eq!((record(&stage).outstanding_creates, record(&stage).ambiguous_creates), (0, 2));
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
        assert!(record(&stage).in_doubt_until.is_some());
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(stage.contents(MEETING), [0]);
        tokio::time::sleep(CLAIM_OVER + DOUBT_WINDOW).await;
        stage.call(MEETING, Read).await.expect("there is one");
        assert_eq!(record(&stage).in_doubt_until, None);
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
            let until = record(&stage).in_doubt_until;
            sleep(100).await;
            script(&stage, "find", [fate]);
            assert!(stage.call(MEETING, Schedule(0)).await.is_err());
            assert_eq!(record(&stage).in_doubt_until, until);
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
            // What takes the place of an event that is gone is looked for once more, and found.
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Ok(()));
            assert_eq!(stage.contents(MEETING).len(), if gone { 1 } else { 2 });
            stage
        });
    }
}

#[test]
fn a_meeting_whose_double_is_not_deleted_is_not_refused() {
    for fate in [Denied, MailboxUnknown] {
        play(async |stage| {
            forgetful(&stage);
            script(&stage, "create", [FailedAndLate(seconds(1)), SlowAnswer(seconds(2))]);
            script(&stage, "delete", [fate]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut), "{fate:?}");
            assert_eq!(stage.contents(MEETING).len(), 2);
            stage.until_decided(MEETING, Schedule(0)).await.expect("decided").expect("scheduled");
            assert_eq!(stage.contents(MEETING).len(), 1);
            stage
        });
    }
}

/// A repeat that creates the event may be told nothing of it. The window of the claim that it took over is no measure.
#[test]
fn an_event_that_a_late_repeat_creates_is_not_given_up_while_the_index_is_behind() {
    for fate in [Failed, Denied] {
        play(async |stage| {
            script(&stage, "create", [NeverArrives]);
            assert_eq!(kind(stage.call(MEETING, Schedule(0)).await), Err(Kind::TimedOut));
            sleep(200).await;
            stage.world.turn(Weather { filter_lag: seconds(30), ..Weather::default() });
            script(&stage, "find", [Fine, fate]);
            assert!(stage.call(MEETING, Schedule(0)).await.is_err(), "{fate:?}");
            assert_eq!(stage.contents(MEETING), [0]);
            assert_eq!(kind(stage.call(MEETING, Cancel).await), Err(Kind::InProgress), "{fate:?}");
            stage.until_decided(MEETING, Cancel).await.expect("decided").expect("cancelled");
            assert!(stage.contents(MEETING).is_empty());
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
            &convene::domain::ExternalId::new("nothing").expect("an id"),
            Uuid::nil(),
        );
        stage.calendar.entries().iter_mut().for_each(|entry| entry.marker = other.clone());
        assert!(record(&stage).in_doubt_until.is_some());
        tokio::time::sleep(DOUBT_WINDOW).await;
        stage.call(MEETING, Read).await.expect("there");
        assert_eq!(record(&stage).in_doubt_until, None);
        stage
    });
}
