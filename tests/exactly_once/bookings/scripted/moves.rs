//! Moves that overlap, or whose senders die.

use convene::scheduling::records::booking::ChangeKind;
use futures_util::future::join;

use super::{
    super::{
        records::StoreFate::Slow,
        stage::{
            Ask,
            Configuration::{Collective, Confirmed, RoundRobin},
        },
    },
    CLAIM_OVER, DOUBT_OVER, Fate, book, booked, call, dies, later, play, seconds, shown, sleep,
};

/// The first move read the record before the second one claimed its target, whose request is still on its way.
#[test]
fn of_two_moves_at_once_one_waits() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.records.script("hold", Slow(seconds(3)));
        stage.calendar.script("change", Fate::Late(seconds(15)));
        let first = call(&stage, Ask::Reschedule { booking, start: 4 });
        let second = later(&stage, 1, Ask::Reschedule { booking, start: 2 });
        let rival = later(&stage, 6, book(Collective, 2, 1));
        let ((first, second), rival) = join(join(first, second), rival).await;
        assert_eq!((&*first, &*second, &*rival), ("InProgress", "ok", "SlotUnavailable"));
        stage
    });
}

/// Both the time before and the target are taken while the request may land.
#[test]
fn a_move_whose_sender_died_keeps_both_times() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.script("change", Fate::Late(seconds(90)));
        dies(&stage, 1, Ask::Reschedule { booking, start: 2 }).await;
        for start in [0, 2] {
            assert_eq!(call(&stage, book(Collective, start, 1)).await, "SlotUnavailable");
        }
        sleep(CLAIM_OVER).await;
        for start in [0, 2] {
            assert_eq!(call(&stage, book(Collective, start, 2)).await, "SlotUnavailable");
        }
        assert_eq!(call(&stage, Ask::Reschedule { booking, start: 4 }).await, "InProgress");
        sleep(90).await;
        assert_eq!(call(&stage, book(Collective, 2, 3)).await, "SlotUnavailable");
        assert_eq!(call(&stage, book(Collective, 0, 3)).await, "ok");
        stage
    });
}

/// The sender is answered 500, and the request lands later.
#[test]
fn a_move_that_failed_ambiguously_keeps_both_times() {
    play(async |stage| {
        let (booking, _) = booked(&stage, RoundRobin, 0, 0).await;
        stage.calendar.script("change", Fate::FailedAndLate(seconds(60)));
        assert_ne!(call(&stage, Ask::Reschedule { booking, start: 2 }).await, "ok");
        for guest in [1, 2] {
            call(&stage, book(RoundRobin, 0, guest)).await;
            call(&stage, book(RoundRobin, 2, guest + 10)).await;
        }
        sleep(70).await;
        assert_eq!(call(&stage, Ask::Reschedule { booking, start: 2 }).await, "ok");
        stage
    });
}

/// The removal of the first member's entry arrives after the booking has returned to that time.
#[test]
fn a_late_removal_spares_the_entry_of_a_return() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.records.script("edit Remove", Slow(seconds(20)));
        assert_eq!(call(&stage, Ask::Reschedule { booking, start: 2 }).await, "ok");
        assert_eq!(call(&stage, Ask::Reschedule { booking, start: 0 }).await, "ok");
        sleep(60).await;
        assert_eq!(call(&stage, book(Confirmed, 0, 1)).await, "SlotUnavailable");
        stage
    });
}

#[test]
fn a_move_brings_its_content() {
    play(async |stage| {
        let (booking, before) = booked(&stage, Collective, 0, 0).await;
        let moved = shown(&stage, Ask::Reschedule { booking, start: 2 }).await;
        assert_eq!((&*before.content.title, &*moved.content.title), ("", "place2"));
        assert_eq!((moved.unfinished, moved.change.kind), (None, ChangeKind::Rescheduled));
        assert!(stage.calendar.live()[0].subject.ends_with("place2"));
        // The booking has that time.
        let (again, _) = booked(&stage, Collective, 4, 1).await;
        let unmoved = shown(&stage, Ask::Reschedule { booking: again, start: 4 }).await;
        assert_eq!((&*unmoved.content.title, unmoved.change.kind), ("", ChangeKind::Booked));
        stage
    });
}

/// Another request finds the event at the new time.
#[test]
fn a_move_whose_sender_died_brings_its_content_if_it_landed() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.script("change", Fate::Late(seconds(10)));
        dies(&stage, 1, Ask::Reschedule { booking, start: 2 }).await;
        sleep(CLAIM_OVER).await;
        let moved = shown(&stage, Ask::Read { booking }).await;
        assert_eq!((moved.time.span, &*moved.content.title), (Collective.span(2), "place2"));
        stage
    });
}

#[test]
fn a_move_that_never_landed_leaves_the_content() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.script("change", Fate::Swallowed);
        dies(&stage, 1, Ask::Reschedule { booking, start: 2 }).await;
        sleep(DOUBT_OVER).await;
        let unmoved = shown(&stage, Ask::Read { booking }).await;
        assert_eq!((unmoved.time.span, &*unmoved.content.title), (Collective.span(0), ""));
        stage
    });
}
