//! Schedules that broke the promise in earlier versions of the protocol, found by its mutations and reviews.

use futures_util::future::join;

use super::{
    super::{
        records::StoreFate::{Repeated, Slow},
        stage::{
            Ask,
            Configuration::{Collective, Confirmed, RoundRobin},
            first_start, member,
        },
    },
    CLAIM_OVER, DOUBT_OVER, Fate, book, booked, call, dies, forgetful, host, later, play, seconds, sleep,
};
use crate::world::now;

/// A booking's second event lands late, at the time that the booking had then. A move in between must not give that time away.
#[test]
fn a_move_keeps_the_time_before_while_a_double_may_appear_there() {
    play(async |stage| {
        forgetful(&stage);
        stage.calendar.script("create", Fate::FailedAndLate(seconds(40)));
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        call(&stage, Ask::Reschedule { booking, start: 2 }).await;
        call(&stage, book(Collective, 0, 1)).await;
        stage
    });
}

/// As above, and a person moves the event.
#[test]
fn a_record_does_not_follow_its_event_while_a_double_may_appear() {
    play(async |stage| {
        forgetful(&stage);
        stage.calendar.script("create", Fate::FailedAndLate(seconds(40)));
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.person("moves", |entry| {
            entry.span = Collective.span(4);
            entry.moved_by_person = true;
        });
        call(&stage, Ask::Read { booking }).await;
        call(&stage, book(Collective, 0, 1)).await;
        stage
    });
}

/// A person deletes the event while a confirmation is unfinished. Its double is still to come.
#[test]
fn an_event_that_may_still_appear_is_not_gone_during_a_confirmation() {
    play(async |stage| {
        forgetful(&stage);
        stage.calendar.script("create", Fate::FailedAndLate(seconds(100)));
        let (booking, _) = booked(&stage, Confirmed, 0, 0).await;
        stage.calendar.script("change", Fate::Swallowed);
        dies(&stage, 1, Ask::Confirm { booking }).await;
        stage.calendar.person("deletes", |entry| entry.live = false);
        sleep(CLAIM_OVER).await;
        call(&stage, Ask::Read { booking }).await;
        call(&stage, book(Confirmed, 0, 1)).await;
        stage
    });
}

/// The version that the addition wrote comes back after another request has added an entry.
#[test]
fn a_repeated_addition_does_not_restore_an_earlier_version() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.person("moves", |entry| {
            entry.span = Collective.span(4);
            entry.moved_by_person = true;
        });
        for _ in 0..2 {
            stage.records.script("edit Add", Repeated(seconds(10)));
        }
        assert_eq!(call(&stage, Ask::Read { booking }).await, "ok");
        stage.records.script("hold", Slow(seconds(20)));
        let answers = join(call(&stage, book(Collective, 6, 1)), later(&stage, 1, book(Collective, 6, 2))).await;
        assert_eq!(answers, ("SlotUnavailable".to_owned(), "ok".to_owned()));
        stage
    });
}

/// The organizer has moved the tentative event to another day.
#[test]
fn a_pending_booking_expires_at_the_start_that_the_calendar_shows() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Confirmed, 0, 0).await;
        stage.calendar.person("moves", |entry| {
            entry.span = Confirmed.span(48);
            entry.moved_by_person = true;
        });
        tokio::time::sleep((first_start() - now()).to_std().expect("ahead")).await;
        assert_eq!(call(&stage, Ask::Read { booking }).await, "ok");
        assert_eq!(stage.calendar.live().len(), 1);
        stage
    });
}

/// A host whose booking a person deleted was not booked, nor one whose booking never came to be.
#[test]
fn a_booking_that_is_gone_was_no_turn() {
    play(async |stage| {
        assert_eq!(host(&stage, RoundRobin, 0, 0).await, member(1));
        let (second, _) = booked(&stage, RoundRobin, 1, 1).await;
        stage.calendar.person_at(1, "deletes", |entry| entry.live = false);
        // Right after it was booked, an event that is not found may be there.
        sleep(DOUBT_OVER).await;
        assert_eq!(call(&stage, Ask::Read { booking: second }).await, "ok");
        assert_eq!(host(&stage, RoundRobin, 2, 2).await, member(2));
        stage
    });
    play(async |stage| {
        assert_eq!(host(&stage, RoundRobin, 0, 0).await, member(1));
        stage.calendar.script("create", Fate::Swallowed);
        dies(&stage, 1, book(RoundRobin, 1, 1)).await;
        sleep(DOUBT_OVER).await;
        assert_eq!(host(&stage, RoundRobin, 1, 2).await, member(1));
        assert_eq!(host(&stage, RoundRobin, 2, 3).await, member(2));
        stage
    });
}

/// The event was found by its marker. Its own time does not keep the booking from moving by half its length.
#[test]
fn an_adopted_event_does_not_keep_its_booking_from_an_overlapping_time() {
    play(async |stage| {
        stage.calendar.script("create", Fate::Unanswered);
        assert_ne!(call(&stage, book(Collective, 0, 0)).await, "ok");
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        sleep(6 * 60).await;
        assert_eq!(call(&stage, Ask::Reschedule { booking, start: 1 }).await, "ok");
        stage
    });
}

/// The change is on record. That the entries are not is nothing that the caller has to know.
#[test]
fn slow_entries_do_not_fail_a_move() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.records.script("edit Remove", Slow(seconds(28)));
        assert_eq!(call(&stage, Ask::Reschedule { booking, start: 2 }).await, "ok");
        stage
    });
}
