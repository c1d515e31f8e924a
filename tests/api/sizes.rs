//! Answers that are larger than Lambda returns, and compressed ones.

use convene_tests::{Answer, Caller, Product, lightning, samples};
use reqwest::{Method, header::ACCEPT_ENCODING};
use serde_json::{Value, json};

use crate::errors::assert_failed;

const ORGANIZER: &str = samples::ORGANIZER;
const WINDOW: &str = "from=2026-05-04T00:00:00Z&to=2026-05-18T00:00:00Z";

/// A product where a mailbox has so many entries in the window.
async fn with_entries(count: usize) -> Product {
    let product = Product::start().await;
    let entry = |n: usize| {
        let at = |minute: &str| format!("2026-05-{:02}T{:02}:{minute}:00Z", 4 + n / 12, 2 * (n % 12));
        json!({"mailbox": "attendee1@contoso.com", "start": at("00"), "end": at("30")})
    };
    product.simulator().add_events((0..count).map(entry).collect()).await;
    product
}

/// Asks so many times for that mailbox.
async fn availability(caller: &Caller, mailboxes: usize, encoding: Option<&str>) -> Answer {
    let entries: Value = (0..mailboxes).map(|_| json!({"email": "attendee1@contoso.com"})).collect();
    let path = format!("/api/salesforce/scheduler/availability?{WINDOW}");
    let mut request = caller.request(Method::POST, &path).json(&entries);
    if let Some(encoding) = encoding {
        request = request.header(ACCEPT_ENCODING, encoding);
    }
    Answer::read(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn more_availability_than_can_be_sent_is_refused_or_compressed() {
    let product = with_entries(90).await;
    let caller = product.contoso().await;
    // 5.9 MB as the caller would get it, and 6.6 MB with the quotes escaped, as it goes through Lambda.
    for encoding in [None, Some("gzip;q=0, br"), Some("identity")] {
        let refused = availability(&caller, 1000, encoding).await;
        assert_failed(&refused, 400, "InvalidRequest", "");
        let message = refused.json()["message"].as_str().expect("a message").to_owned();
        for remedy in ["fewer mailboxes", "shorter window", "Accept-Encoding: gzip"] {
            assert!(message.contains(remedy), "{message}");
        }
    }
    for encoding in ["gzip", "identity;q=1, *;q=0.1"] {
        let compressed = availability(&caller, 1000, Some(encoding)).await;
        assert_eq!((compressed.status, compressed.header("content-encoding")), (200, Some("gzip")), "{encoding}");
        assert_eq!(compressed.header("vary"), Some("accept-encoding"));
        let rows = compressed.json();
        let rows = rows.as_array().expect("rows");
        assert_eq!(rows.len(), 1000);
        assert!(rows.iter().all(|row| row["unavailableTimeslots"].as_array().map(Vec::len) == Some(90)));
    }
    // What the refusal tells to ask instead is answered.
    let fewer = availability(&caller, 500, None).await;
    assert_eq!((fewer.status, fewer.header("content-encoding")), (200, None));
    assert_eq!(fewer.header("vary"), Some("accept-encoding"));
    assert_eq!(fewer.json().as_array().map(Vec::len), Some(500));
}

#[tokio::test]
async fn a_meeting_that_cannot_be_sent_is_refused_to_its_organizer_or_compressed() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    // In the answer each quote takes two bytes, and four on its way through Lambda.
    let quotes = "\"".repeat(1_600_000);
    let event = outlook.only_event(ORGANIZER).await;
    outlook.change(ORGANIZER, &event, &json!({"body": {"contentType": "text", "content": quotes}})).await;
    let refused = caller.get("m", ORGANIZER).await;
    assert_failed(&refused, 400, "InvalidRequest", ORGANIZER);
    assert!(refused.json()["message"].as_str().is_some_and(|message| message.contains("description")), "{refused:?}");
    let request = caller.request(Method::GET, "/api/salesforce/scheduler/meeting");
    let request = request.query(&[("id", "m"), ("organizerEmail", ORGANIZER)]).header(ACCEPT_ENCODING, "gzip");
    let compressed = Answer::read(request.send().await.expect("an answer")).await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert_eq!(compressed.expect_ok()["body"], quotes);
    // The meeting is as good as any other.
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
}

#[tokio::test]
async fn small_answers_come_as_they_are() {
    let product = with_entries(1).await;
    let caller = product.contoso().await;
    let small = availability(&caller, 1, Some("gzip")).await;
    assert_eq!((small.status, small.header("content-encoding"), small.header("vary")), (200, None, None));
    // From a packet's size on every endpoint compresses, lists of failures among them.
    let large = availability(&caller, 20, Some("gzip")).await;
    assert_eq!((large.status, large.header("content-encoding")), (200, Some("gzip")));
    let nobody: Vec<_> = (0..50).map(|n| format!("nobody{n}")).collect();
    let asked = lightning::appointment("a", &nobody.iter().map(String::as_str).collect::<Vec<_>>());
    let asked = lightning::change(&asked);
    let request = caller.request(Method::PUT, "/api/salesforce/scheduler/postback").header(ACCEPT_ENCODING, "gzip");
    let refused = Answer::read(request.body(asked.to_string()).send().await.expect("an answer")).await;
    assert_eq!(refused.header("content-encoding"), Some("gzip"));
    assert_eq!(refused.expect(400, "InvalidRequest").json()["details"].as_array().map(Vec::len), Some(50));
}
