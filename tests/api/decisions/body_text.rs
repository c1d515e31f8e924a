//! The body: plain text that reads as it was sent, line endings and space at its end aside.

use convene_tests::{Product, samples};
use serde_json::json;

use super::change;

const ORGANIZER: &str = samples::ORGANIZER;

/// What is sent, and what is read.
const BODIES: [(&str, &str); 16] = [
    ("plain", "plain"),
    ("one\ntwo\n\n\nthree", "one\ntwo\n\n\nthree"),
    ("one\r\ntwo\r\n\r\nthree", "one\ntwo\n\nthree"),
    ("one\rtwo", "one\ntwo"),
    ("ends in space  \t\r\n\n", "ends in space"),
    ("  begins in space\n    indented", "  begins in space\n    indented"),
    ("\n\nbegins in lines", "\n\nbegins in lines"),
    ("two  spaces   three", "two  spaces   three"),
    ("tab\there", "tab\there"),
    ("a < b && c > d; \"x\" 'y'", "a < b && c > d; \"x\" 'y'"),
    (
        "<html><body><p>not markup</p><script>alert(1)</script>",
        "<html><body><p>not markup</p><script>alert(1)</script>",
    ),
    ("&amp; &lt; &nbsp; &#65; &unknown;", "&amp; &lt; &nbsp; &#65; &unknown;"),
    ("ümläut – em—dash … 会議 😀 \u{200d}", "ümläut – em—dash … 会議 😀 \u{200d}"),
    ("back\\slash \\n %20 {\"json\": [1,]}", "back\\slash \\n %20 {\"json\": [1,]}"),
    ("https://example.org/?a=1&b=2#c", "https://example.org/?a=1&b=2#c"),
    ("", ""),
];

#[tokio::test]
async fn a_body_reads_as_it_was_sent() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (n, (sent, read)) in BODIES.into_iter().enumerate() {
        let id = format!("m{n}");
        caller.schedule(&samples::meeting_with(&id, &json!({"body": sent}))).await.expect(200, "NoError");
        assert_eq!(caller.get(&id, ORGANIZER).await.expect_ok()["body"], read, "{sent:?}");
    }
}

#[tokio::test]
async fn so_does_one_that_was_changed() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for (sent, read) in BODIES {
        caller.update(&change("m", &json!({"body": sent}))).await.expect(200, "NoError");
        assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["body"], read, "{sent:?}");
    }
}

#[tokio::test]
async fn subject_and_location_are_text_as_well() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (n, text) in ["a < b & \"c\" <b>", "&amp;", "https://zoom.example/j/1?pwd=a&b=c", "会議 😀", "'; DROP TABLE"]
        .into_iter()
        .enumerate()
    {
        let id = format!("m{n}");
        caller
            .schedule(&samples::meeting_with(&id, &json!({"subject": text, "location": text})))
            .await
            .expect(200, "NoError");
        let shown = caller.get(&id, ORGANIZER).await.expect_ok();
        assert_eq!((&shown["subject"], &shown["location"]), (&json!(text), &json!(text)));
    }
}
