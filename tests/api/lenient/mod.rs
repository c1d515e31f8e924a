//! Forgiving where callers differ, strict where it matters (`docs/decisions/0019-lenient-requests.md`): each rule at two endpoints or
//! fields.

mod attendees;
mod bodies;
mod compressed;
mod health;
mod ids;
mod lists;
mod microsoft;
mod texts;
mod times;

use convene_tests::Answer;
use serde_json::Value;

/// The messages of a refusal, by field.
#[track_caller]
fn messages(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidRequest"), "{answer:?}");
    let text = |detail: &Value, name: &str| detail[name].as_str().expect("a text").to_owned();
    let body = answer.json();
    let details = body["details"].as_array().expect("details").iter();
    details.map(|detail| (text(detail, "field"), text(detail, "message"))).collect()
}

/// Asserts that a request is refused for this field, in these words.
#[track_caller]
fn assert_message(answer: &Answer, field: &str, message: &str) {
    assert_eq!(messages(answer), [(field.to_owned(), message.to_owned())], "{answer:?}");
}
