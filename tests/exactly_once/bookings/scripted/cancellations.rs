//! What the attendees are told when a booking is cancelled.

use convene::scheduling::records::booking::{Actor, ChangeKind};

use super::{
    super::stage::{
        Ask,
        Configuration::{Collective, Confirmed},
        REASON,
    },
    CLAIM_OVER, Fate, booked, call, dies, play, shown, sleep,
};

#[test]
fn those_who_were_invited_are_told_the_reason() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        assert_eq!(call(&stage, Ask::Cancel { booking }).await, "ok");
        assert_eq!(stage.calendar.all()[0].comment.as_deref(), Some(REASON));
        stage
    });
}

/// No one was invited, and Graph cancels meetings only.
#[test]
fn the_event_of_a_pending_booking_is_deleted_without_a_word() {
    play(async |stage| {
        for ask in [|booking| Ask::Cancel { booking }, |booking| Ask::Reject { booking }] {
            let (booking, _) = booked(&stage, Confirmed, 0, 0).await;
            assert_eq!(call(&stage, ask(booking)).await, "ok");
        }
        let comments = stage.calendar.all().into_iter().map(|entry| entry.comment);
        assert_eq!(comments.collect::<Vec<_>>(), [None, None]);
        stage
    });
}

#[test]
fn a_repeat_of_a_cancellation_that_was_lost_tells_the_reason() {
    play(async |stage| {
        for (start, fate) in [(0, Fate::Swallowed), (2, Fate::Throttled), (4, Fate::NeverArrives)] {
            let (booking, _) = booked(&stage, Collective, start, 0).await;
            stage.calendar.script("delete", fate);
            if let Fate::Swallowed = fate {
                dies(&stage, 1, Ask::Cancel { booking }).await;
            } else {
                assert_ne!(call(&stage, Ask::Cancel { booking }).await, "ok");
            }
            sleep(CLAIM_OVER).await;
            assert_eq!(call(&stage, Ask::Cancel { booking }).await, "ok");
        }
        let comments: Vec<_> = stage.calendar.all().into_iter().filter_map(|entry| entry.comment).collect();
        assert_eq!(comments, [REASON; 3]);
        stage
    });
}

/// Whoever finishes it says what the guest said who began it.
#[test]
fn another_request_that_finishes_a_cancellation_tells_the_reason() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.script("delete", Fate::Swallowed);
        dies(&stage, 1, Ask::Cancel { booking }).await;
        sleep(CLAIM_OVER).await;
        let record = shown(&stage, Ask::Read { booking }).await;
        assert_eq!(stage.calendar.all()[0].comment.as_deref(), Some(REASON));
        assert_eq!((record.change.kind, record.change.by), (ChangeKind::Cancelled, Actor::Guest));
        assert_eq!((record.change.reason.as_deref(), record.ending), (Some(REASON), None));
        stage
    });
}

/// The answer to the first request was lost, and the event is gone.
#[test]
fn a_repeat_of_a_cancellation_that_was_carried_out_succeeds() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.script("delete", Fate::Unanswered);
        assert_ne!(call(&stage, Ask::Cancel { booking }).await, "ok");
        sleep(CLAIM_OVER).await;
        assert_eq!(call(&stage, Ask::Cancel { booking }).await, "ok");
        stage
    });
}
