//! What the running product writes about requests: one line each, and nothing personal or secret in any line, whatever
//! goes wrong.

mod observed;
mod requests;

use observed::{Expected, Observed, PRIVATE};
use serde_json::Value;

#[tokio::test]
async fn each_request_has_one_line_that_tells_nothing_private() {
    let mut observed = Observed::start().await;
    requests::successes(&mut observed).await;
    requests::bad_requests(&mut observed).await;
    requests::bad_credentials(&mut observed).await;
    requests::bad_days_at_microsoft(&mut observed).await;
    requests::bad_days_of_our_own(&mut observed).await;

    let lines = observed.process.log("request", observed.expected.len()).await;
    let parsed: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("a log line")).collect();
    let requests: Vec<_> = parsed.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), observed.expected.len());
    for expected in &observed.expected {
        assert_line(&requests, expected);
    }
    assert!(requests.iter().any(|line| line["cold_start"] == true), "nothing ever started cold");
    assert!(requests.iter().any(|line| line["cold_start"] == false), "everything started cold");

    let mut secrets = vec![PRIVATE.to_owned(), "@".to_owned(), "%40".to_owned(), "eyJ".to_owned(), "Bearer".to_owned()];
    secrets.push(observed.caller.token.clone());
    for tenant in observed.process.ready().tenants.values() {
        secrets.extend([
            tenant.client_secret.clone(),
            tenant.refresh_token.clone(),
            tenant.microsoft.client_secret.clone(),
        ]);
    }
    for line in &parsed {
        let correlation = &line["correlation_id"];
        let known = observed.expected.iter().any(|expected| *correlation == expected.correlation.as_str());
        assert!(known, "a line belongs to no request: {line}");
    }
    for line in &lines {
        for secret in &secrets {
            assert!(!line.contains(secret), "{secret:?} is logged: {line}");
        }
    }
}

/// One line for a request, with all that it must say.
fn assert_line(requests: &[&Value], expected: &Expected) {
    let mut mine = requests.iter().filter(|line| line["correlation_id"] == expected.correlation.as_str());
    let (Some(line), None) = (mine.next(), mine.next()) else {
        panic!("not one line for {} ({})", expected.correlation, expected.endpoint)
    };
    assert_eq!(line["endpoint"], expected.endpoint, "{line}");
    assert_eq!(line["tenant"], expected.tenant, "{line}");
    assert_eq!(line["errorCode"], expected.code.as_str(), "{line}");
    assert_eq!(line["status"], expected.status, "{line}");
    assert_eq!(line["level"], if expected.status >= 500 { "ERROR" } else { "INFO" }, "{line}");
    assert!(line["duration_ms"].is_u64() && line["cold_start"].is_boolean() && line["graph_calls"].is_u64(), "{line}");
    if let Some(calls) = expected.graph_calls {
        assert_eq!(line["graph_calls"], calls, "{line}");
    }
    if let Some(cause) = expected.cause {
        assert_eq!(line["cause"].as_str().unwrap_or_default(), cause, "{line}");
    }
}
