//! What is asked of every answer, and of the process.

use std::{
    env,
    panic::PanicHookInfo,
    sync::{Mutex, Once, PoisonError},
};

use convene_tests::Answer;
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};
use serde_json::Value;

/// `cases` cases, the same in each run, unless the environment says otherwise.
pub fn config(cases: u32) -> Config {
    watch_panics();
    let mut config = Config { failure_persistence: None, max_shrink_iters: 512, ..Config::default() };
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_201_016);
    }
    config
}

/// Tries a property on many inputs. What fails is told as small as it can be made, and not longer than a screen.
#[track_caller]
pub fn for_all<S: Strategy>(cases: u32, inputs: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    if let Err(error) = TestRunner::new(config(cases)).run(&inputs, property) {
        panic!("{}", error.to_string().chars().take(4000).collect::<String>());
    }
}

/// Where something panicked that must not.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes every panic on every thread. Two kinds are no fault: a test's own, and `lambda_http`'s, which panics on events
/// that are no HTTP and whose panics the edge answers.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            if ["/lambda_http-", "/aws_lambda_events-"].iter().any(|adapter| place.contains(adapter)) {
                return;
            }
            if !place.contains("hardening/") && !place.contains("harness/") && !place.contains("/proptest-") {
                PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(place);
            }
            default(panic);
        }));
    });
}

/// How an answer to bad input is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The request is at fault: 400.
    BadRequest,
    /// The credential is: 401.
    Unauthorized,
    /// Either, depending on what was made of it.
    Refused,
    /// No endpoint has this path, or none with this method: 404 or 405, if the request can be read at all.
    Unserved,
    /// Anything but a fault of ours.
    NoFault,
}

/// What is wrong with an answer, if anything is.
pub fn verdict(reply: &Answer, expected: Expected) -> Result<(), String> {
    let panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if !panics.is_empty() {
        return Err(format!("something panicked: {panics:?}"));
    }
    let wrong = |what| Err(format!("{what}, expected {expected:?}: {reply:?}"));
    let statuses: &[u16] = match expected {
        Expected::BadRequest => &[400],
        Expected::Unauthorized => &[401],
        Expected::Refused => &[400, 401],
        Expected::Unserved => &[400, 404, 405],
        Expected::NoFault => &[200, 201, 202, 302, 303, 400, 401, 403, 404, 409],
    };
    if !statuses.contains(&reply.status) {
        return wrong("another status");
    }
    if reply.header("x-correlation-id").is_none() {
        return wrong("x-correlation-id is missing");
    }
    if (300..400).contains(&reply.status) && reply.text.is_empty() {
        return Ok(());
    }
    let content_type = reply.header("content-type").unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default() {
        "application/json" => match serde_json::from_str(&reply.text) {
            Ok(body) => json_verdict(reply.status, &body, expected).or_else(wrong),
            Err(_) => wrong("invalid JSON"),
        },
        "text/html" if reply.text.trim().is_empty() => wrong("an empty page"),
        "text/html" => Ok(()),
        _ => wrong("another content type"),
    }
}

/// What is wrong with a body in JSON. Each family has an error of its own; a refusal explains itself in all of them.
fn json_verdict(status: u16, body: &Value, expected: Expected) -> Result<(), &'static str> {
    let is_success = (200..400).contains(&status);
    let is_explained = match (&body["errorCode"], &body["error"]) {
        (Value::String(_), _) => has_text(&body["message"]),
        (_, Value::String(_)) => has_text(&body["error_description"]) || has_text(&body["message"]),
        _ => has_sentence(body),
    };
    if !is_success && !is_explained {
        return Err("it explains nothing");
    }
    // Only some errors have a code in these places.
    let code = body["errorCode"].as_str().or(body["error"].as_str());
    let Some(code) = code.filter(|_| expected != Expected::Unserved) else { return Ok(()) };
    let codes: &[&str] = match status {
        200..400 => &["NoError"],
        400 => &[
            "InvalidRequest",
            "ErrorInvalidTimeInterval",
            "invalid_request",
            "invalid_grant",
            "unsupported_grant_type",
            "invalid_scope",
        ],
        401 => &["Unauthorized", "invalid_client"],
        403 => &["ErrorAccessDenied"],
        404 => &["MeetingNotFound", "ErrorMailRecipientNotFound"],
        _ => &["MeetingAlreadyExists", "RequestInProgress"],
    };
    if codes.contains(&code) { Ok(()) } else { Err("the code does not fit the status") }
}

fn has_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// Whether some text in a body is a sentence: codes and ids have no space.
fn has_sentence(body: &Value) -> bool {
    match body {
        Value::String(text) => text.trim().contains(' '),
        Value::Array(items) => items.iter().any(has_sentence),
        Value::Object(members) => members.values().any(has_sentence),
        _ => false,
    }
}

/// The error shapes of families, with bodies that are accepted and refused.
#[test]
fn refusals_of_any_shape_explain_themselves() {
    use serde_json::json;

    let verdict = |status, body: Value| json_verdict(status, &body, Expected::Refused);
    let nested = |message: &str| json!({"request_id": "1", "error": {"type": "invalid_request", "message": message}});
    assert_eq!(verdict(400, nested("The field is missing.")), Ok(()));
    assert_eq!(verdict(400, nested("")), Err("it explains nothing"));
    let flat = |code: &str| json!({"errorCode": code, "message": "The field is missing."});
    assert_eq!(verdict(400, flat("InvalidRequest")), Ok(()));
    assert_eq!(verdict(400, flat("Unauthorized")), Err("the code does not fit the status"));
    assert_eq!(verdict(401, json!({"error": "invalid_client", "x": "a b"})), Err("it explains nothing"));
    assert_eq!(verdict(200, json!({"status": "ok"})), Ok(()));
}
