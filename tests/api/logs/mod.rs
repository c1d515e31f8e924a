//! What the running product writes about requests: one line each, and nothing personal or secret in any line, whatever
//! goes wrong.

mod correlation;
mod observed;
mod requests;

use observed::{Expected, Observed, PRIVATE};
use serde_json::Value;

#[tokio::test]
async fn each_request_has_one_line_that_tells_nothing_private() {
    let mut observed = Observed::start().await;
    requests::successes(&mut observed).await;
    requests::answers_too_large_to_be_sent(&mut observed).await;
    correlation::ids_of_all_kinds(&mut observed).await;
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
    secrets.extend(["Olivia".to_owned(), "127.0.0.1".to_owned()]);
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

/// API Gateway's access log holds nothing of a person, their address on the Internet included.
#[test]
fn the_access_log_names_nobody() {
    let template = std::fs::read_to_string(convene_local::default_template()).expect("the template");
    let format = template.lines().find(|line| line.contains("$context.requestId")).expect("the access log's format");
    let fields: serde_json::Map<String, Value> = serde_json::from_str(format.trim()).expect("JSON");
    for (name, value) in &fields {
        let value = value.as_str().expect("text");
        for personal in ["identity", "path", "authorizer", "header", "query", "domainName"] {
            assert!(!value.contains(personal), "{name} holds {value}");
        }
    }
    assert!(fields.contains_key("routeKey") && fields.contains_key("status"));
}
