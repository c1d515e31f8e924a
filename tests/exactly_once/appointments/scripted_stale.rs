//! Scripted schedules: copies with other content than a create asks for, and copies left in mailboxes that do not exist.

use std::time::Duration;

use convene::scheduling::records::appointment::Lock;
use futures_util::future::join;

use super::{
    ask::{create, delete, update},
    script::{
        APPOINTMENT, dies_after_opening, dies_between_batches, end, hold_is_over, place, play, record, script, seconds,
        succeeds, told, window_is_over,
    },
};
use crate::{
    error_kind::Kind,
    fake_calendar::{
        Fate::{Denied, FailedAndLate, Fine, SlowAnswer, Throttled},
        address,
    },
    fake_store::Fate as StoreFate,
    world::Weather,
};

#[test]
fn a_copy_that_could_not_be_read_is_not_taken_for_deleted() {
    for (fate, kind) in [(Throttled, Kind::ServerBusy), (Denied, Kind::MeetingAlreadyExists)] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0])).await;
            script(&stage, "read", [fate]);
            assert_eq!(told(&stage, &create(1, [1])).await, [Some(kind)]);
            assert!(stage.contents(APPOINTMENT)[1].is_empty());
            stage
        });
    }
}

/// A person deleted the copy, and a second event of the same create may still appear.
#[test]
fn a_deleted_copy_blocks_the_id_while_a_duplicate_may_appear() {
    play(async |stage| {
        stage.world.turn(Weather { forgets: true, ..Weather::default() });
        script(&stage, "create", [FailedAndLate(seconds(40)), Fine]);
        succeeds(&stage, &create(0, [0])).await;
        stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("an event");
        assert_eq!(told(&stage, &create(1, [1])).await, [Some(Kind::InProgress)]);
        assert!(stage.contents(APPOINTMENT)[1].is_empty());
        stage
    });
}

#[test]
fn a_claim_with_other_content_that_created_nothing_is_withdrawn() {
    play(async |stage| {
        dies_after_opening(&stage, &create(0, [0])).await;
        window_is_over().await;
        succeeds(&stage, &create(1, [1])).await;
        assert_eq!(record(&stage).copies.len(), 1, "{:?}", record(&stage));
        stage
    });
}

/// One copy with other content certainly exists: a repeat would get the same answer, whatever the other copy's state is.
#[test]
fn an_id_that_is_taken_is_reported_although_another_copy_could_not_be_read() {
    for fates in [[Throttled, Fine], [Fine, Throttled]] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0, 1])).await;
            script(&stage, "read", fates);
            assert_eq!(told(&stage, &create(1, [2])).await, [Some(Kind::MeetingAlreadyExists)], "{fates:?}");
            stage
        });
    }
}

/// While a create checks a copy with other content, which a person has deleted, another create adds one more of those.
#[test]
fn a_copy_that_was_added_during_the_check_blocks_the_id() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0])).await;
        stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("an event");
        script(&stage, "read", [SlowAnswer(seconds(5))]);
        let other = async {
            tokio::time::sleep(seconds(1)).await;
            told(&stage, &create(0, [2])).await
        };
        let (rows, added) = join(told(&stage, &create(1, [1])), other).await;
        assert_eq!((rows, added), (vec![Some(Kind::InProgress)], vec![None]));
        assert!(stage.contents(APPOINTMENT)[1].is_empty());
        stage
    });
}

/// The request takes an expired lock over. What the copies contained before is known as well as without that lock.
#[test]
fn a_refused_change_restores_the_content_after_a_lock_was_taken_over() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0])).await;
        stage.records.script("replace by held", StoreFate::Slow(seconds(1)));
        assert!(stage.call_within(Duration::from_millis(500), APPOINTMENT, &create(0, [0, 1])).await.is_none());
        hold_is_over().await;
        assert!(matches!(record(&stage).lock, Some(Lock { intent: Some(_), .. })));
        script(&stage, "change", [Denied]);
        assert!(told(&stage, &update(1, [0])).await[0].is_some());
        assert!(record(&stage).copies[&address(0)].payload.is_some());
        stage
    });
}

/// A create died after its copies appeared, and then a mailbox vanished. The record names no event there.
#[test]
fn a_copy_that_is_not_on_record_is_deleted_when_its_mailbox_is_back() {
    play(async |stage| {
        dies_between_batches(&stage, &create(0, [0, 1, 2, 3])).await;
        window_is_over().await;
        let created = stage.contents(APPOINTMENT).iter().position(|contents| !contents.is_empty()).expect("a copy");
        stage.calendar.send_away(created, true);
        let rows = told(&stage, &delete([0, 1, 2, 3])).await;
        assert_eq!(rows[created], Some(Kind::MailboxNotFound), "{rows:?}");
        assert!(record(&stage).is_over(), "{:?}", record(&stage));
        stage.calendar.send_away(created, false);
        succeeds(&stage, &delete([0, 1, 2, 3])).await;
        end(&stage).is_gone();
        stage
    });
}
