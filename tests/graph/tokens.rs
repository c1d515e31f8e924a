//! Access tokens: refused, shared between processes, and renewed while the store is slow.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use convene::domain::format_utc;
use futures_util::future::join_all;
use serde_json::json;

use crate::{
    slow_secrets::SlowSecrets,
    stage::{Stage, call, day, mailbox},
};

#[tokio::test]
async fn a_refusal_that_lasts_costs_one_exchange() {
    let stage = Stage::start().await;
    let secrets = &stage.product.ready().secretsmanager;
    let watched = SlowSecrets::start(secrets, stage.product.http().clone(), &[]).await;
    let process = stage.process_with(&[watched.variable()]).await;
    assert!(process.free_busy(&["attendee2"]).await[0].is_ok());
    let effect = json!({"status": 401, "code": "InvalidAuthenticationToken"});
    let matching = json!({"operation": "get_schedule", "mailbox": "attendee1@contoso.com"});
    stage.simulator.fault(json!({"match": matching, "times": 0, "effect": effect})).await;
    stage.simulator.clear_journal().await;
    let writes_before = watched.arrived("PutSecretValue");
    for _ in 0..10 {
        assert!(process.free_busy(&["attendee1"]).await[0].is_err());
        // The tenant's token serves everybody else meanwhile.
        assert!(process.free_busy(&["attendee2"]).await[0].is_ok());
    }
    let writes = watched.arrived("PutSecretValue") - writes_before;
    assert_eq!((stage.exchanges().await, writes), (1, 1));
    // Twice for the first request, once for each other one, and none of the good ones was held up.
    assert_eq!(stage.simulator.requests().await.len(), 11 + 10);
}

#[tokio::test]
async fn a_revoked_token_is_renewed_at_once() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    assert!(process.free_busy(&["attendee1"]).await[0].is_ok());
    stage.simulator.control(reqwest::Method::POST, "/tokens/revoke", Some(json!({"kind": "access"}))).await;
    stage.simulator.clear_journal().await;
    let both = join_all((0..4).map(|_| process.free_busy(&["attendee1"]))).await;
    assert!(both.iter().all(|answers| answers[0].is_ok()), "{both:?}");
    assert_eq!(stage.exchanges().await, 1);
}

#[tokio::test]
async fn processes_that_start_together_share_a_token() {
    for stage in [Stage::start().await, Stage::start_delegated().await] {
        stage.simulator.clear_journal().await;
        let asked = join_all((0..6).map(async |_| stage.process().await.free_busy(&["organizer"]).await)).await;
        assert!(asked.iter().all(|answers| answers[0].is_ok()), "{asked:?}");
        assert_eq!(stage.exchanges().await, 1);
    }
}

#[tokio::test]
async fn a_new_refresh_token_is_stored_though_nobody_waits_for_it() {
    let stage = Stage::start_delegated().await;
    assert!(stage.process().await.free_busy(&["organizer"]).await[0].is_ok());
    // It is valid for a while: its renewal is not urgent.
    let mut ending = stage.stored().await;
    ending["expires_at"] = json!(format_utc(Utc::now() + TimeDelta::minutes(3)));
    stage.store(&ending).await;
    let slow = [("PutSecretValue", Duration::from_millis(2500))];
    let slow = SlowSecrets::start(&stage.product.ready().secretsmanager, stage.product.http().clone(), &slow).await;
    stage.simulator.clear_journal().await;
    assert!(stage.process_with(&[slow.variable()]).await.free_busy(&["organizer"]).await[0].is_ok());
    let stored = stage.stored().await;
    assert_eq!(stage.exchanges().await, 1);
    assert_ne!(
        (&stored["refresh_token"], &stored["access_token"]),
        (&ending["refresh_token"], &ending["access_token"])
    );
    assert_ne!(stored["refresh_token"], ending["refresh_token"]);
    // And the lease was given back: who has no token at all gets one without waiting for its end.
    stage.store(&json!({"refresh_token": stored["refresh_token"]})).await;
    let patience = call(5);
    assert!(stage.process().await.calendar.free_busy(&patience, &[mailbox("organizer")], day()).await[0].is_ok());
}

#[tokio::test]
async fn a_renewal_that_is_not_urgent_is_not_waited_for() {
    let stage = Stage::start_delegated().await;
    assert!(stage.process().await.free_busy(&["organizer"]).await[0].is_ok());
    let mut ending = stage.stored().await;
    ending["expires_at"] = json!(format_utc(Utc::now() + TimeDelta::minutes(3)));
    stage.store(&ending).await;
    // Whoever waited for this would wait longer than a request of five seconds lasts.
    stage.simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": {"hold": true}})).await;
    let process = stage.process().await;
    for _ in 0..2 {
        assert!(process.calendar.free_busy(&call(5), &[mailbox("organizer")], day()).await[0].is_ok());
    }
    stage.simulator.clear_faults().await;
}

/// The lease lasts 10 s. What is written under it has arrived by then, however slow everything is.
#[tokio::test]
async fn a_slow_holder_of_the_lease_writes_nothing_after_its_end() {
    tokio::join!(renews_slowly(1900, 2.5, 0), renews_slowly(100, 2.8, 1), renews_slowly(3000, 0.1, 0));
}

/// A process whose reads take 2.4 s, the exchange and the write so long. `writes`: how many are to arrive.
async fn renews_slowly(exchange_ms: u32, write: f64, writes: usize) {
    const READ: Duration = Duration::from_millis(2400);
    let stage = Stage::start_delegated().await;
    let before = stage.stored().await;
    let delays = [("GetSecretValue", READ), ("PutSecretValue", Duration::from_secs_f64(write))];
    let slow = SlowSecrets::start(&stage.product.ready().secretsmanager, stage.product.http().clone(), &delays).await;
    let effect = json!({"delay_ms": exchange_ms});
    stage.simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": effect})).await;
    let process = stage.process_with(&[slow.variable()]).await;
    let answers = process.calendar.free_busy(&call(25), &[mailbox("organizer")], day()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(slow.arrived("PutSecretValue"), writes, "{answers:?}");
    assert_eq!(stage.stored().await == before, writes == 0);
}
