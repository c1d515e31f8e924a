//! Booking, in every way that touches a record differently.

use std::collections::BTreeSet;

use convene_local::Options;
use convene_tests::{events, samples};
use serde_json::{Value, json};

use crate::{compare::Used, watched::Watched};

const ORGANIZER: &str = samples::ORGANIZER;

/// What a function is asked about an id.
fn request(function: &str, id: &str) -> Value {
    match function {
        "schedule-meeting" => samples::meeting(id),
        "update-meeting" => json!({"id": id, "organizerEmail": ORGANIZER, "subject": "Changed"}),
        _ => json!({"id": id, "organizerEmail": ORGANIZER}),
    }
}

/// The endpoints of the Scheduler API with an access token.
pub async fn scene() -> BTreeSet<Used> {
    let watched = Watched::start(Options::default()).await;
    let token = watched.token().await;
    plain(&watched, &token).await;
    taken_back(&watched, &token).await;
    for function in ["schedule-meeting", "update-meeting", "get-meeting", "delete-meeting"] {
        for (lost, made) in [("after_commit", true), ("before_commit", false)] {
            let id = format!("{function}, {lost}");
            left_open(&watched, &token, &id, lost).await;
            let answer = watched.meeting(function, &token, &request(function, &id)).await;
            let expected = if made || function == "schedule-meeting" { 200 } else { 404 };
            assert_eq!(answer.status, expected, "{id}: {answer:?}");
        }
    }
    watched.used()
}

/// Each endpoint, by a function that has to get a Microsoft token first; then repeats, and other content.
async fn plain(watched: &Watched, token: &str) {
    let meeting = samples::meeting("plain");
    watched.meeting_anew("schedule-meeting", token, &meeting).await.expect(200, "NoError");
    watched.meeting("schedule-meeting", token, &meeting).await.expect(200, "NoError");
    let other = samples::meeting_with("plain", &json!({"subject": "Other"}));
    watched.meeting("schedule-meeting", token, &other).await.expect(409, "MeetingAlreadyExists");
    watched.meeting_anew("update-meeting", token, &request("update-meeting", "plain")).await.expect(200, "NoError");
    watched.meeting_anew("get-meeting", token, &request("get-meeting", "plain")).await.expect_ok();
    watched.forget_token().await;
    let mut event = events::sample("get-availability");
    event["headers"]["authorization"] = json!(format!("Bearer {token}"));
    watched.call("get-availability", &event).await.expect_ok();
    watched.meeting_anew("delete-meeting", token, &request("delete-meeting", "plain")).await.expect(200, "NoError");
    watched.meeting("delete-meeting", token, &request("delete-meeting", "plain")).await.expect(200, "NoError");
    watched.meeting("schedule-meeting", token, &meeting).await.expect(200, "NoError");
}

/// A claim of which nothing came, since Microsoft refused; and a delete that Microsoft refused.
async fn taken_back(watched: &Watched, token: &str) {
    let simulator = watched.product.simulator();
    simulator.fail_next("create_event", 403, "ErrorAccessDenied").await;
    let refused = watched.meeting("schedule-meeting", token, &samples::meeting("refused")).await;
    refused.expect(403, "ErrorAccessDenied");
    watched.meeting("schedule-meeting", token, &samples::meeting("refused")).await.expect(200, "NoError");
    simulator.fail_next("delete_event", 403, "ErrorAccessDenied").await;
    watched
        .meeting("delete-meeting", token, &request("delete-meeting", "refused"))
        .await
        .expect(403, "ErrorAccessDenied");
    watched.meeting("delete-meeting", token, &request("delete-meeting", "refused")).await.expect(200, "NoError");
}

/// A claim that has ended while nobody knows whether its event was made.
async fn left_open(watched: &Watched, token: &str, id: &str, lost: &str) {
    let simulator = watched.product.simulator();
    simulator.fault(json!({"match": {"operation": "create_event"}, "times": 1, "effect": {"drop": lost}})).await;
    let answer = watched.meeting("schedule-meeting", token, &samples::meeting(id)).await;
    assert_ne!(answer.status, 200, "{answer:?}");
}
