//! Headers and credentials that are none.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{
    checks::{Expected, for_all},
    documents::document,
    functions::{Functions, WITH_BODY, WITH_TOKEN},
    noise::{any_headers, no_credential},
};

fn body_of(function: &'static str) -> Value {
    if WITH_BODY.contains(&function) { json!(document(function).body.to_string()) } else { Value::Null }
}

#[test]
fn what_proves_nothing_opens_nothing() {
    let functions = Functions::start();
    let property = |(function, credential): (&'static str, String)| {
        // What HTTP does not allow in a header makes the event one that cannot be read.
        let readable = credential.bytes().all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\t');
        let mut event = functions.event(function);
        event["headers"]["authorization"] = json!(credential);
        event["body"] = body_of(function);
        functions.refuses(function, &event, if readable { Expected::Unauthorized } else { Expected::Refused })
    };
    let inputs = (prop::sample::select(WITH_TOKEN.to_vec()), no_credential());
    for_all(400, inputs, property);
}

/// A token with one character changed, cut or added is no token.
#[test]
fn a_forged_token_opens_nothing() {
    let functions = Functions::start();
    let genuine = functions.authorization();
    let spoil = (0..3_u8, any::<prop::sample::Index>(), prop::sample::select(b"AZaz09-_.~ ".to_vec()));
    let property = |(way, place, byte): (u8, prop::sample::Index, u8)| {
        let mut token = genuine.clone().into_bytes();
        let place = "Bearer ".len() + place.index(token.len() - "Bearer ".len());
        match way {
            0 => drop(token.remove(place)),
            1 => token.insert(place, byte),
            _ => token[place] = byte,
        }
        let token = String::from_utf8(token).expect("text");
        // The last character of a part carries bits that base64 ignores, and blanks around a header are none of it.
        prop_assume!(token.trim().replace("Bearer  ", "Bearer ") != genuine);
        let mut event = functions.event("schedule-meeting");
        event["headers"]["authorization"] = json!(token);
        functions.refuses("schedule-meeting", &event, Expected::Unauthorized)
    };
    for_all(400, spoil, property);
}

#[test]
fn headers_do_not_make_a_bad_request_a_good_one() {
    let functions = Functions::start();
    let property = |(function, headers, entitled): (&'static str, Map<String, Value>, bool)| {
        let mut event = functions.event(function);
        let credential = event["headers"]["authorization"].clone();
        event["headers"] = Value::Object(headers);
        if entitled {
            event["headers"]["authorization"] = credential;
        }
        event["rawQueryString"] = json!("");
        event["body"] = json!("{}");
        functions.refuses(function, &event, Expected::Refused)
    };
    let inputs = (prop::sample::select(WITH_TOKEN.to_vec()), any_headers(), any::<bool>());
    for_all(300, inputs, property);
}

/// Headers that have nothing to do with us do not stand in the way of a good request.
#[test]
fn a_good_request_is_answered_whatever_else_its_headers_say() {
    let functions = Functions::start();
    let value = prop::string::string_regex("[ -~]{0,80}").expect("a pattern");
    let name = prop::string::string_regex("x-[a-z0-9-]{1,20}").expect("a pattern");
    let headers = prop::collection::vec((name, value), 0..40);
    let property = |headers: Vec<(String, String)>| {
        let mut event = functions.event("get-meeting");
        for (name, value) in headers {
            if !name.starts_with("x-forwarded") {
                event["headers"][name] = json!(value);
            }
        }
        let reply = functions.invoke("get-meeting", &event);
        prop_assert_eq!(reply.status, 404, "{:?}", reply);
        Ok(())
    };
    for_all(60, headers, property);
}
