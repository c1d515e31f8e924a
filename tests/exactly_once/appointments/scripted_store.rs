//! Schedules that were written by hand: writes to the record that are lost, repeated or late.

use crate::error_kind::Kind;

use super::{
    ask::{Act, Asked, create, delete, update},
    script::{decided, end, hold_is_over, play, record, seconds, sleep, succeeds, succeeds_in_the_end, told},
    stage::Stage,
};
use crate::fake_store::Fate::{self, *};

/// A call for which there is something to do.
fn calls() -> [Asked; 3] {
    [create(0, [0, 1, 2]), update(1, [1, 2]), delete([1])]
}

async fn prepare(stage: &Stage, asked: &Asked) {
    if asked.act != Act::Create(0) {
        succeeds(stage, &create(0, [0, 1])).await;
    }
}

fn is_done(stage: &Stage, asked: &Asked) {
    match asked.act {
        Act::Create(content) | Act::Update(content) => end(stage).holds(&asked.mailboxes, Some(content)),
        Act::Delete => end(stage).is_gone(),
    }
}

#[test]
fn a_repeated_or_slow_write_of_the_lock_recognizes_itself() {
    for asked in calls() {
        for fate in [Repeated, Slow(seconds(5)), LateDouble(seconds(5)), LateDouble(seconds(60))] {
            play(async |stage| {
                prepare(&stage, &asked).await;
                stage.records.script(&format!("open to {}", asked.name()), fate);
                succeeds(&stage, &asked).await;
                is_done(&stage, &asked);
                sleep(6).await;
                assert_eq!(record(&stage).lock, None, "{asked:?}, {fate:?}");
                // And however late it comes again, it takes no effect on what others have made of the id since.
                succeeds(&stage, &delete([0])).await;
                sleep(60).await;
                end(&stage).is_gone();
                stage
            });
        }
    }
}

#[test]
fn an_opening_without_an_answer_lapses() {
    for asked in calls() {
        for fate in [Lost, Unanswered] {
            play(async |stage| {
                prepare(&stage, &asked).await;
                stage.records.script(&format!("open to {}", asked.name()), fate);
                assert_eq!(told(&stage, &asked).await, vec![Some(Kind::ServerBusy); asked.mailboxes.len()]);
                if matches!(fate, Unanswered) {
                    assert_eq!(told(&stage, &asked).await, vec![Some(Kind::InProgress); asked.mailboxes.len()]);
                    hold_is_over().await;
                }
                // What may have been added can still appear.
                succeeds_in_the_end(&stage, &asked).await;
                is_done(&stage, &asked);
                stage
            });
        }
    }
}

/// How the last write of a call is known to a script.
fn last(asked: &Asked) -> &'static str {
    if asked.act == Act::Delete { "replace by over" } else { "replace by free" }
}

#[test]
fn a_commit_that_is_repeated_or_slow_is_ones_own() {
    for asked in calls() {
        for fate in [Repeated, Slow(seconds(3)), LateDouble(seconds(5))] {
            play(async |stage| {
                prepare(&stage, &asked).await;
                stage.records.script(last(&asked), fate);
                succeeds(&stage, &asked).await;
                is_done(&stage, &asked);
                sleep(6).await;
                is_done(&stage, &asked);
                stage
            });
        }
    }
}

/// Loses the last write, and the one that would give the id back.
fn lose(stage: &Stage, asked: &Asked, fate: Fate) {
    stage.records.script(last(asked), fate);
    stage.records.script("replace by free", Lost);
}

#[test]
fn a_commit_that_is_lost_is_made_up_for_by_a_repeat() {
    for asked in calls() {
        for fate in [Lost, Unanswered] {
            play(async |stage| {
                prepare(&stage, &asked).await;
                lose(&stage, &asked, fate);
                let told = told(&stage, &asked).await;
                assert!(told.iter().all(Option::is_some), "{asked:?}, {fate:?}: {told:?}");
                hold_is_over().await;
                let next = decided(&stage, &asked).await;
                assert!(next.iter().all(Option::is_none), "{asked:?}, {fate:?}: {next:?}");
                is_done(&stage, &asked);
                stage
            });
        }
    }
}

#[test]
fn after_a_commit_that_is_lost_everything_may_be_asked() {
    for asked in calls() {
        for next in [update(2, [0, 3]), delete([0])] {
            play(async |stage| {
                prepare(&stage, &asked).await;
                lose(&stage, &asked, Lost);
                assert!(told(&stage, &asked).await.iter().all(Option::is_some));
                hold_is_over().await;
                succeeds_in_the_end(&stage, &next).await;
                is_done(&stage, &next);
                stage
            });
        }
    }
}

#[test]
fn whoever_gives_the_id_back_holds_nobody_up() {
    for asked in calls() {
        play(async |stage| {
            prepare(&stage, &asked).await;
            stage.records.script(last(&asked), Lost);
            assert!(told(&stage, &asked).await.iter().all(Option::is_some));
            assert_eq!(record(&stage).lock, None);
            succeeds(&stage, &asked).await;
            is_done(&stage, &asked);
            stage
        });
    }
}

#[test]
fn an_update_that_died_is_repeated_at_once() {
    play(async |stage| {
        succeeds(&stage, &create(0, [0, 1])).await;
        stage.records.script("open to update", Unanswered);
        assert_eq!(told(&stage, &update(1, [1, 2])).await, [Some(Kind::ServerBusy); 2]);
        hold_is_over().await;
        succeeds(&stage, &update(1, [1, 2])).await;
        end(&stage).holds(&[1, 2], Some(1));
        stage
    });
}
