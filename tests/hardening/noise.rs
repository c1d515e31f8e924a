//! Arbitrary values of every kind.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*, string::string_regex};
use serde_json::{Map, Value, json};

/// Arbitrary JSON, not deep.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any_text(), inner), 0..6).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// Arbitrary text, and texts that have broken things before.
pub fn any_text() -> impl Strategy<Value = String> {
    let known = [
        "",
        " ",
        "\0",
        "\u{feff}",
        "\u{202e}",
        "null",
        "undefined",
        "NaN",
        "1e999",
        "-1",
        "true",
        "' OR 1=1 --",
        "${jndi:x}",
        "../../etc",
        "<script>",
        "%00",
        "%ff",
        "\r\nx: y",
        "💥",
        "İ",
        "ﬁ",
        "\u{1d}",
        "{}",
        "[]",
        "\\",
        "\"",
        "\u{fffd}",
    ];
    prop_oneof![
        4 => any::<String>(),
        2 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => ("\\PC", 1..20_000_usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}

/// Arbitrary bytes, often almost JSON.
pub fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "\"id\"", "\\u0000", "\\ud800", " ", "\n", "1", "-", "e9", "null",
        "\u{feff}",
    ];
    let almost = vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![vec(any::<u8>(), 0..2048), almost, any_json().prop_map(|value| value.to_string().into_bytes())]
}

/// What may stand in a query string on the wire, well-formed or not.
pub fn any_query() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "id",
        "organizerEmail",
        "attendees",
        "from",
        "to",
        "salesforceCorrelationId",
        "grant_type",
        "x",
        "",
    ]);
    let text = || {
        prop_oneof![
            string_regex("[!-~]{0,40}").expect("a pattern"),
            prop::sample::select(vec![
                "%",
                "%z",
                "%zz",
                "%00",
                "%ff%fe",
                "%F0%9F%92%A5",
                "+",
                "%2",
                "&&",
                "a=b=c",
                "%25%25"
            ])
            .prop_map(str::to_owned),
            (1..10_240_usize).prop_map(|length| "q".repeat(length)),
        ]
    };
    let pair = (name, text(), prop::bool::ANY)
        .prop_map(|(name, value, equals)| if equals { format!("{name}={value}") } else { format!("{name}{value}") });
    prop_oneof![3 => vec(pair, 0..8).prop_map(|pairs| pairs.join("&")), 1 => text()]
}

/// Headers, as an event has them: names HTTP allows, values it allows and others.
pub fn any_headers() -> impl Strategy<Value = Map<String, Value>> {
    let known = [
        "content-type",
        "accept",
        "user-agent",
        "x-forwarded-proto",
        "host",
        "cookie",
        "content-length",
        "x-correlation-id",
        "prefer",
    ];
    let name = prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        string_regex("[a-z0-9!#$%&'*+.^_`|~-]{1,30}").expect("a pattern"),
    ];
    let value = prop_oneof![
        4 => string_regex("[ -~]{0,60}").expect("a pattern"),
        2 => any_text(),
        1 => Just("v".repeat(9000)),
    ];
    prop_oneof![4 => vec((name.clone(), value), 0..12), 1 => vec((name, Just(String::new())), 200)]
        .prop_map(|headers| headers.into_iter().map(|(name, value)| (name, json!(value))).collect())
}

/// Values of the Authorization header that prove nothing.
pub fn no_credential() -> impl Strategy<Value = String> {
    let known = [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "bearer x",
        "Bearer a.b.c",
        "Basic",
        "Basic !!!!",
        "Basic YTpi",
        "Basic Og==",
        "Digest x",
        "Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJjb250b3NvIn0.",
        "Bearer eyJhbGciOiJub25lIn0.bnVsbA.x",
        "Bearer Bearer x",
        "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJ0ZW5hbnQiOiIuLi8uLi94In0.c2ln",
        "Bearer é",
        "Bearer \t",
    ];
    let claims = any_json().prop_map(|claims| {
        let part = |text: &str| STANDARD.encode(text).replace('+', "-").replace('/', "_").replace('=', "");
        format!(
            "Bearer {}.{}.c2ln",
            part(r#"{"alg":"HS256","typ":"JWT"}"#),
            part(&json!({"tenant": claims, "iss": claims}).to_string())
        )
    });
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        any_text().prop_map(|text| format!("Bearer {text}")),
        vec(any::<u8>(), 0..60).prop_map(|bytes| format!("Basic {}", STANDARD.encode(bytes))),
        any_text(),
        claims,
    ]
}
