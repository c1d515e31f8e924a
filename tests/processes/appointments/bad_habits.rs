//! Calls that die while Graph does what it may do but rarely does: it forgets transaction ids, answers a repeated one with an
//! error, or does not yet find what it has just stored.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    dying::every_death,
    killed::DEATHS,
    model::{Ask, CREATE},
    scenario::FEW,
};
use crate::stage::Stage;

async fn in_spite_of(habits: Value, doubt_window: Duration) {
    let stage = &Stage::open_for_appointments(doubt_window).await;
    stage.deployment.backends.simulator().switch(habits).await;
    tokio::join!(
        every_death(stage, FEW, CREATE, &DEATHS[3..6], &Ask::ALL),
        every_death(stage, FEW, Ask::Update, &DEATHS[4..6], &[Ask::Update, Ask::Delete]),
        every_death(stage, FEW, Ask::Delete, &DEATHS[4..6], &[CREATE]),
    );
    stage.neighbour_is_untouched().await;
}

#[tokio::test]
async fn graph_forgets_transactions_or_refuses_repeated_ones() {
    let window = Duration::from_secs(2);
    in_spite_of(json!({"forget_transaction_ids": true}), window).await;
    in_spite_of(json!({"duplicate_transaction_error": 409, "remember_deleted_transaction_ids": true}), window).await;
}

/// Later than the holds end, so that whoever takes over finds nothing, and sooner than the window ends.
#[tokio::test]
async fn graph_finds_events_late() {
    let window = Duration::from_secs(6);
    in_spite_of(json!({"filter_lag_ms": 5000, "duplicate_transaction_error": 409}), window).await;
}
