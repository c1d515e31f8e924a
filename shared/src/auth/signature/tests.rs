//! Signatures against RFC 9421's own example, against a signer of a few lines, and against noise.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::json;
use sfv::ListEntry;

use super::{Message, base::base, fields, reading::Signature};
use crate::secrets::Key;

/// The shared key of RFC 9421, appendix B.1.5.
const RFC_KEY: &str = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).expect("a name"), HeaderValue::try_from(*value).expect("a value"))
    };
    lines.iter().map(line).collect()
}

fn key(base64: &str) -> Key {
    serde_json::from_value(json!({"kid": "k", "key": base64})).expect("a key")
}

#[test]
fn the_example_of_the_rfc_verifies() {
    let sent = headers(&[
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    ]);
    let message = Message {
        method: "POST",
        path: "/foo",
        query: "param=Value&Pet=dog",
        headers: &sent,
        body: b"{\"hello\": \"world\"}",
    };
    let inputs = r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    let inputs = fields::dictionary(inputs).expect("a dictionary");
    let Some(ListEntry::InnerList(input)) = inputs.get("sig-b25") else { panic!("no list: {inputs:?}") };
    let base = base(&message, input).expect("a signature base");
    assert_eq!(base.covered, ["date", "@authority", "content-type"]);
    let expected = r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@authority": example.com
"content-type": application/json
"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    assert_eq!(base.text, expected);
    let signature = STANDARD.decode("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=").expect("base64");
    let rfc_key = hmac::Key::new(hmac::HMAC_SHA256, key(RFC_KEY).key.expose());
    assert!(hmac::verify(&rfc_key, base.text.as_bytes(), &signature).is_ok());
}

/// A POST with a body, signed as the documents have it. What is signed can be changed, and so can what is sent.
struct Post {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Post {
    fn signed(components: &str, parameters: &str, values: &[(&str, &str)]) -> Self {
        let body = b"{}".to_vec();
        let content_digest = format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, &body)));
        let mut lines: Vec<_> = values.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        lines.push(format!("\"content-digest\": {content_digest}"));
        lines.push(format!("\"@signature-params\": {components}{parameters}"));
        let base = lines.join("\n");
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key(RFC_KEY).key.expose()), base.as_bytes());
        let headers = headers(&[
            ("host", "api.example.com"),
            ("x-forwarded-proto", "https"),
            ("content-digest", &content_digest),
            ("signature-input", &format!("sig={components}{parameters}")),
            ("signature", &format!("sig=:{}:", STANDARD.encode(mac))),
        ]);
        Self { headers, body }
    }

    fn usual(now: DateTime<Utc>) -> Self {
        Self::signed(
            r#"("@method" "@authority" "@path" "@query" "content-digest")"#,
            &format!(r#";created={};keyid="k";nonce="n""#, now.timestamp()),
            &[("@method", "POST"), ("@authority", "api.example.com"), ("@path", "/meeting"), ("@query", "?a=b%20c")],
        )
    }

    fn message(&self) -> Message<'_> {
        Message { method: "POST", path: "/meeting", query: "a=b%20c", headers: &self.headers, body: &self.body }
    }

    fn set(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::try_from(value).expect("a value"));
        self
    }

    fn is_accepted(&self, now: DateTime<Utc>) -> Result<bool, &'static str> {
        Signature::read(&self.message(), now).map(|signature| signature.is_by(&key(RFC_KEY)))
    }
}

#[test]
fn what_was_signed_is_accepted_however_it_is_spelled() {
    let now = Utc::now();
    assert_eq!(Post::usual(now).is_accepted(now), Ok(true));
    for host in ["API.example.com", "api.example.com:443", " api.example.com"] {
        assert_eq!(Post::usual(now).set("host", host).is_accepted(now), Ok(true), "{host}");
    }
    assert_eq!(Post::usual(now).set("host", "api.example.com:80").is_accepted(now), Ok(false));
    let plain = Post::usual(now).set("host", "api.example.com:80").set("x-forwarded-proto", "http");
    assert_eq!(plain.is_accepted(now), Ok(true));
    // White space that says nothing, and base64 without its padding.
    let usual = Post::usual(now);
    let input = usual.headers["signature-input"].to_str().expect("text").replace("sig=(", "sig=( ").replace(';', ";  ");
    let signature = usual.headers["signature"].to_str().expect("text").replace("=:", ":").replacen("sig:", "sig=:", 1);
    assert_eq!(usual.set("signature-input", &input).set("signature", &signature).is_accepted(now), Ok(true));
}

#[test]
fn a_signature_counts_for_five_minutes_either_way() {
    let signed = Utc::now();
    let post = Post::usual(signed);
    let created = DateTime::from_timestamp(signed.timestamp(), 0).expect("a time");
    for (seconds, counts) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        assert_eq!(post.is_accepted(created + TimeDelta::seconds(seconds)).is_ok(), counts, "{seconds}");
    }
}

#[test]
fn a_path_with_a_line_break_in_it_is_no_path() {
    let now = Utc::now();
    let post = Post::usual(now);
    for path in ["/meeting\n\"@query\": ?", "/meeting ", "/me\teting", "/meeting\u{e9}"] {
        let message = Message { path, ..post.message() };
        assert!(Signature::read(&message, now).is_err(), "{path:?}");
    }
}

/// Headers of a signed request with a few characters changed, or anything else.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let usual = Post::usual(Utc::now()).headers;
    let text = |name: &str| usual[name].as_bytes().to_vec();
    let known = prop::sample::select(vec![text("signature-input"), text("signature"), text("content-digest")]);
    let changed = (known, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut value, place, byte)| {
        let place = place.index(value.len());
        value[place] = byte;
        value
    });
    prop_oneof![changed, prop::collection::vec(any::<u8>(), 0..200), "[ -~]*".prop_map(String::into_bytes)]
}

proptest! {
    #[test]
    fn noise_is_refused_and_never_panics(
        input in noise(), signature in noise(), content_digest in noise(), host in noise(), path in ".*", query in ".*",
    ) {
        let mut post = Post::usual(Utc::now());
        let parts =
            [("signature-input", input), ("signature", signature), ("content-digest", content_digest), ("host", host)];
        for (name, value) in parts {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                post.headers.insert(name, value);
            }
        }
        let message = Message { path: &path, query: &query, ..post.message() };
        let accepted = Signature::read(&message, Utc::now()).is_ok_and(|signature| signature.is_by(&key(RFC_KEY)));
        prop_assert!(!accepted);
    }

    #[test]
    fn one_changed_byte_is_enough_to_be_refused(
        name in prop::sample::select(vec!["signature-input", "signature", "content-digest", "host"]),
        place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let now = Utc::now();
        let mut post = Post::usual(now);
        let mut value = post.headers[name].as_bytes().to_vec();
        // The last digit of base64 before the padding has bits that mean nothing.
        let place = place.index(value.len() - 3);
        let is_another = !value[place].eq_ignore_ascii_case(&byte);
        value[place] = byte;
        if let (true, Ok(value)) = (is_another, HeaderValue::from_bytes(&value)) {
            post.headers.insert(name, value);
            prop_assert_ne!(post.is_accepted(now), Ok(true), "{}: {:?}", name, post.headers[name]);
        }
    }
}
