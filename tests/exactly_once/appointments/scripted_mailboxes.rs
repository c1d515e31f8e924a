//! Schedules that were written by hand: mailboxes that vanish and come back, and people who delete their copies.

use crate::error_kind::Kind;

use super::{
    ask::{create, delete, update},
    script::{APPOINTMENT, end, place, play, record, script, succeeds, told},
};
use crate::fake_calendar::Fate::{self, Throttled};

const VANISHED: Option<Kind> = Some(Kind::MailboxNotFound);

#[test]
fn a_mailbox_that_vanishes_holds_nobody_up_and_loses_its_copy_when_it_is_back() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1, 2])).await;
        stage.calendar.send_away(2, true);
        assert_eq!(told(&stage, &update(1, [0, 1, 2])).await, [None, None, VANISHED]);
        assert_eq!(told(&stage, &delete([0, 1, 2])).await, [None, None, VANISHED]);
        assert!(record(&stage).is_over());
        end(&stage).agrees();
        stage.calendar.send_away(2, false);
        succeeds(&stage, &delete([2])).await;
        end(&stage).is_gone();
        stage
    });
}

#[test]
fn a_copy_in_a_mailbox_that_vanishes_is_told_of_by_the_first_row() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1, 2])).await;
        stage.calendar.send_away(2, true);
        assert_eq!(told(&stage, &update(1, [0, 1])).await, [VANISHED, None]);
        end(&stage).holds_at(&[0, 1], 1);
        assert_eq!(told(&stage, &delete([1])).await, [VANISHED]);
        assert!(record(&stage).is_over());
        assert_eq!(told(&stage, &delete([0])).await, [VANISHED]);
        stage.calendar.send_away(2, false);
        succeeds(&stage, &delete([0])).await;
        end(&stage).is_gone();
        stage
    });
}

#[test]
fn a_mailbox_that_is_back_is_created_for_anew() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 2])).await;
        stage.calendar.send_away(2, true);
        assert_eq!(told(&stage, &delete([0, 2])).await, [None, VANISHED]);
        stage.calendar.send_away(2, false);
        succeeds(&stage, &create(0, [0, 2])).await;
        end(&stage).holds(&[0, 2], Some(0));
        stage
    });
}

#[test]
fn what_is_left_behind_does_not_take_the_id_and_is_told_of() {
    for failed in [true, false] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0, 2])).await;
            stage.calendar.send_away(2, true);
            assert_eq!(told(&stage, &delete([0])).await, [VANISHED]);
            if failed {
                script(&stage, "create", [Throttled]);
                assert!(told(&stage, &create(1, [0, 1])).await.contains(&Some(Kind::ServerBusy)));
            } else {
                assert_eq!(told(&stage, &create(1, [0])).await, [VANISHED]);
            }
            // What is created stands beside a copy that may be there still.
            assert_eq!(told(&stage, &create(1, [0, 1])).await, [VANISHED, None]);
            end(&stage).holds_at(&[0, 1], 1);
            stage.calendar.send_away(2, false);
            succeeds(&stage, &create(1, [0, 1])).await;
            end(&stage).holds(&[0, 1], Some(1));
            stage
        });
    }
}

#[test]
fn what_is_created_beside_a_copy_that_says_something_else_is_told_of() {
    for listed in [true, false] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0, 2])).await;
            stage.calendar.send_away(2, true);
            if listed {
                assert_eq!(told(&stage, &update(1, [0, 2])).await, [None, VANISHED]);
            } else {
                assert_eq!(told(&stage, &update(1, [0])).await, [VANISHED]);
            }
            assert_eq!(told(&stage, &create(1, [0, 1])).await, [VANISHED, None]);
            end(&stage).holds_at(&[0, 1], 1);
            // As soon as its mailbox answers again, a copy that says something else takes the id.
            stage.calendar.send_away(2, false);
            let row = if listed { Some(Kind::MeetingAlreadyExists) } else { None };
            assert_eq!(told(&stage, &create(1, [0, 2])).await, [row, row]);
            succeeds(&stage, &update(1, [0, 1, 2])).await;
            stage
        });
    }
}

#[test]
fn one_answer_that_a_mailbox_is_not_there_leaves_its_copy_on_record() {
    for listed in [true, false] {
        play(async |stage| {
            succeeds(&stage, &create(0, [0, 1, 2])).await;
            // The service is wrong about the last mailbox: what is asked together is asked in the order of mailboxes.
            script(&stage, "delete", [Fate::Fine, Fate::Fine, Fate::MailboxUnknown]);
            let asked = if listed { delete([0, 1, 2]) } else { delete([0, 1]) };
            let rows = told(&stage, &asked).await;
            assert_eq!(rows, if listed { vec![None, None, VANISHED] } else { vec![VANISHED, None] });
            end(&stage).agrees();
            assert_eq!(record(&stage).copies.len(), 1);
            succeeds(&stage, &delete([0])).await;
            end(&stage).is_gone();
            stage
        });
    }
}

#[test]
fn a_mailbox_that_there_is_not_is_told_of() {
    play(async |stage| {
        stage.calendar.send_away(2, true);
        assert_eq!(told(&stage, &create(0, [0, 2])).await, [None, VANISHED]);
        assert_eq!(told(&stage, &update(1, [0, 2])).await, [None, VANISHED]);
        assert_eq!(told(&stage, &delete([2, 0, 3])).await, [VANISHED, None, None]);
        end(&stage).is_gone();
        stage
    });
}

#[test]
fn a_copy_that_a_person_deleted_is_created_anew() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        stage.calendar.delete_in_outlook_at(|at| at == place(1)).expect("an event");
        succeeds(&stage, &create(0, [1])).await;
        let there = stage.contents(APPOINTMENT);
        assert_eq!((&there[0], &there[1]), (&vec![0], &vec![0]));
        stage
    });
}

#[test]
fn a_copy_that_a_person_deleted_does_not_come_to_say_what_the_others_do_not() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        succeeds(&stage, &update(1, [0, 1])).await;
        stage.calendar.delete_in_outlook_at(|at| at == place(1)).expect("an event");
        // A repeat of the create, and late.
        for asked in [create(0, [0, 1]), create(0, [1]), create(0, [1, 2])] {
            assert!(told(&stage, &asked).await.iter().all(|row| *row == Some(Kind::MeetingAlreadyExists)));
        }
        let there = stage.contents(APPOINTMENT);
        assert_eq!((&there[0], &there[1], &there[2]), (&vec![1], &vec![], &vec![]));
        // Once everybody has deleted theirs, the id is free.
        stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("an event");
        succeeds(&stage, &create(0, [1, 2])).await;
        stage
    });
}

#[test]
fn a_copy_that_a_person_deleted_is_not_there_to_be_changed() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1, 2])).await;
        stage.calendar.delete_in_outlook_at(|at| at == place(1)).expect("an event");
        for _ in 0..2 {
            assert_eq!(told(&stage, &update(1, [0, 1])).await, [None, Some(Kind::MeetingNotFound)]);
            end(&stage).holds(&[0], Some(1));
        }
        succeeds(&stage, &create(1, [0, 1])).await;
        end(&stage).holds(&[0, 1], Some(1));
        stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("an event");
        succeeds(&stage, &delete([1])).await;
        end(&stage).is_gone();
        stage
    });
}
