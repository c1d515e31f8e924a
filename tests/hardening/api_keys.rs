//! Endpoints that take API keys, sessions, or nothing for what is public.

use convene_tests::Answer;
use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::{Map, Value, json};

use crate::{
    checks::{Expected, for_all, verdict},
    described::described,
    documents::{document, put_bytes, spoiled_of},
    functions::{Functions, ONLY_API_KEY, PUBLIC, WITH_API_KEY},
    noise::{any_bytes, any_headers, any_json, any_query, no_credential},
};

/// The functions, with the configuration of the documented examples.
fn start() -> Functions {
    let functions = Functions::start();
    create_configuration(&functions);
    functions
}

/// Creates the configuration of the examples, unless it exists.
fn create_configuration(functions: &Functions) {
    let answer = functions.invoke("create-configuration", &functions.event("create-configuration"));
    let exists = answer.text.contains("id must be another one");
    assert!(answer.status == 200 || exists, "{answer:?}");
}

/// The function's event with the API key.
fn event(functions: &Functions, function: &str) -> Value {
    let mut event = functions.event(function);
    event["headers"]["authorization"] = json!(functions.api_key());
    event
}

fn check(function: &str, answer: &Answer, expected: Expected) -> Result<(), TestCaseError> {
    verdict(answer, expected).map_err(|wrong| TestCaseError::fail(format!("{function}: {wrong}")))
}

/// The functions whose body has fields that are required.
fn with_required_fields() -> Vec<&'static str> {
    let has_fields = |function: &&&str| {
        let event = convene_tests::events::sample(function);
        event["body"].is_string() && !described(function).1.is_empty()
    };
    WITH_API_KEY.iter().filter(has_fields).copied().collect()
}

#[test]
fn requests_with_an_api_key_and_any_content_are_answered() {
    let functions = start();
    let body = prop_oneof![any_bytes(), any_json().prop_map(|body| body.to_string().into_bytes()), Just(Vec::new())];
    let query = prop_oneof![2 => any_query().prop_map(Some), 1 => Just(None)];
    let inputs = (prop::sample::select(WITH_API_KEY.to_vec()), query, any_headers(), body);
    let property = |(function, query, headers, body): (&str, Option<String>, Map<String, Value>, Vec<u8>)| {
        create_configuration(&functions);
        let mut event = event(&functions, function);
        let (credential, host) = (event["headers"]["authorization"].clone(), event["headers"]["host"].clone());
        event["headers"] = Value::Object(headers);
        event["headers"]["authorization"] = credential;
        event["headers"]["host"] = host;
        if let Some(query) = query {
            event["rawQueryString"] = json!(query);
        }
        if !body.is_empty() {
            put_bytes(&mut event, &body);
        }
        check(function, &functions.invoke(function, &event), Expected::NoFault)
    };
    for_all(500, inputs, property);
}

#[test]
fn any_json_for_required_fields_is_refused() {
    let functions = start();
    let body = prop_oneof![any_bytes(), any_json().prop_map(|body| body.to_string().into_bytes())];
    let inputs = (prop::sample::select(with_required_fields()), body);
    for_all(300, inputs, |(function, body)| refuses_body(&functions, function, &body));
}

#[test]
fn a_documented_body_with_one_fault_is_refused() {
    let functions = start();
    for_all(600, spoiled_of(with_required_fields()), |(function, body)| refuses_body(&functions, function, &body));
}

/// Microsoft is asked nothing.
fn refuses_body(functions: &Functions, function: &str, body: &[u8]) -> Result<(), TestCaseError> {
    let asked = functions.asked_of_microsoft().len();
    let mut event = event(functions, function);
    put_bytes(&mut event, body);
    check(function, &functions.invoke(function, &event), Expected::BadRequest)?;
    let asked = functions.asked_of_microsoft().split_off(asked);
    let body = String::from_utf8_lossy(body).chars().take(1000).collect::<String>();
    prop_assert!(asked.is_empty(), "{function} asked Microsoft for {body}: {asked:?}");
    Ok(())
}

#[test]
fn the_functions_with_required_fields_are_found() {
    let expected = ["create-configuration", "create-booking", "reschedule-booking", "decide-booking"];
    assert_eq!(with_required_fields(), expected);
    let (_, required, _) = described("create-configuration");
    assert!(required.contains(&"/availability/duration_minutes"), "{required:?}");
}

#[test]
fn without_an_api_key_nothing_is_looked_at() {
    let functions = start();
    let asked = functions.asked_of_microsoft().len();
    let credential = prop_oneof![2 => no_credential().prop_map(Some), 1 => Just(None)];
    let inputs = (prop::sample::select(ONLY_API_KEY.to_vec()), credential, any_bytes());
    for_all(300, inputs, |(function, credential, body)| {
        let mut event = functions.event(function);
        let readable = credential.as_ref().is_none_or(|text| text.bytes().all(is_readable));
        match credential {
            Some(credential) => event["headers"]["authorization"] = json!(credential),
            None => drop(event["headers"].as_object_mut().expect("headers").remove("authorization")),
        }
        put_bytes(&mut event, &body);
        let expected = if readable { Expected::Unauthorized } else { Expected::Refused };
        check(function, &functions.invoke(function, &event), expected)
    });
    assert_eq!(functions.asked_of_microsoft().len(), asked, "Microsoft was asked");
}

/// What HTTP does not allow in a header makes the event one that cannot be read.
fn is_readable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) || byte == b'\t'
}

/// A credential that proves nothing is refused also where none is needed, and so is a key or a session with a character changed, cut
/// or added.
#[test]
fn a_forged_credential_opens_nothing() {
    let functions = start();
    let created = functions.invoke("create-session", &functions.event("create-session")).expect_ok();
    let session = format!("Bearer {}", created["data"]["session_id"].as_str().expect("a session"));
    let genuine = prop::sample::select(vec![functions.api_key(), session]);
    let spoil = (0..3_u8, any::<prop::sample::Index>(), prop::sample::select(b"AZaz09-_.~ ".to_vec()));
    let inputs = (prop::sample::select(WITH_API_KEY.to_vec()), genuine, spoil);
    for_all(300, inputs, |(function, genuine, (way, place, byte))| {
        let mut token = genuine.clone().into_bytes();
        let place = "Bearer ".len() + place.index(token.len() - "Bearer ".len());
        match way {
            0 => drop(token.remove(place)),
            1 => token.insert(place, byte),
            _ => token[place] = byte,
        }
        let token = String::from_utf8(token).expect("text");
        prop_assume!(token.trim().replace("Bearer  ", "Bearer ") != genuine);
        let mut event = functions.event(function);
        event["headers"]["authorization"] = json!(token);
        if event["body"].is_string() {
            event["body"] = json!(document(function).body.to_string());
        }
        check(function, &functions.invoke(function, &event), Expected::Unauthorized)
    });
}

/// Guests without a credential, who name the configuration of the examples or anything else.
#[test]
fn public_requests_with_any_content_are_answered() {
    let functions = start();
    let known = "configuration_id=0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11";
    let query = prop_oneof![
        1 => any_query(),
        2 => any_query().prop_map(move |query| format!("{known}&{query}")),
        1 => Just(known.to_owned()),
    ];
    let body = prop_oneof![any_bytes(), any_json().prop_map(|body| body.to_string().into_bytes())];
    let inputs = (prop::sample::select(PUBLIC.to_vec()), query, body, any::<[u8; 4]>());
    // Fewer than the limit of changes of a configuration in an hour.
    for_all(250, inputs, |(function, query, body, [a, b, c, d])| {
        let mut event = functions.event(function);
        event["requestContext"]["http"]["sourceIp"] = json!(format!("{a}.{b}.{c}.{d}"));
        event["rawQueryString"] = json!(query);
        put_bytes(&mut event, &body);
        check(function, &functions.invoke(function, &event), Expected::NoFault)
    });
}
