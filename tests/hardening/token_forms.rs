//! Requests for tokens that deserve none.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use crate::{
    checks::{Expected, for_all},
    documents::put_bytes,
    functions::{Functions, TOKEN},
    noise::{any_bytes, any_query, any_text, no_credential},
};

const NAMES: [&str; 6] = ["grant_type", "refresh_token", "scope", "client_id", "client_secret", "x"];

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let fields = fields.iter().copied();
    let url = reqwest::Url::parse_with_params("http://localhost/", fields).expect("a URL");
    url.query().unwrap_or_default().as_bytes().to_vec()
}

#[test]
fn arbitrary_bodies_get_no_token() {
    let functions = Functions::start();
    let types = prop::sample::select(vec![
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/json",
        "",
        "x/y;;",
        "multipart/form-data; boundary=x",
    ]);
    let bodies = prop_oneof![any_bytes(), any_query().prop_map(String::into_bytes)];
    let property = |(content_type, body): (&str, Vec<u8>)| {
        let mut event = functions.event(&TOKEN);
        event["headers"]["content-type"] = json!(content_type);
        put_bytes(&mut event, &body);
        functions.refuses(&TOKEN, &event, Expected::Refused)
    };
    for_all(300, (types, bodies), property);
}

#[test]
fn arbitrary_fields_get_no_token() {
    let functions = Functions::start();
    let values = prop_oneof![
        any_text(),
        prop::sample::select(vec![
            "refresh_token",
            "client_credentials",
            "password",
            "contoso.crm",
            "contoso.x",
            "fabrikam.crm",
            "calendar.read"
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec![
            "contoso.9f1c2a7e4b5d4c3e8a6f0b1d2c3e4f5a.1.AAAA",
            "contoso.0.-1.x",
            "contoso....",
            ".",
            "contoso.x.18446744073709551616.y"
        ])
        .prop_map(str::to_owned),
    ];
    let fields = vec((prop::sample::select(NAMES.to_vec()), values), 0..8);
    let property = |(fields, credential): (Vec<(&str, String)>, Option<String>)| {
        let mut event = functions.event(&TOKEN);
        if let Some(credential) = credential {
            event["headers"]["authorization"] = json!(credential);
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        put_bytes(&mut event, &form(&fields));
        functions.refuses(&TOKEN, &event, Expected::Refused)
    };
    let inputs = (fields, prop::option::of(no_credential()));
    for_all(400, inputs, property);
}

/// The client is who it says it is, and asks for something it cannot have.
#[test]
fn a_known_client_gets_no_token_for_nonsense() {
    let functions = Functions::start();
    let tenant = functions.backends().tenant("contoso").clone();
    let nonsense =
        || any_text().prop_filter("a scope", |text| !text.trim_matches(' ').is_empty() && !text.contains("calendar."));
    let inputs = (0..4_u8, nonsense(), any::<bool>());
    let property = |(way, text, basic): (u8, String, bool)| {
        let mut fields = match way {
            0 => vec![("grant_type", "client_credentials"), ("scope", text.as_str())],
            1 => vec![("grant_type", text.as_str())],
            2 => vec![("grant_type", "refresh_token"), ("refresh_token", text.as_str())],
            _ => vec![("grant_type", "client_credentials"), ("grant_type", text.as_str())],
        };
        let mut event = functions.event(&TOKEN);
        if basic {
            let pair = format!("{}:{}", tenant.client_id, tenant.client_secret);
            event["headers"]["authorization"] = json!(format!("Basic {}", STANDARD.encode(pair)));
        } else {
            fields.extend([("client_id", tenant.client_id.as_str()), ("client_secret", tenant.client_secret.as_str())]);
        }
        put_bytes(&mut event, &form(&fields));
        functions.refuses(&TOKEN, &event, Expected::BadRequest)
    };
    for_all(250, inputs, property);
}
