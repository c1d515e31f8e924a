//! Writes of configurations.

use std::time::Duration;

use chrono::{SubsecRound, TimeDelta};
use convene::{
    domain::ConfigurationId,
    scheduling::records::Consistency,
    store::{Configurations, Removed, Saved, StoredConfiguration},
};
use convene_tests::{Step, Trouble, When};
use futures_util::future::{join, join_all};
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, changed, configuration, now, tenant};

/// As often as the SDK tries.
const TRIES: usize = 3;

impl Stage {
    async fn get(&self, id: ConfigurationId) -> Option<StoredConfiguration> {
        let strong = self.configurations.get(id, Consistency::Strong).await.expect("read");
        let eventual = self.configurations.get(id, Consistency::Eventual).await.expect("read");
        assert_eq!(strong, eventual, "the embedded database has one copy");
        strong
    }

    async fn id_of(&self, slug: &str) -> Option<ConfigurationId> {
        self.configurations.id_of_slug(&tenant("contoso"), slug).await.expect("read")
    }

    async fn replace(&self, before: &StoredConfiguration, next: &StoredConfiguration) -> Saved {
        self.configurations.replace(before, next).await.expect("an answer")
    }
}

#[tokio::test]
async fn a_configuration_is_stored_replaced_and_removed_with_its_slug() {
    let stage = Stage::start().await;
    let first = configuration(Some("intro"));
    assert_eq!((stage.get(first.id).await, stage.id_of("intro").await), (None, None));
    stage.create(&first).await;
    assert_eq!((stage.get(first.id).await, stage.id_of("intro").await), (Some(first.clone()), Some(first.id)));
    let of_another = stage.configurations.id_of_slug(&tenant("fabrikam"), "intro").await.expect("read");
    assert_eq!(of_another, None);

    let same_slug = changed(&first, Some("intro"));
    assert_eq!(stage.replace(&first, &same_slug).await, Saved::Done);
    let moved = changed(&same_slug, Some("other"));
    assert_eq!(stage.replace(&same_slug, &moved).await, Saved::Done);
    assert_eq!((stage.id_of("intro").await, stage.id_of("other").await), (None, Some(first.id)));
    // The old slug is free for another one.
    let second = configuration(Some("intro"));
    stage.create(&second).await;
    let without = changed(&moved, None);
    assert_eq!(stage.replace(&moved, &without).await, Saved::Done);
    assert_eq!((stage.get(first.id).await, stage.id_of("other").await), (Some(without.clone()), None));
    assert_eq!(stage.id_of("intro").await, Some(second.id));

    assert_eq!(stage.configurations.remove(&without).await.expect("removed"), Removed::Done);
    assert_eq!(stage.configurations.remove(&without).await.expect("an answer"), Removed::Gone);
    assert_eq!(stage.replace(&without, &changed(&without, None)).await, Saved::Gone);
    assert_eq!(
        stage.replace(&without, &changed(&without, Some("intro"))).await,
        Saved::Gone,
        "also with a slug that is taken"
    );
    assert_eq!(stage.items().await.len(), 3, "the second one, its entry and its slug");
    assert_eq!(stage.configurations.remove(&second).await.expect("removed"), Removed::Done);
    assert!(stage.items().await.is_empty());
}

#[tokio::test]
async fn a_taken_id_a_taken_slug_and_another_version_change_nothing() {
    let stage = Stage::start().await;
    let (first, second) = (configuration(Some("intro")), configuration(None));
    stage.create(&first).await;
    stage.create(&second).await;
    let before = stage.items().await;
    let create = async |new| stage.configurations.create(&new).await.expect("an answer");
    assert_eq!(create(configuration(Some("intro"))).await, Saved::SlugTaken);
    // A configuration of another tenant has no other answer than one of the same tenant.
    for name in ["contoso", "fabrikam"] {
        let same_id = StoredConfiguration { id: first.id, tenant: tenant(name), ..configuration(Some("intro")) };
        assert_eq!(create(same_id).await, Saved::IdTaken);
    }
    assert_eq!(stage.replace(&second, &changed(&second, Some("intro"))).await, Saved::SlugTaken);
    let outdated = changed(&first, None);
    assert_eq!(stage.replace(&outdated, &changed(&outdated, Some("new"))).await, Saved::Changed);
    assert_eq!(stage.items().await, before);
    // Another tenant may have the same slug.
    assert_eq!(
        create(StoredConfiguration { tenant: tenant("fabrikam"), ..configuration(Some("intro")) }).await,
        Saved::Done
    );
}

#[tokio::test]
async fn what_identifies_a_configuration_stays_and_its_content_has_a_limit() {
    let stage = Stage::start().await;
    let first = configuration(None);
    let largest = StoredConfiguration { content: "ü".repeat(Configurations::MAX_CONTENT_BYTES / 2), ..first.clone() };
    let too_large = StoredConfiguration { content: format!("{}.", largest.content), ..first.clone() };
    assert!(stage.configurations.create(&too_large).await.expect_err("too large").is_definitive());
    stage.create(&largest).await;
    assert_eq!(stage.get(first.id).await.as_ref(), Some(&largest));
    let next = changed(&largest, None);
    for other in [
        StoredConfiguration { id: ConfigurationId(Uuid::new_v4()), ..next.clone() },
        StoredConfiguration { tenant: tenant("fabrikam"), ..next.clone() },
        StoredConfiguration { owner: "another".to_owned(), ..next.clone() },
        StoredConfiguration { created_at: next.created_at + TimeDelta::milliseconds(1), ..next.clone() },
    ] {
        assert!(stage.configurations.replace(&largest, &other).await.expect_err("refused").is_definitive());
    }
    assert_eq!(stage.items().await.len(), 2);
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_slug_and_one_replaces() {
    let stage = Stage::start().await;
    let rivals: Vec<_> = (0..10).map(|_| configuration(Some("intro"))).collect();
    let results = join_all(rivals.iter().map(|new| stage.configurations.create(new))).await;
    let results: Vec<_> = results.into_iter().map(|saved| saved.expect("an answer")).collect();
    let winners: Vec<_> = results.iter().zip(&rivals).filter(|(saved, _)| **saved == Saved::Done).collect();
    assert_eq!((winners.len(), results.iter().filter(|saved| **saved == Saved::SlugTaken).count()), (1, 9));
    let winner = winners[0].1;
    assert_eq!(stage.id_of("intro").await, Some(winner.id));
    assert_eq!(stage.items().await.len(), 3);

    let nexts: Vec<_> = (0..10).map(|n| changed(winner, Some(&format!("slug-{n}")))).collect();
    let results = join_all(nexts.iter().map(|next| stage.configurations.replace(winner, next))).await;
    let results: Vec<_> = results.into_iter().map(|saved| saved.expect("an answer")).collect();
    let done: Vec<_> = results.iter().zip(&nexts).filter(|(saved, _)| **saved == Saved::Done).collect();
    assert_eq!((done.len(), results.iter().filter(|saved| **saved == Saved::Changed).count()), (1, 9));
    assert_eq!(stage.get(winner.id).await.as_ref(), Some(done[0].1));
    assert_eq!(stage.items().await.len(), 3);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_done() {
    let stage = Stage::start().await;
    let first = configuration(Some("intro"));
    let second = changed(&first, Some("other"));
    let id = first.id.to_string();
    let lose = || stage.proxy.trouble(&id, Step::Transact, When::After, 1, Trouble::Lose);
    lose();
    stage.create(&first).await;
    lose();
    assert_eq!(stage.replace(&first, &second).await, Saved::Done);
    lose();
    assert_eq!(stage.configurations.remove(&second).await.expect("removed"), Removed::Done);
    assert_eq!(stage.proxy.struck(), 3);
    assert!(stage.items().await.is_empty());
}

/// DynamoDB remembers a transaction's token for ten minutes. These were never sent with it.
#[tokio::test]
async fn a_repeat_that_dynamodb_does_not_recognize_is_done_by_its_version() {
    let stage = Stage::start().await;
    let first = configuration(Some("intro"));
    stage.create(&first).await;
    let pk = format!("@configuration#{}", first.id);
    let (again, next) = (changed(&first, Some("intro")), changed(&first, Some("other")));
    stage.set(&pk, "version", &json!({"S": again.version.to_string()})).await;
    assert_eq!(stage.configurations.create(&again).await.expect("an answer"), Saved::Done);
    stage.set(&pk, "version", &json!({"S": next.version.to_string()})).await;
    assert_eq!(stage.replace(&first, &next).await, Saved::Done);
}

#[tokio::test]
async fn a_conflict_is_tried_again_and_one_that_lasts_is_unavailable() {
    let stage = Stage::start().await;
    let first = configuration(Some("intro"));
    let id = first.id.to_string();
    let conflicts = |times| stage.proxy.trouble(&id, Step::Transact, When::Before, times, Trouble::Conflict);
    conflicts(TRIES - 1);
    stage.create(&first).await;
    conflicts(TRIES);
    let next = changed(&first, None);
    let error = stage.configurations.replace(&first, &next).await.expect_err("unavailable");
    assert!(!error.is_definitive(), "{error}");
    assert_eq!(stage.proxy.struck(), 2 * TRIES - 1);
    assert_eq!(stage.get(first.id).await, Some(first.clone()));
    assert_eq!(stage.replace(&first, &next).await, Saved::Done);
}

#[tokio::test]
async fn a_removal_follows_a_change_that_was_faster() {
    let stage = Stage::start().await;
    let (first, other) = (configuration(Some("intro")), configuration(Some("another")));
    stage.create(&first).await;
    let changed = changed(&first, Some("other"));
    assert_eq!(stage.replace(&first, &changed).await, Saved::Done);
    stage.create(&other).await;
    let taken = StoredConfiguration { slug: Some("intro".to_owned()), ..configuration(None) };
    stage.create(&taken).await;
    assert_eq!(stage.configurations.remove(&first).await.expect("removed"), Removed::Done);
    assert_eq!((stage.get(first.id).await, stage.id_of("other").await), (None, None));
    // The slug that it had before belongs to another one now.
    assert_eq!((stage.id_of("intro").await, stage.id_of("another").await), (Some(taken.id), Some(other.id)));
    let before = stage.items().await;
    let foreign = StoredConfiguration { tenant: tenant("fabrikam"), ..other.clone() };
    assert_eq!(stage.configurations.remove(&foreign).await.expect("an answer"), Removed::Gone);
    assert_eq!(stage.items().await, before);
}

/// A removal that is slow meets what another request has created after a faster removal.
#[tokio::test]
async fn a_removal_spares_what_was_created_under_the_same_id_since() {
    let stage = Stage::start().await;
    let first = configuration(Some("intro"));
    stage.create(&first).await;
    assert_eq!(stage.configurations.remove(&first).await.expect("removed"), Removed::Done);
    let again = || changed(&first, Some("intro"));
    for other in [
        StoredConfiguration { owner: "another".to_owned(), ..again() },
        StoredConfiguration { created_at: first.created_at + TimeDelta::milliseconds(1), ..again() },
    ] {
        stage.create(&other).await;
        assert_eq!(stage.configurations.remove(&first).await.expect("an answer"), Removed::Gone);
        assert_eq!((stage.get(first.id).await.as_ref(), stage.id_of("intro").await), (Some(&other), Some(first.id)));
        assert_eq!(stage.configurations.remove(&other).await.expect("removed"), Removed::Done);
    }
}

/// The removal is held before its transaction; meanwhile the configuration changes, and a session of it begins.
#[tokio::test]
async fn a_removal_that_follows_a_change_looks_for_sessions_again() {
    let stage = Stage::start().await;
    let first = configuration(None);
    stage.create(&first).await;
    let mut held = stage.proxy.hold(&first.id.to_string(), Step::Transact, When::Before);
    let until = now().trunc_subsecs(0) + TimeDelta::minutes(5);
    let next = changed(&first, None);
    let meanwhile = async {
        held.reached().await;
        assert_eq!(stage.replace(&first, &next).await, Saved::Done);
        stage.sessions.create(&first.tenant, first.id, &"5".repeat(64), until).await.expect("stored");
        held.release();
    };
    let (removed, ()) = join(stage.configurations.remove(&first), meanwhile).await;
    assert_eq!(removed.expect("an answer"), Removed::SessionsActive { until });
    assert_eq!(stage.get(first.id).await, Some(next));
}

#[tokio::test]
async fn no_removal_while_a_session_is_active() {
    let stage = Stage::start().await;
    let (first, other) = (configuration(Some("intro")), configuration(None));
    stage.create(&first).await;
    stage.create(&other).await;
    let until = now().trunc_subsecs(0) + TimeDelta::minutes(5);
    let create = async |id, hash: String, until| {
        stage.sessions.create(&first.tenant, id, &hash, until).await.expect("stored");
    };
    for (n, minutes) in [2, 0, 1].into_iter().enumerate() {
        create(first.id, format!("{n:064}"), until - TimeDelta::minutes(minutes)).await;
    }
    create(first.id, format!("{:064}", 7), now() - TimeDelta::seconds(1)).await;
    create(other.id, format!("{:064}", 8), until + TimeDelta::minutes(9)).await;
    let refused = stage.configurations.remove(&first).await.expect("an answer");
    assert_eq!(refused, Removed::SessionsActive { until });
    assert_eq!(stage.get(first.id).await.as_ref(), Some(&first));
    for n in 0..3 {
        let session = stage.sessions.get(&format!("{n:064}")).await.expect("read").expect("a session");
        stage.sessions.remove(&session).await.expect("removed");
    }
    let soon = now() + TimeDelta::milliseconds(2500);
    create(first.id, format!("{:064}", 9), soon).await;
    let refused = stage.configurations.remove(&first).await.expect("an answer");
    assert_eq!(refused, Removed::SessionsActive { until: soon.trunc_subsecs(0) });
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(stage.configurations.remove(&first).await.expect("removed"), Removed::Done);
}

#[tokio::test]
async fn a_configuration_that_a_newer_release_wrote_is_refused() {
    let stage = Stage::start().await;
    let first = configuration(Some("intro"));
    stage.create(&first).await;
    let newer = json!({"N": "2"});
    stage.set(&format!("@configuration#{}", first.id), "v", &newer).await;
    stage.set("contoso#slug#intro", "v", &newer).await;
    let errors = [
        stage.configurations.get(first.id, Consistency::Strong).await.expect_err("newer"),
        stage.configurations.id_of_slug(&first.tenant, "intro").await.expect_err("newer"),
        stage.configurations.list(&first.tenant, "owner", 10, None).await.expect_err("newer"),
    ];
    for error in errors {
        assert!(error.is_definitive() && error.to_string().contains("newer than 1"), "{error}");
    }
}
