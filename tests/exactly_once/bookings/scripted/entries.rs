//! Entries of the ledger whose events a person deleted, or the calendar does not show.

use convene::{
    calendar::Response,
    domain::{BusyEntry, BusyStatus, TimeSpan},
};

use futures_util::future::join;

use super::{
    super::{
        records::StoreFate::Slow,
        stage::{
            Answer, Ask,
            Configuration::{Collective, RoundRobin},
            first_start, member,
        },
    },
    Fate, OLD, answer, book, booked, call, dies, forgetful, host, play, seconds, sleep,
};

/// The free/busy of the first host shows nothing of an invitation without an answer. The calendar denies its event once.
#[test]
fn an_event_that_is_denied_once_keeps_its_time() {
    play(async |stage| {
        booked(&stage, Collective, 0, 0).await;
        sleep(OLD).await;
        stage.calendar.script("read", Fate::EventUnknown);
        assert_eq!(host(&stage, RoundRobin, 0, 1).await, member(2));
        stage
    });
}

/// An event that was just made may not be shown yet by a read either.
#[test]
fn a_list_does_not_ask_for_the_event_of_a_young_entry() {
    play(async |stage| {
        booked(&stage, Collective, 0, 0).await;
        stage.calendar.script("read", Fate::EventUnknown);
        let listed = answer(&stage, Ask::List { configuration: Collective }).await.expect("listed");
        let Answer::Slots(slots) = listed else { panic!("{listed:?}") };
        assert_eq!(slots.first(), Some(&Collective.span(2)), "{slots:?}");
        stage
    });
}

#[test]
fn a_request_does_not_ask_for_the_event_of_a_young_entry() {
    play(async |stage| {
        booked(&stage, Collective, 0, 0).await;
        stage.calendar.person("deletes", |entry| entry.live = false);
        assert_eq!(call(&stage, book(Collective, 0, 1)).await, "SlotUnavailable");
        stage
    });
}

/// A second event lands late. A person deleted the first one before, so the calendar shows none in between.
#[test]
fn an_event_that_may_still_appear_is_not_gone() {
    play(async |stage| {
        forgetful(&stage);
        stage.calendar.script("create", Fate::FailedAndLate(seconds(40)));
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.person("deletes", |entry| entry.live = false);
        assert_eq!(call(&stage, Ask::Read { booking }).await, "InProgress");
        assert_eq!(call(&stage, book(Collective, 0, 1)).await, "SlotUnavailable");
        sleep(180).await;
        assert_eq!(call(&stage, Ask::Read { booking }).await, "ok");
        stage
    });
}

/// All day, both members' calendars show something that takes no time.
#[test]
fn a_free_item_over_the_time_changes_nothing() {
    play(async |stage| {
        let day = TimeSpan::new(first_start(), Collective.span(20).end()).expect("a span");
        for number in [0, 1] {
            stage.calendar.put(member(number), BusyEntry { span: day, status: BusyStatus::Free });
        }
        booked(&stage, Collective, 0, 0).await;
        sleep(OLD).await;
        assert_eq!(host(&stage, RoundRobin, 0, 1).await, member(2));
        stage.calendar.person_at(0, "deletes", |entry| entry.live = false);
        sleep(OLD).await;
        booked(&stage, Collective, 0, 2).await;
        stage
    });
}

/// Both members' calendars are busy at the time anyhow: there is nothing to find out about the entries.
#[test]
fn time_that_the_calendar_shows_as_taken_is_not_examined() {
    play(async |stage| {
        booked(&stage, Collective, 0, 0).await;
        for number in [0, 1] {
            stage.calendar.put(member(number), BusyEntry { span: Collective.span(0), status: BusyStatus::Busy });
        }
        sleep(OLD).await;
        stage.calendar.script("read", Fate::NeverArrives);
        assert_eq!(call(&stage, book(Collective, 0, 1)).await, "SlotUnavailable");
        assert!(stage.calendar.is_scripted(), "a read was sent");
        stage
    });
}

/// The record knows it, and the removal of the member's entry has not arrived. The other member's time is still taken.
#[test]
fn the_entry_of_a_member_who_declined_is_void_for_that_member_only() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.calendar.person("answers", |entry| entry.attendees[0].1 = Response::Declined);
        stage.records.script("edit Remove", Slow(seconds(500)));
        dies(&stage, 1, Ask::Read { booking }).await;
        assert_eq!(call(&stage, book(Collective, 0, 1)).await, "SlotUnavailable");
        assert_eq!(host(&stage, RoundRobin, 0, 2).await, member(1));
        stage
    });
}

/// A person moves an event to a time that is being claimed.
#[test]
fn an_entry_that_follows_its_event_is_noticed() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.records.script("hold", Slow(seconds(5)));
        let follow = async {
            sleep(1).await;
            stage.calendar.person("moves", |entry| {
                entry.span = Collective.span(4);
                entry.moved_by_person = true;
            });
            call(&stage, Ask::Read { booking }).await
        };
        let answers = join(call(&stage, book(Collective, 4, 1)), follow).await;
        assert_eq!(answers, ("SlotUnavailable".to_owned(), "ok".to_owned()));
        stage
    });
}
