//! Schedules that were written by hand: batches that fail as a whole.

use crate::error_kind::Kind;

use super::{
    ask::{create, delete, update},
    script::{all, decided, end, place, play, record, script, seconds, sleep, succeeds, succeeds_in_the_end, told},
};
use crate::{
    fake_calendar::Fate::{self, *},
    world::Weather,
};

#[test]
fn what_was_created_without_an_answer_is_deleted_at_once() {
    play(async |stage| {
        script(&stage, "batch", [Unanswered, Unanswered]);
        assert_eq!(told(&stage, &create(0, [0, 1, 2, 3])).await, all(Kind::TimedOut, 4));
        end(&stage).holds(&[0, 1, 2, 3], Some(0));
        succeeds(&stage, &delete([0])).await;
        end(&stage).is_gone();
        stage
    });
}

#[test]
fn what_was_created_without_an_answer_is_deleted_once_the_index_shows_it() {
    play(async |stage| {
        stage.world.turn(Weather { filter_lag: seconds(30), ..Weather::default() });
        script(&stage, "batch", [Unanswered, Fine]);
        let kinds = told(&stage, &create(0, [0, 1, 2, 3])).await;
        assert_eq!(kinds.iter().filter(|kind| **kind == Some(Kind::TimedOut)).count(), 2, "{kinds:?}");
        // What is not found may still appear.
        assert_eq!(told(&stage, &delete([0, 1, 2, 3])).await.into_iter().flatten().count(), 2);
        assert_eq!(stage.contents(super::script::APPOINTMENT).iter().flatten().count(), 2);
        succeeds_in_the_end(&stage, &delete([0, 1, 2, 3])).await;
        end(&stage).is_gone();
        stage
    });
}

#[test]
fn a_batch_that_never_arrived_holds_nobody_up() {
    for fate in [NeverArrives, Throttled, Swallowed] {
        play(async |stage| {
            script(&stage, "batch", [fate, Fine]);
            let kinds = told(&stage, &create(0, [0, 1, 2, 3])).await;
            assert_eq!(kinds.iter().flatten().count(), 2, "{fate:?}: {kinds:?}");
            succeeds(&stage, &create(0, [0, 1, 2, 3])).await;
            end(&stage).holds(&[0, 1, 2, 3], Some(0));
            stage
        });
    }
}

#[test]
fn a_batch_that_failed_is_made_again_and_lands_once() {
    for fate in [Failed, DoneAndFailed, FailedAndLate(seconds(5)), DoneAndClash] {
        play(async |stage| {
            script(&stage, "batch", [fate, fate]);
            succeeds(&stage, &create(0, [0, 1, 2, 3])).await;
            sleep(6).await;
            end(&stage).holds(&[0, 1, 2, 3], Some(0));
            succeeds_in_the_end(&stage, &delete([1])).await;
            end(&stage).is_gone();
            stage
        });
    }
}

#[test]
fn doubles_of_a_forgetful_service_are_found_by_whoever_comes_next() {
    for (asked, left) in [(create(0, [0, 1]), Some(0)), (update(1, [0, 1]), Some(1)), (delete([0]), None)] {
        play(async |stage| {
            stage.world.turn(Weather { forgets: true, ..Weather::default() });
            script(&stage, "batch", [FailedAndLate(seconds(5))]);
            succeeds(&stage, &create(0, [0, 1])).await;
            sleep(6).await;
            assert_eq!(stage.contents(super::script::APPOINTMENT)[0], [0, 0]);
            // While more may land, a delete is told to come back.
            succeeds_in_the_end(&stage, &asked).await;
            end(&stage).holds(&[0, 1], left);
            stage
        });
    }
}

/// The duplicate has the content of the creation. A person has deleted the copy that an update changed.
#[test]
fn a_duplicate_in_place_of_a_changed_copy_is_not_taken_for_changed() {
    for (asked, told_last) in [(create(1, [0, 1]), Some(Kind::MeetingAlreadyExists)), (update(1, [0, 1]), None)] {
        play(async |stage| {
            stage.world.turn(Weather { forgets: true, ..Weather::default() });
            script(&stage, "batch", [FailedAndLate(seconds(5))]);
            succeeds(&stage, &create(0, [0, 1])).await;
            succeeds(&stage, &update(1, [0, 1])).await;
            stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("a copy");
            sleep(6).await;
            assert_eq!(stage.contents(super::script::APPOINTMENT)[..2], [vec![0], vec![1, 0]]);
            assert_eq!(decided(&stage, &asked).await[0], told_last, "{asked:?}");
            succeeds_in_the_end(&stage, &update(1, [0, 1])).await;
            end(&stage).holds(&[0, 1], Some(1));
            stage
        });
    }
}

#[test]
fn a_delete_that_failed_is_finished_by_whoever_comes_next() {
    for fate in [Unanswered, NeverArrives, FailedAndLate(seconds(70)), Late(seconds(70)), Denied] {
        for content in [0, 1] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1, 2, 3])).await;
                script(&stage, "batch", [fate, Fine]);
                assert!(told(&stage, &delete([0])).await[0].is_some(), "{fate:?}");
                let kinds = told(&stage, &create(content, [0, 1, 2, 3])).await;
                // A delete of which nothing came is called off for those.
                let is_taken = matches!(fate, Denied) && content == 1;
                let taken = kinds.iter().filter(|kind| **kind == Some(Kind::MeetingAlreadyExists)).count();
                assert_eq!(taken > 0, is_taken, "{fate:?}: {kinds:?}");
                assert!(is_taken || kinds.iter().all(Option::is_none), "{fate:?}: {kinds:?}");
                sleep(100).await;
                if !is_taken {
                    end(&stage).holds(&[0, 1, 2, 3], Some(content));
                }
                stage
            });
        }
    }
}

#[test]
fn what_may_have_been_changed_is_nobodys() {
    for fate in [Unanswered, NeverArrives, Failed, DoneAndFailed, DoneAndClash, Clash] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0, 1])).await;
            script(&stage, "batch", [fate]);
            assert!(told(&stage, &update(1, [0, 1])).await.iter().all(Option::is_some), "{fate:?}");
            assert_eq!(record(&stage).lock, None);
            for content in [0, 1] {
                let told = told(&stage, &create(content, [0, 1])).await;
                assert_eq!(told, all(Kind::MeetingAlreadyExists, 2), "{fate:?}");
            }
            succeeds(&stage, &update(1, [0, 1])).await;
            end(&stage).holds(&[0, 1], Some(1));
            succeeds(&stage, &create(1, [0, 1])).await;
            stage
        });
    }
}

#[test]
fn a_change_that_is_refused_leaves_nothing_in_doubt() {
    for fate in [Throttled, Denied, Fate::MailboxUnknown] {
        for request in ["batch", "change", "find"] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1])).await;
                let doubtful = request == "find";
                if doubtful {
                    // Doubles are looked for before anything is changed.
                    script(&stage, "create", [Fate::FailedAndLate(seconds(1))]);
                    succeeds(&stage, &create(0, [2])).await;
                }
                script(&stage, request, [fate]);
                if !doubtful {
                    // The third copy is created by a request of its own.
                    script(&stage, if request == "batch" { "create" } else { request }, [fate]);
                }
                let told_of_update = told(&stage, &update(1, [0, 1, 2])).await;
                assert!(told_of_update.iter().any(Option::is_some), "{fate:?} {request}");
                // What a refused change left as it was says what it said.
                let doubted = |copy: &convene::scheduling::records::event::Record| copy.payload.is_none();
                assert!(!record(&stage).copies.values().any(doubted), "{fate:?} {request}: {:?}", record(&stage));
                if request == "batch" {
                    succeeds(&stage, &create(0, [0, 1])).await;
                }
                succeeds_in_the_end(&stage, &update(1, [0, 1, 2])).await;
                succeeds(&stage, &create(1, [0, 1])).await;
                stage
            });
        }
    }
}

#[test]
fn a_change_that_time_ran_out_for_before_it_was_sent_leaves_nothing_in_doubt() {
    play(async |stage| {
        script(&stage, "create", [Fate::FailedAndLate(seconds(1))]);
        succeeds(&stage, &create(0, [0])).await;
        // Doubles are looked for before anything is changed.
        script(&stage, "find", [Fate::Swallowed]);
        assert_eq!(told(&stage, &update(1, [0])).await, [Some(Kind::TimedOut)]);
        let copies = record(&stage).copies;
        assert!(copies.values().all(|copy| copy.payload.is_some()), "{copies:?}");
        stage
    });
}

#[test]
fn a_change_that_is_carried_out_late_may_undo_a_newer_one() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        script(&stage, "batch", [Fate::FailedAndLate(seconds(20))]);
        assert!(told(&stage, &update(1, [0, 1])).await.iter().all(Option::is_some));
        succeeds(&stage, &update(2, [0, 1])).await;
        end(&stage).holds(&[0, 1], Some(2));
        sleep(30).await;
        // As with meetings, updates promise no more.
        end(&stage).holds(&[0, 1], Some(1));
        assert_eq!(decided(&stage, &update(2, [0, 1])).await, [None, None]);
        end(&stage).holds(&[0, 1], Some(2));
        stage
    });
}
