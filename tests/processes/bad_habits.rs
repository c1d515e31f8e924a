//! Calls that die while Graph does what it may do but rarely does: it forgets transaction ids, answers a repeated one
//! with an error, or does not yet find what it has just stored.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    killed::{DELETE, SCHEDULE, every_death},
    scenario::{
        Ask,
        Content::{First, Other},
        Standing,
    },
    stage::Stage,
};

/// What is asked after a death.
const NEXT: [Ask; 3] = [Ask::Schedule(First), Ask::Schedule(Other), Ask::Delete];

async fn in_spite_of(habits: Value, doubt_window: Duration) {
    let stage = Stage::open(doubt_window).await;
    stage.deployment.backends.simulator().switch(habits).await;
    tokio::join!(
        every_death(&stage, Standing::Absent, Ask::Schedule(First), &SCHEDULE[3..7], &NEXT),
        every_death(&stage, Standing::made(First), Ask::Delete, &DELETE[4..6], &NEXT[..1]),
    );
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn graph_forgets_transactions_or_refuses_repeated_ones() {
    let window = Duration::from_secs(2);
    tokio::join!(
        in_spite_of(json!({"forget_transaction_ids": true}), window),
        in_spite_of(json!({"duplicate_transaction_error": 400}), window),
        in_spite_of(json!({"duplicate_transaction_error": 409, "remember_deleted_transaction_ids": true}), window),
    );
}

/// Later than the claims end, so that whoever takes over finds nothing, and sooner than the window ends.
#[tokio::test]
async fn graph_finds_events_late() {
    let window = Duration::from_secs(6);
    tokio::join!(
        in_spite_of(json!({"filter_lag_ms": 5000}), window),
        in_spite_of(json!({"filter_lag_ms": 5000, "duplicate_transaction_error": 409}), window),
    );
}
