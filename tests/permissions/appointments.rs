//! Appointments, in every way that touches their record differently.

use std::collections::BTreeSet;

use convene_local::Options;
use convene_tests::{Answer, samples};
use serde_json::{Value, json};

use crate::{compare::Used, watched::Watched};

/// What a function is asked about an id.
fn request(function: &str, id: &str) -> Value {
    match function {
        "create-appointments" => samples::meeting(id),
        "update-appointments" => {
            let new = samples::meeting_with(id, &json!({"subject": "Changed"}));
            json!({"original": {"id": id}, "new": new})
        }
        _ => json!({"id": id, "organizerEmail": samples::ORGANIZER, "attendees": ["attendee1@contoso.com"]}),
    }
}

/// The Lightning Scheduler adapter's own endpoints with an access token.
pub async fn scene() -> BTreeSet<Used> {
    let watched = Watched::start(Options::default()).await;
    let token = watched.token().await;
    plain(&watched, &token).await;
    taken_back(&watched, &token).await;
    for function in ["create-appointments", "update-appointments", "delete-appointments"] {
        for lost in ["after_commit", "before_commit"] {
            left_open(&watched, &token, function, lost).await;
        }
    }
    watched.used()
}

fn every(answer: Answer, code: &str) {
    let rows = answer.expect_ok();
    let rows = rows.as_array().expect("a list");
    assert!(rows.len() > 1 && rows.iter().all(|row| row["errorCode"] == code), "not all {code}: {rows:?}");
}

/// Each endpoint, by a function that has to get a Microsoft token first; then repeats, and what is unknown.
async fn plain(watched: &Watched, token: &str) {
    for function in ["update-appointments", "delete-appointments"] {
        every(watched.meeting(function, token, &request(function, "unknown")).await, "MeetingNotFound");
    }
    for function in ["create-appointments", "update-appointments", "delete-appointments"] {
        every(watched.meeting_anew(function, token, &request(function, "plain")).await, "NoError");
        every(watched.meeting(function, token, &request(function, "plain")).await, "NoError");
    }
}

/// What Microsoft refuses, and is asked for again.
async fn taken_back(watched: &Watched, token: &str) {
    let simulator = watched.product.simulator();
    for (function, operation) in [
        ("create-appointments", "create_event"),
        ("update-appointments", "update_event"),
        ("delete-appointments", "delete_event"),
    ] {
        simulator.fail_next(operation, 403, "ErrorAccessDenied").await;
        watched.meeting(function, token, &request(function, "refused")).await.expect_ok();
        every(watched.meeting(function, token, &request(function, "refused")).await, "NoError");
    }
}

/// Copies of which nobody knows whether they were made, and a function that comes after that.
async fn left_open(watched: &Watched, token: &str, function: &str, lost: &str) {
    let simulator = watched.product.simulator();
    let id = format!("{function}, {lost}");
    for operation in ["batch", "create_event"] {
        simulator.fault(json!({"match": {"operation": operation}, "times": 1, "effect": {"drop": lost}})).await;
    }
    let create = request("create-appointments", &id);
    watched.meeting("create-appointments", token, &create).await.expect_ok();
    watched.meeting(function, token, &request(function, &id)).await.expect_ok();
    every(watched.meeting("delete-appointments", token, &request("delete-appointments", &id)).await, "NoError");
}
