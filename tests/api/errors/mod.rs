//! Every row of the error table: status, code and shape.

mod ambiguous;
mod credentials;
mod fields;
mod limits;
mod meetings;
mod microsoft;
mod unwell;

use convene_tests::Answer;
use serde_json::Value;

/// Asserts a failure in its documented shape, down to the last member, and that it shows nothing internal.
#[track_caller]
pub fn assert_failed(answer: &Answer, status: u16, code: &str, email: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["errorCode"], &body["email"]),
        (status, &code.into(), &email.into()),
        "{answer:?}"
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer:?}");
    for name in body.as_object().expect("an object").keys() {
        assert!(["email", "errorCode", "message", "details"].contains(&name.as_str()), "{answer:?}");
    }
    for detail in body["details"].as_array().into_iter().flatten() {
        assert!(detail["field"].is_string() && detail["message"].is_string(), "{answer:?}");
        assert_eq!(detail.as_object().map(serde_json::Map::len), Some(2), "{answer:?}");
    }
    assert!(answer.header("x-correlation-id").is_some(), "{answer:?}");
    answer.assert_shows_nothing_internal();
}

/// Asserts a failure for these fields, all told at once and in this order, and no others.
#[track_caller]
pub fn assert_invalid(answer: &Answer, email: &str, fields: &[&str]) {
    assert_failed(answer, 400, "InvalidRequest", email);
    assert_eq!(fields_of(answer), fields, "{answer:?}");
}

/// The fields that a failure names.
pub fn fields_of(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let details = body["details"].as_array().cloned().unwrap_or_default();
    details.iter().map(|detail: &Value| detail["field"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The seconds of a `Retry-After` that must be there.
#[track_caller]
pub fn retry_after(answer: &Answer) -> u64 {
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
    seconds.unwrap_or_else(|| panic!("no Retry-After in seconds: {answer:?}"))
}
