//! Many instances that start at once, as Lambda starts them: each has nothing in memory, and all have one store.

use chrono::{TimeDelta, Utc};
use convene::{calendar::CalendarError, domain::format_utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    log,
    slow_secrets::SlowSecrets,
    stage::{Process, Stage, call},
};

const CROWD: usize = 100;

/// A crowd before a delegated tenant whose access token has expired; what is stored of it; and a count of the writes.
async fn crowd() -> (Stage, Vec<Process>, Value, SlowSecrets) {
    let stage = Stage::start_delegated().await;
    assert!(stage.process().await.free_busy(&["organizer"]).await[0].is_ok());
    let mut expired = stage.stored().await;
    expired["expires_at"] = json!(format_utc(Utc::now() - TimeDelta::minutes(1)));
    stage.store(&expired).await;
    let watched = SlowSecrets::start(&stage.product.ready().secretsmanager, stage.product.http().clone(), &[]).await;
    let variable = [watched.variable()];
    let processes = join_all((0..CROWD).map(|_| stage.process_with(&variable))).await;
    stage.simulator.clear_journal().await;
    (stage, processes, expired, watched)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_renews_an_expired_sign_in_once() {
    log::keep();
    let (stage, processes, expired, watched) = crowd().await;
    let calls: Vec<_> = processes.iter().map(|_| call(25)).collect();
    let asked = processes.iter().zip(&calls).map(|(process, call)| process.free_busy_by(call, &["organizer"]));
    let answers = join_all(asked).await;
    assert!(answers.iter().all(|answer| answer[0].is_ok()), "{answers:?}");
    assert_eq!((stage.exchanges().await, watched.arrived("PutSecretValue")), (1, 1));
    assert!(calls.iter().all(|call| log::events_of(call).is_empty()));
    // The refresh token that came of it is stored, and good.
    let renewed = stage.stored().await;
    assert!(renewed["refresh_token"].is_string());
    assert_ne!(renewed["refresh_token"], expired["refresh_token"]);
    stage.store(&json!({"refresh_token": renewed["refresh_token"]})).await;
    assert!(stage.process().await.free_busy(&["organizer"]).await[0].is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_before_a_busy_token_endpoint_takes_the_sign_in_for_good() {
    log::keep();
    let (stage, processes, expired, watched) = crowd().await;
    let effect = json!({"status": 429, "retry_after": 60});
    stage.simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": effect})).await;
    let calls: Vec<_> = processes.iter().map(|_| call(5)).collect();
    let asked = processes.iter().zip(&calls).map(|(process, call)| process.free_busy_by(call, &["organizer"]));
    for answer in join_all(asked).await {
        // Throttled, or not come to ask before the time was over.
        let passes = matches!(answer[0], Err(CalendarError::Throttled { .. } | CalendarError::NotSent { .. }));
        assert!(passes, "{answer:?}");
    }
    assert!(calls.iter().all(|call| log::events_of(call).is_empty()));
    assert_eq!((stage.stored().await, watched.arrived("PutSecretValue")), (expired, 0));
    stage.simulator.clear_faults().await;
    let answers = join_all(processes.iter().map(|process| process.free_busy(&["organizer"]))).await;
    assert!(answers.iter().all(|answer| answer[0].is_ok()), "{answers:?}");
    assert_eq!(watched.arrived("PutSecretValue"), 1);
}
