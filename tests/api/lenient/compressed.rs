//! Compressed request bodies: gzip is accepted wherever a body is, and another coding is named.

use std::io::Write as _;

use convene_tests::{Answer, Caller, MEETING, POSTBACK, Product, lightning, samples};
use flate2::{Compression, write::GzEncoder};
use reqwest::Method;
use serde_json::json;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

async fn send(caller: &Caller, method: Method, path: &str, coding: &str, body: Vec<u8>) -> Answer {
    // API Gateway takes a body that is said to be JSON for text, which no compressed body survives.
    let request = caller.request(method, path).header("content-type", "application/octet-stream");
    Answer::read(request.header("content-encoding", coding).body(body).send().await.expect("an answer")).await
}

#[tokio::test]
async fn gzip_is_accepted_wherever_a_body_is() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let meeting = samples::meeting("m").to_string();
    let change = json!({"id": "m", "organizerEmail": samples::ORGANIZER, "subject": "Changed"}).to_string();
    let own = json!({"id": "m", "organizerEmail": samples::ORGANIZER}).to_string();
    send(&caller, Method::POST, MEETING, "gzip", gzip(&meeting)).await.expect(200, "NoError");
    send(&caller, Method::PATCH, MEETING, "GZIP", gzip(&change)).await.expect(200, "NoError");
    let events = product.outlook("contoso").await.events(samples::ORGANIZER).await;
    assert_eq!(events[0]["subject"], "Changed");
    send(&caller, Method::DELETE, MEETING, "x-gzip", gzip(&own)).await.expect(200, "NoError");
    let appointment = lightning::appointment("a", &[]).to_string();
    send(&caller, Method::POST, POSTBACK, "identity, gzip", gzip(&appointment)).await.expect_ok();
    // A gateway that decompresses may leave the header.
    send(&caller, Method::POST, MEETING, "gzip", meeting.into_bytes()).await.expect(200, "NoError");
}

#[tokio::test]
async fn another_coding_is_refused_by_name() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for path in [MEETING, POSTBACK] {
        let body = samples::meeting("m").to_string();
        for coding in ["br", "deflate", "gzip, gzip"] {
            let refused = send(&caller, Method::POST, path, coding, body.clone().into_bytes()).await;
            let refused = refused.expect(415, "InvalidRequest");
            assert_eq!(refused.header("accept-encoding"), Some("gzip"), "{refused:?}");
            assert_eq!(refused.json()["message"], "The Content-Encoding must be gzip or identity.");
        }
        let broken = [&gzip(&body)[..20], b"nonsense"].concat();
        send(&caller, Method::POST, path, "gzip", broken).await.expect(400, "InvalidRequest");
    }
    assert!(product.outlook("contoso").await.events(samples::ORGANIZER).await.is_empty());
}
