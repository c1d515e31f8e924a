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
    let wrong = |what: &str| Err(format!("{what}, expected {expected:?}: {reply:?}"));
    let statuses: &[u16] = match expected {
        Expected::BadRequest => &[400],
        Expected::Unauthorized => &[401],
        Expected::Refused => &[400, 401],
        Expected::Unserved => &[400, 404, 405],
        Expected::NoFault => &[200, 400, 401, 403, 404, 409],
    };
    if !statuses.contains(&reply.status) {
        return wrong("another status");
    }
    if reply.header("content-type") != Some("application/json") || reply.header("x-correlation-id").is_none() {
        return wrong("a header is missing");
    }
    let Ok(body) = serde_json::from_str::<Value>(&reply.text) else { return wrong("no JSON") };
    let code = body["errorCode"].as_str().or(body["error"].as_str()).unwrap_or_default();
    if expected == Expected::Unserved {
        // Each family has an error of its own.
        return Ok(());
    }
    let codes: &[&str] = match reply.status {
        200 => &["NoError", ""],
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
    if !codes.contains(&code) {
        return wrong("the code does not fit the status");
    }
    let explained =
        body["message"].as_str().or(body["error_description"].as_str()).is_some_and(|text| !text.is_empty());
    if reply.status != 200 && !explained { wrong("it explains nothing") } else { Ok(()) }
}
