//! What Microsoft's refusals, throttling and silence come to: `ErrorAccessDenied`, `ErrorServerBusy`,
//! `ErrorTimeoutExpired`. Each leaves the calendar so that the same call may be repeated.

use std::time::Duration;

use convene_local::Options;
use convene_tests::{Answer, Caller, Product, samples};
use serde_json::{Value, json};

use super::{assert_failed, retry_after};

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn microsoft_refuses_the_app() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for operation in ["create_event", "get_event", "update_event", "delete_event"] {
        simulator.fail_all(operation, 403, "ErrorAccessDenied", None).await;
    }
    for answer in each(&caller, "m", "n").await {
        assert_failed(&answer, 403, "ErrorAccessDenied", ORGANIZER);
        // No other token would help.
        assert_eq!(answer.header("www-authenticate"), None);
    }
    simulator.fail_all("get_schedule", 403, "ErrorAccessDenied", None).await;
    assert_eq!(available(&caller).await, "ErrorAccessDenied");
    simulator.clear_faults().await;
    // Nothing happened.
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Quarterly review");
    caller.schedule(&samples::meeting("n")).await.expect(200, "NoError");
    assert_eq!(available(&caller).await, "NoError");
}

#[tokio::test]
async fn microsoft_throttles_beyond_the_time_there_is() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for operation in ["create_event", "get_event", "update_event", "delete_event", "get_schedule"] {
        simulator.fail_all(operation, 429, "ApplicationThrottled", Some(120)).await;
    }
    simulator.clear_journal().await;
    for answer in each(&caller, "m", "n").await {
        assert_failed(&answer, 503, "ErrorServerBusy", ORGANIZER);
        assert_eq!(retry_after(&answer), 120);
    }
    assert_eq!(available(&caller).await, "ErrorServerBusy");
    // Nobody is asked again who said when to come back.
    assert_eq!(simulator.operations().await.len(), 5);
    simulator.clear_faults().await;
    caller.schedule(&samples::meeting("n")).await.expect(200, "NoError");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 1);
}

#[tokio::test]
async fn who_asks_for_many_learns_when_the_last_of_them_may_be_asked_for() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    let entries: Value = (0..60).map(|n| json!({"email": format!("person{n}@contoso.com")})).collect();
    for n in 0..60 {
        simulator.add_mailbox("contoso.com", &format!("person{n}@contoso.com")).await;
    }
    let ask = || caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entries);
    assert_eq!(ask().await.header("retry-after"), None);
    // Twenty are asked for at a time. All are well of the first twenty, none of the others.
    for n in 20..60 {
        let wait = if n < 40 { 200 } else { 100 };
        let effect = json!({"status": 429, "code": "ApplicationThrottled", "retry_after": wait});
        let asked = json!({"operation": "get_schedule", "mailbox": format!("person{n}@contoso.com")});
        simulator.fault(json!({"match": asked, "times": 0, "effect": effect})).await;
    }
    let answer = ask().await;
    assert_eq!(retry_after(&answer), 200);
    let rows = answer.expect_ok();
    let of = |code: &str| rows.as_array().expect("rows").iter().filter(|row| row["errorCode"] == code).count();
    assert_eq!((of("NoError"), of("ErrorServerBusy")), (20, 40));
    simulator.clear_faults().await;
    simulator.fail_all("get_schedule", 403, "ErrorAccessDenied", Some(50)).await;
    let refused = ask().await;
    assert_eq!((refused.status, refused.header("retry-after")), (200, None));
}

#[tokio::test]
async fn throttling_that_ends_in_time_goes_unnoticed() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    for operation in ["create_event", "get_event", "update_event", "delete_event", "get_schedule"] {
        let effect = json!({"status": 429, "code": "ApplicationThrottled", "retry_after": 0.1});
        simulator.fault(json!({"match": {"operation": operation}, "times": 2, "effect": effect})).await;
    }
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_eq!(caller.get("m", ORGANIZER).await.status, 200);
    caller.update(&json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "S"})).await.expect(200, "NoError");
    assert_eq!(available(&caller).await, "NoError");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(product.outlook("contoso").await.events(ORGANIZER).await.is_empty());
}

#[tokio::test]
async fn microsoft_is_silent() {
    let product = Product::start_with(short()).await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for operation in ["create_event", "get_event", "update_event", "delete_event", "get_schedule"] {
        simulator.hold(operation, 0).await;
    }
    let (answers, availability) = tokio::join!(
        async {
            let change = json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "Later"});
            let (meeting, change) = (samples::meeting("n"), change);
            tokio::join!(caller.schedule(&meeting), caller.update(&change), caller.get("m", ORGANIZER))
        },
        available(&caller),
    );
    for answer in [answers.0, answers.1, answers.2] {
        assert_failed(&answer, 504, "ErrorTimeoutExpired", ORGANIZER);
    }
    assert_eq!(availability, "ErrorTimeoutExpired");
    assert_failed(&caller.delete("m", ORGANIZER).await, 504, "ErrorTimeoutExpired", ORGANIZER);
    simulator.clear_faults().await;
    // The same calls, repeated: everything is as if it had been done once.
    repeat(|| async { caller.schedule(&samples::meeting("n")).await }).await;
    repeat(|| async { caller.delete("m", ORGANIZER).await }).await;
    let events = product.outlook("contoso").await.events(ORGANIZER).await;
    assert_eq!(events.len(), 1, "{events:#?}");
}

/// A stack whose functions have little time. What it holds counts as in flight, and is not what is tested here.
fn short() -> Options {
    Options {
        function_timeout: Some(Duration::from_millis(900)),
        doubt_window: Some(Duration::from_secs(1)),
        bound_concurrency: false,
        ..Options::default()
    }
}

/// Repeats a call as a caller would, for as long as it is told that its id is being worked on.
async fn repeat<F: Future<Output = Answer>>(call: impl Fn() -> F) {
    for _ in 0..100 {
        let answer = call().await;
        if answer.code() != "RequestInProgress" {
            answer.expect(200, "NoError");
            return;
        }
        assert!(retry_after(&answer) <= 5, "{answer:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it stays in progress");
}

/// What one call to each of the meeting endpoints answers: `id` exists, `new` does not.
async fn each(caller: &Caller, id: &str, new: &str) -> [Answer; 4] {
    [
        caller.schedule(&samples::meeting(new)).await,
        caller.get(id, ORGANIZER).await,
        caller.update(&json!({"id": id, "organizerEmail": ORGANIZER, "subject": "S"})).await,
        caller.delete(id, ORGANIZER).await,
    ]
}

async fn available(caller: &Caller) -> String {
    let entry = json!([{"email": ORGANIZER}]);
    let answer = caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entry).await.expect_ok();
    if answer[0]["errorCode"] != "NoError" {
        assert_eq!(answer[0]["unavailableTimeslots"], json!([]));
    }
    answer[0]["errorCode"].as_str().expect("a code").to_owned()
}
