//! Scripted schedules: requests that lose their lock while they run, and writes whose outcome is unknown.

use std::time::Duration;

use convene::{
    domain::Fingerprint,
    scheduling::records::{appointment::AppointmentRecord, event::State},
};
use futures_util::future::join;
use uuid::Uuid;

use super::{
    ask::{Act, Asked, create, delete, update},
    script::{
        APPOINTMENT, all, dies_after_opening, end, hold_is_over, place, play, record, script, seconds, succeeds,
        succeeds_in_the_end, told,
    },
    stage::{Stage, record_key},
};
use crate::{
    error_kind::Kind,
    fake_calendar::{
        Fate::{EventUnknown, Failed, Late, SlowAnswer},
        address,
    },
    fake_store::Fate::{Lost, Unanswered},
};

/// A machine whose clock is ahead takes the lock over: it takes this one for expired.
fn take_over(stage: &Stage) {
    let mut items = stage.records.items();
    let record = items.get_mut(&record_key(APPOINTMENT)).expect("a record");
    *record = AppointmentRecord { token: Uuid::now_v7(), ..record.clone().apply_intent() };
}

#[test]
fn a_copy_that_is_not_committed_is_not_reported_as_done() {
    for asked in [create(0, [0]), update(1, [0])] {
        play(async |stage| {
            if asked.act != Act::Create(0) {
                succeeds(&stage, &create(0, [0])).await;
            }
            script(&stage, if asked.act == Act::Create(0) { "create" } else { "change" }, [SlowAnswer(seconds(5))]);
            let other = async {
                tokio::time::sleep(seconds(1)).await;
                take_over(&stage);
                record(&stage)
            };
            let (rows, taken_over) = join(told(&stage, &asked), other).await;
            assert_eq!(rows, [Some(Kind::InProgress)], "{asked:?}");
            assert_eq!(record(&stage), taken_over);
            stage
        });
    }
}

/// An update creates a copy, under its own claim or that of a request that died, and another request puts other content on record
/// meanwhile. Callers of an update do not expect the answer that the id is taken.
#[test]
fn an_update_is_not_told_that_the_id_is_taken() {
    for (claim_is_own, asked) in [(false, update(1, [2])), (true, update(1, [0, 2]))] {
        play(async |stage| {
            if claim_is_own {
                succeeds(&stage, &create(0, [0])).await;
            } else {
                dies_after_opening(&stage, &create(1, [2])).await;
                hold_is_over().await;
            }
            script(&stage, "create", [SlowAnswer(seconds(5))]);
            let other = async {
                tokio::time::sleep(seconds(1)).await;
                take_over(&stage);
                let created = stage.calendar.live(place(2)).remove(0).id;
                let mut items = stage.records.items();
                let copies = &mut items.get_mut(&record_key(APPOINTMENT)).expect("a record").copies;
                let copy = copies.get_mut(&address(2)).expect("a copy");
                (copy.state, copy.event) = (State::Active, Some(created));
                copy.payload = Some(Fingerprint::from_stored("0".repeat(64)));
            };
            let (rows, ()) = join(told(&stage, &asked), other).await;
            assert_eq!(rows, all(Kind::InProgress, rows.len()), "{asked:?}");
            hold_is_over().await;
            succeeds_in_the_end(&stage, &asked).await;
            stage
        });
    }
}

/// One copy's write finds that the lock is lost. Nothing more is sent for the other copy.
#[test]
fn a_request_that_has_lost_its_lock_changes_no_calendar() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0])).await;
        script(&stage, "create", [Failed]);
        script(&stage, "change", [EventUnknown]);
        script(&stage, "find", [SlowAnswer(seconds(5))]);
        let other = async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            take_over(&stage);
        };
        let (rows, ()) = join(told(&stage, &update(1, [0, 2])), other).await;
        assert!(rows.iter().all(Option::is_some), "{rows:?}");
        assert_eq!(stage.contents(APPOINTMENT)[0], [0]);
        succeeds_in_the_end(&stage, &update(1, [0, 2])).await;
        stage
    });
}

/// A repeat of a create holds no lock. It creates a copy that a person deleted only if no other request has locked the id.
#[test]
fn a_create_that_repeats_an_appointment_does_not_take_the_lock_of_another_request() {
    for millis in (0..600).step_by(20) {
        for other in [update(1, [0, 1]), delete([0])] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1])).await;
                stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("an event");
                script(&stage, "read", [Late(Duration::from_millis(millis))]);
                let request = if other.act == Act::Delete { "delete" } else { "change" };
                script(&stage, request, [SlowAnswer(seconds(3)), SlowAnswer(seconds(3))]);
                let second = async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    told(&stage, &other).await
                };
                join(told(&stage, &create(0, [0, 1])), second).await;
                assert_eq!(record(&stage).lock, None, "{other:?} after {millis} ms");
                end(&stage).agrees();
                stage
            });
        }
    }
}

/// The write was executed, and its answer is lost. The request recognizes it and releases the lock.
#[test]
fn a_lock_is_released_after_a_write_without_an_answer() {
    play(async |stage| {
        script(&stage, "create", [Failed]);
        stage.records.script("replace by held", Unanswered);
        assert!(told(&stage, &create(0, [0])).await[0].is_some());
        assert_eq!(record(&stage).lock, None);
        succeeds(&stage, &create(0, [0])).await;
        end(&stage).holds(&[0], Some(0));
        stage
    });
}

#[test]
fn a_commit_that_is_lost_leaves_the_outcome_open() {
    for asked in [create(0, [0, 1]), update(1, [0, 1]), delete([0])] {
        play(async |stage| {
            let last = if asked.act == Act::Delete { "replace by over" } else { "replace by free" };
            if asked.act != Act::Create(0) {
                succeeds(&stage, &create(0, [0, 1])).await;
            }
            stage.records.script(last, Lost);
            assert_eq!(told(&stage, &asked).await, all(Kind::TimedOut, asked.mailboxes.len()), "{asked:?}");
            succeeds_in_the_end(&stage, &asked).await;
            stage
        });
    }
}

/// An item has no room for so many copies.
#[test]
fn a_create_that_is_too_large_leaves_no_lock() {
    play(async |stage| {
        let asked = Asked { act: Act::Create(0), mailboxes: (0..1500).collect() };
        assert_eq!(told(&stage, &asked).await, all(Kind::InvalidRequest, 1500));
        assert!(record(&stage).is_over(), "{:?}", record(&stage).lock);
        succeeds(&stage, &create(0, [0])).await;
        stage
    });
}
