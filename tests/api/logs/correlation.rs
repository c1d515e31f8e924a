//! Correlation ids in the log: as they are where they can be no address, else as their hash.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use reqwest::Method;
use serde_json::json;

use super::observed::{Observed, private_meeting};
use convene_tests::samples;

/// What the log has for an id.
pub fn logged(id: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=64).contains(&id.len()) && id.chars().all(harmless) {
        return id.to_owned();
    }
    let hash = digest(&SHA256, id.as_bytes());
    hash.as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("written");
        text
    })
}

/// The ids that callers send: the documents' own, and some that are personal.
pub async fn ids_of_all_kinds(observed: &mut Observed) {
    let long = "x".repeat(65);
    for id in [
        "ac7b40b4-2c33-723b-8aaie-8bpf077z7539",
        "1234567\u{2014}9012-3456-789012345678",
        "organizer@contoso.com",
        "organizer%40contoso.com",
        "Olivia Organizer",
        "a.b",
        &long[1..],
        &long,
    ] {
        // In a body, where the call is refused, and in a query.
        let meeting = private_meeting("n", &json!({"salesforceCorrelationId": id, "endTime": "never"}));
        let answer = observed.caller.schedule(&meeting).await;
        observed.note_as("schedule-meeting", logged(id), answer).expect(400, "InvalidRequest");
        let request = observed.caller.request(Method::GET, "/api/salesforce/scheduler/meeting").query(&[
            ("id", "unknown"),
            ("organizerEmail", samples::ORGANIZER),
            ("salesforceCorrelationId", &format!("{id}2")),
        ]);
        let answer = convene_tests::Answer::read(request.send().await.expect("an answer")).await;
        observed.note_as("get-meeting", logged(&format!("{id}2")), answer).expect(404, "MeetingNotFound");
    }
}
