//! Requests that claim the same time, or die while they hold it.

use futures_util::future::join;

use super::super::stage::Ask;
use super::{
    super::{
        records::StoreFate::{Contended, Slow},
        stage::Configuration::{Collective, Confirmed, RoundRobin, Watched},
    },
    CLAIM_OVER, DOUBT_OVER, Fate, book, booked, call, dies, later, play, seconds, sleep,
};

/// The repeat reads the hold just before it can be ended, and writes after the rival has ended it and booked.
#[test]
fn a_hold_that_a_rival_ended_is_not_taken_over() {
    play(async |stage| {
        stage.calendar.script("create", Fate::Swallowed);
        dies(&stage, 1, book(Collective, 0, 0)).await;
        sleep(DOUBT_OVER - 4).await;
        stage.records.script("by Creating", Slow(seconds(9)));
        let answers = join(call(&stage, book(Collective, 0, 0)), later(&stage, 5, book(Collective, 0, 1))).await;
        assert_eq!(answers, ("InProgress".to_owned(), "ok".to_owned()));
        assert_eq!(call(&stage, book(Collective, 0, 0)).await, "SlotUnavailable");
        stage
    });
}

/// The holder's create is refused, and its release lands after the claim has expired; in between, a repeat has read the hold.
#[test]
fn a_hold_that_was_released_is_not_taken_over() {
    play(async |stage| {
        stage.records.script("hold", Slow(seconds(20)));
        stage.calendar.script("create", Fate::Throttled);
        stage.records.script("by Deleted", Slow(seconds(15)));
        stage.records.script("by Creating", Slow(seconds(9)));
        let holder = call(&stage, book(Collective, 0, 0));
        let repeat = later(&stage, CLAIM_OVER, book(Collective, 0, 0));
        let rival = later(&stage, CLAIM_OVER + 5, book(Collective, 0, 1));
        let ((_, repeat), rival) = join(join(holder, repeat), rival).await;
        assert_eq!((&*repeat, &*rival), ("InProgress", "ok"));
        stage
    });
}

/// The release of the hold lands late. Until then its repeat may go on, so its entries must be there.
#[test]
fn entries_stay_until_the_record_is_over() {
    play(async |stage| {
        stage.calendar.script("create", Fate::Throttled);
        stage.records.script("by Deleted", Slow(seconds(60)));
        let holder = call(&stage, book(Collective, 0, 0));
        let rival = later(&stage, CLAIM_OVER, book(Collective, 0, 1));
        let repeat = later(&stage, CLAIM_OVER + 5, book(Collective, 0, 0));
        let ((_, rival), repeat) = join(join(holder, rival), repeat).await;
        assert_eq!((&*rival, &*repeat), ("SlotUnavailable", "ok"));
        stage
    });
}

/// A counter as the version would repeat itself.
#[test]
fn the_ledger_of_a_day_that_ended_and_was_made_anew_is_another_version() {
    play(async |stage| {
        let (before, _) = booked(&stage, Collective, 2, 0).await;
        assert_eq!(call(&stage, Ask::Cancel { booking: before }).await, "ok");
        sleep(5 * 60 + 1).await;
        stage.records.script("hold", Slow(seconds(5)));
        let rival = async {
            sleep(1).await;
            stage.records.forget_days();
            call(&stage, book(Collective, 2, 2)).await
        };
        let answers = join(call(&stage, book(Collective, 2, 1)), rival).await;
        assert_eq!(answers, ("SlotUnavailable".to_owned(), "ok".to_owned()));
        stage
    });
}

/// The time begins at midnight, and half an hour before it must be free too.
#[test]
fn a_rival_on_a_day_that_only_the_buffer_touches_is_noticed() {
    play(async |stage| {
        stage.records.script("hold", Slow(seconds(5)));
        let answers = join(call(&stage, book(Confirmed, 3, 0)), later(&stage, 1, book(Collective, 1, 1))).await;
        assert_eq!(answers, ("SlotUnavailable".to_owned(), "ok".to_owned()));
        stage
    });
}

#[test]
fn a_rival_for_somebody_who_must_only_be_free_is_noticed() {
    play(async |stage| {
        stage.records.script("hold", Slow(seconds(5)));
        let answers = join(call(&stage, book(Watched, 0, 0)), later(&stage, 1, book(RoundRobin, 0, 1))).await;
        assert_eq!(answers, ("SlotUnavailable".to_owned(), "ok".to_owned()));
        stage
    });
}

#[test]
fn a_rival_on_the_same_day_at_another_time_does_not_matter() {
    play(async |stage| {
        stage.records.script("hold", Slow(seconds(5)));
        let answers = join(call(&stage, book(Collective, 0, 0)), later(&stage, 1, book(Collective, 2, 1))).await;
        assert_eq!(answers, ("ok".to_owned(), "ok".to_owned()));
        stage
    });
}

#[test]
fn contention_says_nothing_about_the_time() {
    play(async |stage| {
        stage.records.script("hold", Contended);
        assert_eq!(call(&stage, book(Collective, 0, 0)).await, "ok");
        (0..1000).for_each(|_| stage.records.script("hold", Contended));
        assert_eq!(call(&stage, book(Collective, 2, 1)).await, "Unavailable");
        stage
    });
}

/// Neither request finds the other's replay key, and there are two hosts.
#[test]
fn a_request_that_is_sent_twice_at_once_books_one_host() {
    play(async |stage| {
        stage.records.script("hold", Slow(seconds(5)));
        let answers = join(call(&stage, book(RoundRobin, 1, 0)), later(&stage, 1, book(RoundRobin, 1, 0))).await;
        assert_eq!(answers, ("ok".to_owned(), "ok".to_owned()));
        assert_eq!(stage.calendar.live().len(), 1);
        stage
    });
}

/// The answer was lost, and the first host is not free any more.
#[test]
fn a_request_that_is_repeated_books_one_host() {
    play(async |stage| {
        let (first, _) = booked(&stage, RoundRobin, 1, 0).await;
        sleep(60).await;
        let (repeated, _) = booked(&stage, RoundRobin, 1, 0).await;
        assert_eq!(repeated, first);
        assert_eq!(stage.calendar.live().len(), 1);
        stage
    });
}
