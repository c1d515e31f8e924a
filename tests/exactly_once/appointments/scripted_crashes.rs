//! Schedules that were written by hand: calls that die, and whoever comes next.

use crate::error_kind::Kind;

use super::{
    ask::{Act, create, delete, update},
    script::{
        APPOINTMENT, all, decided, dies_after_opening, dies_between_batches, end, hold_is_over, play, record, script,
        seconds, succeeds, succeeds_in_the_end, told, window_is_over,
    },
};

use crate::fake_calendar::Fate::{Failed, SlowAnswer, Swallowed, Throttled};

#[test]
fn nobody_goes_on_while_a_hold_may_be_at_work() {
    for dead in [create(0, [0, 1]), update(1, [0, 1]), delete([0])] {
        play(async |stage| {
            if dead.act != Act::Create(0) {
                succeeds(&stage, &create(0, [0, 1])).await;
            }
            dies_after_opening(&stage, &dead).await;
            let before = (record(&stage), stage.contents(APPOINTMENT));
            for asked in [create(0, [0, 1]), create(1, [2, 3]), update(1, [0, 1]), delete([0, 1])] {
                let count = asked.mailboxes.len();
                assert_eq!(told(&stage, &asked).await, all(Kind::InProgress, count), "{asked:?}");
            }
            assert_eq!((record(&stage), stage.contents(APPOINTMENT)), before);
            stage
        });
    }
}

#[test]
fn a_create_that_died_after_opening_is_deleted() {
    play(async |stage| {
        dies_after_opening(&stage, &create(0, [0, 1, 2])).await;
        hold_is_over().await;
        // What it may have sent can still appear.
        assert_eq!(told(&stage, &delete([0, 1, 2])).await, all(Kind::InProgress, 3));
        succeeds_in_the_end(&stage, &delete([0, 1, 2])).await;
        end(&stage).is_gone();
        stage
    });
}

#[test]
fn a_create_that_died_is_repeated() {
    for after_opening in [true, false] {
        play(async |stage| {
            let asked = create(0, [0, 1, 2, 3]);
            if after_opening {
                dies_after_opening(&stage, &asked).await;
            } else {
                dies_between_batches(&stage, &asked).await;
            }
            hold_is_over().await;
            succeeds(&stage, &asked).await;
            end(&stage).holds(&[0, 1, 2, 3], Some(0));
            stage
        });
    }
}

#[test]
fn a_create_that_died_is_repeated_for_fewer() {
    play(async |stage| {
        dies_between_batches(&stage, &create(0, [0, 1, 2, 3])).await;
        hold_is_over().await;
        succeeds(&stage, &create(0, [3])).await;
        succeeds(&stage, &create(0, [0])).await;
        succeeds_in_the_end(&stage, &update(1, [0, 3])).await;
        end(&stage).holds(&[0, 3], Some(1));
        stage
    });
}

#[test]
fn a_create_of_something_else_waits_for_one_that_died_before_it_did_anything() {
    play(async |stage| {
        dies_after_opening(&stage, &create(0, [0, 1])).await;
        hold_is_over().await;
        assert_eq!(told(&stage, &create(1, [0, 1])).await, all(Kind::InProgress, 2));
        succeeds_in_the_end(&stage, &create(1, [0, 1])).await;
        end(&stage).holds(&[0, 1], Some(1));
        stage
    });
}

#[test]
fn a_create_of_something_else_changes_nothing_where_a_part_was_created() {
    play(async |stage| {
        dies_between_batches(&stage, &create(0, [0, 1, 2, 3])).await;
        window_is_over().await;
        let before = stage.contents(APPOINTMENT);
        assert_eq!(before.iter().flatten().count(), 2);
        assert_eq!(decided(&stage, &create(1, [0, 1, 2, 3])).await, all(Kind::MeetingAlreadyExists, 4));
        assert_eq!(stage.contents(APPOINTMENT), before);
        stage
    });
}

#[test]
fn an_update_that_died_is_taken_over() {
    for after_opening in [true, false] {
        for next in [update(1, [1, 2]), update(2, [0, 3]), create(0, [0, 1, 3]), create(1, [1, 2]), delete([3])] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1, 3])).await;
                // One is added, two are removed, one is changed.
                let dead = update(1, [1, 2]);
                if after_opening {
                    dies_after_opening(&stage, &dead).await;
                } else {
                    dies_between_batches(&stage, &dead).await;
                }
                hold_is_over().await;
                let kinds = decided(&stage, &next).await;
                match next.act {
                    Act::Update(content) => {
                        assert!(kinds.iter().all(Option::is_none), "{next:?}: {kinds:?}");
                        end(&stage).holds(&next.mailboxes, Some(content));
                    }
                    Act::Delete => {
                        assert_eq!(kinds, [None]);
                        end(&stage).is_gone();
                    }
                    // What mailbox 1 says is in doubt.
                    Act::Create(_) => assert!(kinds.contains(&Some(Kind::MeetingAlreadyExists)), "{next:?}: {kinds:?}"),
                }
                stage
            });
        }
    }
}

#[test]
fn what_was_made_over_a_tombstone_is_there_although_whoever_settled_it_died() {
    for next in [update(1, [0, 1]), create(0, [0, 1]), delete([0])] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0])).await;
            succeeds(&stage, &delete([0])).await;
            script(&stage, "batch", [SlowAnswer(seconds(20))]);
            assert!(stage.call_within(seconds(2), APPOINTMENT, &create(0, [0, 1])).await.is_none());
            hold_is_over().await;
            // It is found and put on record, and that is all.
            script(&stage, "change", [Swallowed, Swallowed]);
            assert!(stage.call_within(seconds(2), APPOINTMENT, &update(1, [0, 1])).await.is_none());
            end(&stage).holds(&[0, 1], Some(0));
            hold_is_over().await;
            let told = decided(&stage, &next).await;
            let taken = matches!(next.act, Act::Create(_)).then_some(Kind::MeetingAlreadyExists);
            assert!(told.iter().all(|kind| *kind == taken), "{next:?}: {told:?}");
            stage
        });
    }
}

#[test]
fn a_delete_that_died_is_taken_over() {
    for after_opening in [true, false] {
        for next in [create(0, [0, 1, 2, 3]), create(1, [0, 1, 2, 3]), update(1, [0, 3]), delete([1])] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1, 2, 3])).await;
                let dead = delete([0, 1, 2, 3]);
                if after_opening {
                    dies_after_opening(&stage, &dead).await;
                } else {
                    dies_between_batches(&stage, &dead).await;
                }
                hold_is_over().await;
                succeeds(&stage, &next).await;
                match next.act {
                    Act::Create(content) | Act::Update(content) => end(&stage).holds(&next.mailboxes, Some(content)),
                    Act::Delete => end(&stage).is_gone(),
                }
                stage
            });
        }
    }
}

/// An id that was deleted once, was taken anew by a call that died, and is deleted again, but for what Graph refuses.
#[test]
fn an_id_whose_deletion_failed_is_not_deleted() {
    for refused in [Throttled, Failed] {
        play(async |stage| {
            succeeds(&stage, &create(1, [0, 1])).await;
            succeeds(&stage, &delete([0])).await;
            dies_between_batches(&stage, &create(0, [0, 1, 2, 3])).await;
            hold_is_over().await;
            window_is_over().await;
            script(&stage, "delete", [refused; 2]);
            let rows = told(&stage, &delete([0, 1, 2, 3])).await;
            assert!(rows.contains(&Some(Kind::ServerBusy)), "{rows:?}");
            assert!(!record(&stage).is_over(), "{:?}", record(&stage));
            window_is_over().await;
            succeeds(&stage, &update(2, [0, 1])).await;
            end(&stage).holds(&[0, 1], Some(2));
            stage
        });
    }
}
