//! Schedules that were written by hand: two calls for one id at a time.

use std::time::Duration;

use convene::scheduling::appointments::MailboxResults;
use futures_util::future::join;

use super::{
    ask::{Act, Asked, create, delete, kinds, update},
    script::{APPOINTMENT, decided, end, place, play, record, script, seconds, succeeds, told},
    stage::Stage,
};
use crate::{
    error_kind::Kind,
    fake_calendar::Fate::{Denied, Fine, Late, SlowAnswer, Unanswered},
    fake_store::Fate as StoreFate,
};

async fn after(stage: &Stage, pause: Duration, asked: &Asked) -> MailboxResults {
    tokio::time::sleep(pause).await;
    stage.call(APPOINTMENT, asked).await
}

#[test]
fn an_update_and_a_delete_at_once_do_not_meet() {
    for millis in (0..150).step_by(10) {
        for (one, other) in [
            (update(1, [1, 2]), delete([0])),
            (delete([0]), update(1, [1, 2])),
            (update(1, [1, 2]), update(2, [0, 3])),
            (delete([0]), delete([0])),
            (create(0, [2, 3]), delete([0])),
        ] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1])).await;
                let second = after(&stage, Duration::from_millis(millis), &other);
                let (one, other) = join(stage.call(APPOINTMENT, &one), second).await;
                for rows in [one, other] {
                    let allowed = [Kind::InProgress, Kind::MeetingNotFound];
                    assert!(kinds(&rows).into_iter().flatten().all(|kind| allowed.contains(&kind)), "{rows:?}");
                }
                assert_eq!(record(&stage).lock, None);
                end(&stage).agrees();
                stage
            });
        }
    }
}

#[test]
fn a_create_during_a_create_is_told_to_come_back() {
    for content in [0, 1] {
        play(async |stage| {
            script(&stage, "create", [SlowAnswer(seconds(5))]);
            let other = create(content, [1, 2]);
            let (one, second) =
                join(stage.call(APPOINTMENT, &create(0, [0, 1])), after(&stage, seconds(1), &other)).await;
            assert_eq!(kinds(&one), [None, None]);
            assert_eq!(kinds(&second), [Some(Kind::InProgress), Some(Kind::InProgress)]);
            end(&stage).holds(&[0, 1], Some(0));
            let told = decided(&stage, &other).await;
            let taken = (content == 1).then_some(Kind::MeetingAlreadyExists);
            assert_eq!(told, [taken, taken]);
            stage
        });
    }
}

#[test]
fn a_create_of_existing_copies_acquires_no_lock() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        let before = record(&stage);
        let (one, other) =
            join(stage.call(APPOINTMENT, &create(0, [0, 1])), stage.call(APPOINTMENT, &create(0, [1, 0]))).await;
        assert_eq!((kinds(&one), kinds(&other)), (vec![None; 2], vec![None; 2]));
        assert_eq!(record(&stage), before);
        stage
    });
}

/// The create acquired no lock. After the update, the record is no longer that of the appointment that it repeats.
#[test]
fn a_create_that_repeats_an_appointment_makes_no_copy_that_an_update_takes_meanwhile() {
    for millis in (0..1000).step_by(20) {
        for other in [update(1, [1, 2, 3]), update(0, [1, 2, 3]), delete([0])] {
            play(async |stage| {
                succeeds(&stage, &create(0, [0, 1, 2, 3])).await;
                script(&stage, "batch", [Late(Duration::from_millis(millis))]);
                let repeated = create(0, [0, 1, 2, 3]);
                let (one, second) =
                    join(stage.call(APPOINTMENT, &repeated), after(&stage, Duration::from_millis(20), &other)).await;
                assert!(kinds(&second).iter().all(Option::is_none));
                let (content, kept) = match other.act {
                    Act::Update(content) => (Some(content), other.mailboxes.as_slice()),
                    _ => (None, [].as_slice()),
                };
                let kinds = kinds(&one);
                let allowed = [Kind::InProgress, Kind::MeetingAlreadyExists];
                assert!(kinds.iter().flatten().all(|kind| allowed.contains(kind)), "{kinds:?}");
                end(&stage).holds(kept, content);
                stage
            });
        }
    }
}

/// The copy that blocks the id is gone when the create looks, and is created again before the create has the lock.
#[test]
fn a_create_does_not_take_an_id_whose_copy_another_create_makes_anew_meanwhile() {
    for millis in (0..2000).step_by(50) {
        play(async |stage| {
            succeeds(&stage, &create(0, [0])).await;
            stage.calendar.delete_in_outlook_at(|at| at == place(0)).expect("a copy");
            // The answer that the copy is gone takes so long.
            script(&stage, "find", [SlowAnswer(Duration::from_millis(millis))]);
            let again = create(0, [0]);
            let (other, again) =
                join(stage.call(APPOINTMENT, &create(1, [1])), after(&stage, Duration::from_millis(100), &again)).await;
            let both = [kinds(&other)[0], kinds(&again)[0]];
            let allowed = [Kind::InProgress, Kind::MeetingAlreadyExists];
            assert!(both.into_iter().flatten().all(|kind| allowed.contains(&kind)), "{both:?}");
            let contents = stage.contents(APPOINTMENT);
            let one_content =
                contents.iter().flatten().all(|content| Some(content) == contents.iter().flatten().next());
            assert!(one_content, "{millis} ms: {contents:?}, {both:?}");
            stage
        });
    }
}

#[test]
fn what_a_delete_sent_late_does_not_reach_what_was_made_since() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        script(&stage, "batch", [Late(seconds(70))]);
        assert!(told(&stage, &delete([0])).await[0].is_some());
        succeeds(&stage, &create(1, [0, 1])).await;
        super::script::sleep(60).await;
        end(&stage).holds(&[0, 1], Some(1));
        stage
    });
}

#[test]
fn who_finishes_a_delete_and_goes_on_keeps_the_id() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        script(&stage, "batch", [Unanswered]);
        assert_eq!(told(&stage, &delete([0])).await, [Some(Kind::TimedOut)]);
        // It takes the delete over, which succeeds for the one, and then claims what it is to create slowly.
        script(&stage, "delete", [Fine, Denied]);
        stage.records.script("replace by held", StoreFate::Fine);
        stage.records.script("replace by held", StoreFate::Slow(seconds(3)));
        let (one, other) =
            join(stage.call(APPOINTMENT, &update(1, [0])), after(&stage, seconds(1), &update(2, [0]))).await;
        assert_eq!(kinds(&other), [Some(Kind::InProgress)]);
        assert_eq!(kinds(&one), [Some(Kind::AccessDenied)]);
        assert_eq!(stage.contents(APPOINTMENT)[0], [1]);
        stage
    });
}
