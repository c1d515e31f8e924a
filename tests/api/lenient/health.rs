//! `HEAD /health`, as load balancers and monitors ask.

use convene_tests::{InProcess, events};
use serde_json::json;

#[test]
fn head_is_answered_without_a_body() {
    let functions = InProcess::start();
    let mut event = events::sample("get-health");
    event["requestContext"]["http"]["method"] = json!("HEAD");
    let answer = functions.invoke("get-health", &event);
    assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{answer:?}");
    assert!(answer.header("x-correlation-id").is_some(), "{answer:?}");
}
