//! What only API Gateway's events show: where a request comes from, and what pages of other origins may read. `cargo local` lets no
//! other origin in.

use convene_tests::{
    Answer, InProcess,
    nylas::{booking, configuration, midnight},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::expect_error;

/// A colleague whose mailbox has no Teams.
const OFFLINE: &str = "offline@contoso.com";
/// The bookings from one source in an hour.
const MAX_CHANGES: usize = 60;

/// The functions, and a public configuration with Teams of a person who has none.
fn start() -> (InProcess, String) {
    let functions = InProcess::start();
    let mailbox = json!({"directory": "contoso.com", "address": OFFLINE, "teams": false});
    functions.run(functions.backends().simulator().control(Method::POST, "/mailboxes", Some(mailbox)));
    let mut wanted = configuration(&[OFFLINE]);
    wanted["event_booking"]["conferencing"] = json!({"provider": "Microsoft Teams", "autocreate": {}});
    let mut event = functions.event("create-configuration");
    event["pathParameters"] = json!({"grant_id": functions.backends().tenant("contoso").members[0].grant_id});
    event["body"] = json!(wanted.to_string());
    let created = functions.invoke("create-configuration", &event).expect_ok();
    let id = created["data"]["id"].as_str().expect("an id").to_owned();
    (functions, id)
}

fn book(functions: &InProcess, configuration: &str, source: &str, request: &Value) -> Answer {
    let mut event = functions.event("create-booking");
    event["rawQueryString"] = json!(format!("configuration_id={configuration}"));
    event["requestContext"]["http"]["sourceIp"] = json!(source);
    // The sender's own claim.
    event["headers"]["x-forwarded-for"] = json!("198.51.100.1");
    event["body"] = json!(request.to_string());
    functions.invoke("create-booking", &event)
}

#[track_caller]
fn assert_readable(answer: &Answer, header: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:?}");
    let exposed = answer.header("access-control-expose-headers").expect("headers");
    assert!(answer.header(header).is_some() && exposed.contains(header), "{header}: {answer:?}");
}

#[test]
fn a_source_is_counted_by_the_address_that_api_gateway_saw() {
    let (functions, id) = start();
    let start = midnight(3);
    // A time that is no slot: each request counts, and asks Microsoft for nothing.
    let mut wrong = booking("jane", start + 60);
    wrong["end_time"] = json!(start + 120);
    for number in 0..MAX_CHANGES {
        wrong["guest"]["email"] = json!(format!("guest{number}@example.com"));
        let source = format!("2001:db8:1:2::{number:x}");
        expect_error(&book(&functions, &id, &source, &wrong), 400, "invalid_request_error");
    }
    let refused = book(&functions, &id, "2001:db8:1:2:ffff::1", &booking("jane", start));
    expect_error(&refused, 429, "rate_limit_error");
    assert_readable(&refused, "retry-after");
    for (source, guest) in [("2001:db8:1:3::1", "jane"), ("203.0.113.7", "joe"), ("198.51.100.1", "jim")] {
        let start = start + 1800 * i64::from(guest.as_bytes()[1]);
        book(&functions, &id, source, &booking(guest, start)).expect_ok();
    }
}

#[test]
fn a_page_can_read_the_warning() {
    let (functions, id) = start();
    let booked = book(&functions, &id, "203.0.113.7", &booking("jane", midnight(3)));
    assert_readable(&booked, "x-convene-warning");
    booked.expect_ok();
}
