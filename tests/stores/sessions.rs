//! Sessions.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use convene::{domain::ConfigurationId, store::Session};
use convene_tests::{Step, Trouble, When};
use futures_util::future::join_all;
use serde_json::json;

use crate::stage::{Stage, configuration, now, tenant};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

impl Stage {
    async fn begin(&self, configuration: ConfigurationId, expires_at: DateTime<Utc>) {
        self.sessions.create(&tenant("contoso"), configuration, HASH, expires_at).await.expect("stored");
    }

    async fn session(&self) -> Option<Session> {
        self.sessions.get(HASH).await.expect("read")
    }
}

#[tokio::test]
async fn a_session_lives_until_it_expires_or_is_removed() {
    let stage = Stage::start().await;
    let (first, until) = (configuration(None), now() + TimeDelta::minutes(5));
    stage.create(&first).await;
    assert_eq!(stage.session().await, None);
    stage.begin(first.id, until).await;
    let session = stage.session().await.expect("a session");
    let expected = Session {
        token_hash: HASH.to_owned(),
        tenant: tenant("contoso"),
        configuration: first.id,
        expires_at: until.trunc_subsecs(0),
    };
    assert_eq!(session, expected);
    // The token is not stored. DynamoDB removes both items, the entry later.
    let items = stage.items().await;
    let ttl = |pk: &str| items.iter().find(|item| item["pk"]["S"] == pk).expect("an item")["ttl"]["N"].clone();
    assert_eq!(ttl(&format!("@session#{HASH}")), until.timestamp().to_string());
    assert_eq!(ttl("contoso#sessions"), (until + TimeDelta::days(7)).timestamp().to_string());

    stage.sessions.remove(&session).await.expect("removed");
    stage.sessions.remove(&session).await.expect("gone");
    assert_eq!((stage.session().await, stage.items().await.len()), (None, 2));

    stage.begin(first.id, now() + TimeDelta::milliseconds(2500)).await;
    assert!(stage.session().await.is_some());
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!((stage.session().await, stage.items().await.len()), (None, 4), "DynamoDB removes it later");
}

/// The claim of a booking checks the configuration's item in a transaction, so the transaction of a session must not have the item.
#[tokio::test]
async fn a_session_does_not_contend_for_its_configuration() {
    let stage = Stage::start().await;
    let (first, until) = (configuration(None), now() + TimeDelta::minutes(5));
    stage.create(&first).await;
    stage.proxy.trouble(&first.id.to_string(), Step::Transact, When::Before, 1, Trouble::Conflict);
    stage.begin(first.id, until).await;
    assert_eq!((stage.proxy.struck(), stage.items().await.len()), (0, 4));
}

#[tokio::test]
async fn lost_answers_and_conflicts_do_not_show() {
    let stage = Stage::start().await;
    let (first, until) = (configuration(None), now() + TimeDelta::minutes(5));
    stage.create(&first).await;
    for (when, trouble) in [(When::After, Trouble::Lose), (When::Before, Trouble::Conflict)] {
        stage.proxy.trouble(HASH, Step::Transact, when, 1, trouble.clone());
        stage.begin(first.id, until).await;
        stage.proxy.trouble(HASH, Step::Transact, when, 1, trouble);
        stage.sessions.remove(&stage.session().await.expect("a session")).await.expect("removed");
        assert_eq!(stage.session().await, None);
    }
    assert_eq!(stage.proxy.struck(), 4);
    let hashes: Vec<_> = (0..20).map(|n| format!("{n:064}")).collect();
    let create = |hash| stage.sessions.create(&first.tenant, first.id, hash, until);
    let created = join_all(hashes.iter().map(|hash| create(hash))).await;
    assert!(created.into_iter().all(|created| created.is_ok()));
    assert_eq!(stage.items().await.len(), 2 + 2 * hashes.len());
}

#[tokio::test]
async fn a_session_that_a_newer_release_wrote_is_refused() {
    let stage = Stage::start().await;
    let first = configuration(None);
    stage.create(&first).await;
    stage.begin(first.id, now() + TimeDelta::minutes(5)).await;
    stage.set(&format!("@session#{HASH}"), "v", &json!({"N": "2"})).await;
    assert!(stage.sessions.get(HASH).await.expect_err("newer").is_definitive());
}
