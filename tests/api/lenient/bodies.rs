//! Bodies: a byte order mark is skipped, an encoding is named, and half of a surrogate pair is not "of the wrong type".

use convene_tests::{MEETING, POSTBACK, Product, lightning, samples};
use reqwest::Method;
use serde_json::json;

use super::assert_message;

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let (meeting, appointment) = (samples::meeting("m"), lightning::appointment("a", &[]));
    caller.send(Method::POST, MEETING, format!("\u{feff}{meeting}")).await.expect(200, "NoError");
    caller.send(Method::POST, POSTBACK, format!("\u{feff}{appointment}")).await.expect_ok();
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 2);
}

#[tokio::test]
async fn an_encoding_is_named() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for path in [MEETING, POSTBACK] {
        let text = samples::meeting("m").to_string();
        let utf_16: Vec<_> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf_32: Vec<_> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        let latin_1 = [text.replace("Room", "R").as_bytes(), b"\xe9"].concat();
        for (body, encoding) in [(utf_16, "UTF-16"), (utf_32, "UTF-32"), (latin_1, "in another encoding")] {
            let refused = caller.send(Method::POST, path, body).await.expect(400, "InvalidRequest");
            assert_eq!(refused.json()["message"], format!("The body must be UTF-8, but is {encoding}."));
        }
    }
}

#[tokio::test]
async fn half_of_a_surrogate_pair_is_named() {
    const MESSAGE: &str = "must be Unicode: it has one half of a surrogate pair";
    let product = Product::start().await;
    let caller = product.contoso().await;
    let half = |text: &serde_json::Value| text.to_string().replace("half", r"\ud83d");
    let meeting = half(&samples::meeting_with("m", &json!({"subject": "half"})));
    assert_message(&caller.send(Method::POST, MEETING, meeting).await, "subject", MESSAGE);
    let mut appointment = lightning::appointment("a", &[]);
    appointment["body"] = json!("a half");
    assert_message(&caller.send(Method::POST, POSTBACK, half(&appointment)).await, "body", MESSAGE);
}
