//! Events that nobody expects do not end a process: the same one answers the next good event.

use std::time::Duration;

use convene_tests::{Allowed, Bootstraps, Deployment, Outcome, PLENTY, events, samples};
use serde_json::{Value, json};

#[tokio::test]
async fn no_event_ends_a_process() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let good = events::sample("get-meeting");
    for function in ["schedule-meeting", "update-meeting", "delete-meeting", "get-meeting", "issue-token"] {
        let mut process = deployment.launch(function, 1).await;
        let same = process.running();
        for (name, event) in unreadable(&good).into_iter().chain(misshapen(function)) {
            let outcome = process.outcome(event, PLENTY).await;
            if let Outcome::Answered(_) = &outcome {
                let answer = outcome.answer();
                assert!((400..500).contains(&answer.status), "{function}: {name}: {answer:?}");
                assert!(answer.json().is_object(), "{function}: {name}: {answer:?}");
            }
            assert_eq!(process.running(), same, "{function}: {name} ended the process");
        }
        answers_as_ever(&deployment, &process, function).await;
        assert_eq!(process.running(), same, "{function}");
    }
}

/// What is no JSON, or no event at all. The runtime itself reports the former as errors.
fn unreadable(good: &Value) -> Vec<(String, Vec<u8>)> {
    let mut events: Vec<(String, Vec<u8>)> = [
        "",
        " ",
        "null",
        "true",
        "42",
        "\"text\"",
        "[]",
        "{}",
        "{",
        "not JSON",
        "{\"requestContext\":{}}",
        "{\"requestContext\":null}",
        "{\"requestContext\":[]}",
        "{\"httpMethod\":\"GET\"}",
        "{\"Records\":[]}",
        "{\"version\":\"2.0\"}",
        "{\"version\":\"1.0\",\"resource\":\"/\",\"path\":\"/\"}",
    ]
    .into_iter()
    .map(|text| (text.to_owned(), text.as_bytes().to_vec()))
    .collect();
    let text = good.to_string();
    events.push(("cut in half".to_owned(), text.as_bytes()[..text.len() / 2].to_vec()));
    events.push(("two at once".to_owned(), format!("{text}{text}").into_bytes()));
    events.push(("nested".to_owned(), "[".repeat(100_000).into_bytes()));
    events.push(("nested but closed".to_owned(), [vec![b'['; 50_000], vec![b']'; 50_000]].concat()));
    events.push(("bytes".to_owned(), (0..=255).collect()));
    let mut invalid = text.replace("SFDC-Callout", "SFDC\u{1}Callout").into_bytes();
    invalid.iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = 0xff);
    events.push(("invalid UTF-8 in a header".to_owned(), invalid));
    events
}

/// Events that are JSON and nearly right.
fn misshapen(function: &str) -> Vec<(String, Vec<u8>)> {
    let good = events::sample(function);
    let changes: Vec<(&str, &str, Value)> = vec![
        ("a body that is no base64", "", json!({"body": "%%%", "isBase64Encoded": true})),
        ("bytes that are no text", "", json!({"body": "//79/A==", "isBase64Encoded": true})),
        ("a body that is no text", "", json!({"body": {"id": 1}})),
        ("a huge body", "", json!({"body": "x".repeat(6_000_000)})),
        ("huge base64", "", json!({"body": "QUJD".repeat(1_500_000), "isBase64Encoded": true})),
        ("a path with blanks", "", json!({"rawPath": "/a b\n\u{7f}"})),
        ("a path that is no path", "", json!({"rawPath": "://[::"})),
        ("no path", "", json!({"rawPath": ""})),
        ("a path that is a number", "", json!({"rawPath": 7})),
        ("a long path", "", json!({"rawPath": format!("/{}", "x".repeat(100_000))})),
        ("a query of nonsense", "", json!({"rawQueryString": "%%%&&=&\u{0}é [ "})),
        ("a query that is a list", "", json!({"queryStringParameters": ["a"]})),
        ("headers with line breaks", "", json!({"headers": {"authorization": "a\r\nb: c", "x\ny": "z"}})),
        ("headers that are a list", "", json!({"headers": []})),
        ("no headers", "", json!({"headers": null})),
        ("a strange host", "", json!({"headers": {"host": "[:::]:99999 /?#"}})),
        ("a strange scheme", "", json!({"headers": {"x-forwarded-proto": "://", "host": "\u{1f600}"}})),
        ("a method with blanks", "http", json!({"method": "GE T"})),
        ("no method", "http", json!({"method": null})),
        ("a method that is an object", "http", json!({"method": {}})),
        ("no HTTP at all", "context", json!({"http": null})),
        ("a time that is text", "context", json!({"timeEpoch": "now"})),
        ("an authorizer of nonsense", "context", json!({"authorizer": [1]})),
        ("cookies that are numbers", "", json!({"cookies": [1, 2]})),
    ];
    let apply = |(name, place, change): (&str, &str, Value)| {
        let mut event = good.clone();
        let target = match place {
            "http" => &mut event["requestContext"]["http"],
            "context" => &mut event["requestContext"],
            _ => &mut event,
        };
        for (field, value) in change.as_object().expect("an object") {
            target[field] = value.clone();
        }
        (name.to_owned(), event.to_string().into_bytes())
    };
    changes.into_iter().map(apply).collect()
}

/// A call that this process can only answer in full working order.
async fn answers_as_ever(deployment: &Deployment, process: &Bootstraps, function: &str) {
    if function == "issue-token" {
        let tenant = deployment.backends.tenant("contoso");
        process.call(&events::token(&tenant.client_id, &tenant.client_secret), PLENTY).await.expect_ok();
        return;
    }
    let id = format!("after all of that, {function}");
    if function != "schedule-meeting" {
        deployment.call_once("schedule-meeting", &samples::meeting(&id)).await.expect(200, "NoError");
    }
    let request = match function {
        "schedule-meeting" => samples::meeting(&id),
        _ => json!({"id": id, "organizerEmail": samples::ORGANIZER}),
    };
    let answer = process.call(&deployment.event(function, &request), PLENTY).await;
    assert_eq!(answer.status, 200, "{function}: {answer:?}");
}

/// A deadline in so distant a future that computing with it panics: a fault that no layer of ours foresees.
#[tokio::test]
async fn a_panic_does_not_end_a_process() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let mut process = deployment.launch("schedule-meeting", 1).await;
    let same = process.running();
    let event = deployment.event("schedule-meeting", &samples::meeting("no end"));
    for millis in [u64::MAX, i64::MAX.unsigned_abs(), 0] {
        let outcome = process.outcome(event.to_string(), Allowed::UntilMillis(millis)).await;
        if let Outcome::Answered(_) = &outcome {
            let answer = outcome.answer();
            assert!(answer.json()["errorCode"].is_string(), "{millis}: {answer:?}");
        }
        assert_eq!(process.running(), same, "a deadline of {millis} ended the process");
    }
    answers_as_ever(&deployment, &process, "schedule-meeting").await;
    assert_eq!(process.running(), same);
}
