//! Events: well-formed ones with any content, those of other services, and garbage.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use crate::{
    checks::{Expected, for_all},
    functions::{FALLBACKS, Functions, OPEN, TOKEN, WITH_TOKEN},
    noise::{any_headers, any_json, any_query, any_text},
};

fn function() -> impl Strategy<Value = &'static str> {
    prop::sample::select([&WITH_TOKEN[..], &[*TOKEN]].concat())
}

fn method() -> impl Strategy<Value = String> {
    let known =
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "X-NEW", "", "A B"];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any_text()]
}

fn path() -> impl Strategy<Value = String> {
    let known = [
        "/api/salesforce/scheduler/meeting",
        "/oauth2/token",
        "/",
        "",
        "//",
        "/../../x",
        "/%",
        "/%00",
        "/%zz",
        "/a b",
        "/é",
        "?",
        "#",
        "http://other/",
        "/\u{0}",
        ":80",
        "@x",
        "/[::1]",
        "\\",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any_text()]
}

/// A body that is no request, and what the event says of its encoding, true or not.
fn body() -> impl Strategy<Value = (Value, Value)> {
    let text = prop_oneof![
        any_text(),
        vec(any::<u8>(), 0..200).prop_map(|bytes| STANDARD.encode(bytes)),
        Just("e30=".to_owned())
    ];
    let body = prop_oneof![4 => text.prop_map(Value::from), 1 => Just(Value::Null)];
    let encoded = prop::sample::select(vec![json!(true), json!(false)]);
    (body, encoded)
        .prop_filter("asks for nobody", |(body, _)| body.as_str().is_none_or(|text| !text.trim().starts_with('[')))
}

#[test]
fn well_formed_events_with_any_content_are_refused() {
    let functions = Functions::start();
    let inputs = (
        function(),
        method(),
        (path(), path()),
        any_query(),
        any_headers(),
        vec(any_text(), 0..5),
        body(),
        any::<bool>(),
    );
    let property = |(function, method, (path, raw_path), query, headers, cookies, (body, encoded), entitled)| {
        let mut event = functions.event(function);
        let credential = event["headers"]["authorization"].clone();
        let host = event["headers"]["host"].clone();
        event["headers"] = Value::Object(headers);
        if entitled && function != *TOKEN {
            event["headers"]["authorization"] = credential;
            event["headers"]["host"] = host;
        }
        event["requestContext"]["http"]["method"] = json!(method);
        event["requestContext"]["http"]["path"] = json!(path);
        event["rawPath"] = json!(raw_path);
        event["rawQueryString"] = json!(query);
        event["cookies"] = json!(cookies);
        event["body"] = body;
        event["isBase64Encoded"] = encoded;
        if method == "HEAD" {
            // Without a body, unless the event could not be parsed: then its method is not known.
            let reply = functions.invoke(function, &event);
            let has_no_body = reply.text.is_empty() || reply.text.contains("could not be understood");
            prop_assert!([400, 401].contains(&reply.status) && has_no_body, "{function}: {reply:?}");
            return Ok(());
        }
        functions.refuses(function, &event, Expected::Refused)
    };
    for_all(400, inputs, property);
}

/// A fallback needs no credential, and refuses whatever else the request has.
#[test]
fn unknown_paths_and_methods_with_any_content_are_refused() {
    let functions = Functions::start();
    let fallback = prop::sample::select(FALLBACKS.to_vec());
    let inputs = (fallback, method(), path(), any_query(), any_headers(), body());
    let property = |(function, method, path, query, headers, (body, encoded))| {
        let mut event = functions.event(function);
        event["headers"] = Value::Object(headers);
        event["requestContext"]["http"]["method"] = json!(method);
        event["requestContext"]["http"]["path"] = json!(path);
        event["rawPath"] = json!(path);
        event["rawQueryString"] = json!(query);
        event["body"] = body;
        event["isBase64Encoded"] = encoded;
        if method == "HEAD" {
            let reply = functions.invoke(function, &event);
            prop_assert!([400, 404, 405].contains(&reply.status), "{function}: {reply:?}");
            return Ok(());
        }
        functions.refuses(function, &event, Expected::Unserved)
    };
    for_all(200, inputs, property);
}

/// A member of the event itself is of another type, gone, deep or doubled.
#[test]
fn events_with_a_member_spoiled_are_answered() {
    let functions = Functions::start();
    let pointers = [
        "/version",
        "/routeKey",
        "/rawPath",
        "/rawQueryString",
        "/pathParameters",
        "/headers",
        "/headers/host",
        "/requestContext",
        "/requestContext/http",
        "/requestContext/http/method",
        "/requestContext/stage",
        "/requestContext/timeEpoch",
        "/isBase64Encoded",
        "/body",
    ];
    let inputs = (function(), prop::sample::select(pointers.to_vec()), any_json());
    let property = |(function, pointer, value): (&str, &str, Value)| {
        let mut event = functions.event(function);
        if function == *TOKEN {
            event["body"] = json!("");
        } else {
            event["headers"].as_object_mut().expect("headers").remove("authorization");
        }
        if let Some(member) = event.pointer_mut(pointer) {
            *member = value;
        }
        functions.refuses(function, &event, Expected::Refused)
    };
    for_all(400, inputs, property);
}

#[test]
fn events_of_other_services_and_garbage_are_refused() {
    let functions = Functions::start();
    let deep = |open: &str, close: &str| [open.repeat(100_000), "1".to_owned(), close.repeat(100_000)].concat();
    let others = [
        json!({"Records": [{"eventSource": "aws:sqs", "body": "{}", "messageId": "1", "attributes": {}}]}).to_string(),
        json!({"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]}).to_string(),
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]}).to_string(),
        json!({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}).to_string(),
        json!({"httpMethod": "POST", "path": "/oauth2/token", "resource": "/oauth2/token", "headers": null, "body": "{}",
            "requestContext": {"resourcePath": "/", "httpMethod": "POST", "identity": {}}, "isBase64Encoded": false}).to_string(),
        json!({"requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "GET", "path": "/", "headers": {}, "body": ""}).to_string(),
        json!({"requestContext": {"eventType": "CONNECT", "connectionId": "x", "routeKey": "$connect"}, "isBase64Encoded": false}).to_string(),
        json!({"type": "REQUEST", "methodArn": "arn", "headers": {}, "requestContext": {}}).to_string(),
        json!({"triggerSource": "PreSignUp_SignUp", "userName": "x", "request": {}, "response": {}}).to_string(),
    ];
    let garbage = [
        "null",
        "true",
        "0",
        "-1e308",
        "\"\"",
        "\"text\"",
        "[]",
        "{}",
        "[[]]",
        "{\"version\":\"2.0\"}",
        "\"\\ud800\"",
        "{\"a\":1,\"a\":2}",
        "1e999",
    ];
    let deep = [
        deep("[", "]"),
        deep("{\"headers\":", "}"),
        format!("{{\"requestContext\":{}}}", deep("{\"authorizer\":", "}")),
    ];
    for function in functions.names() {
        // It answers without a credential: an event that can be read as a request is one.
        let expected = match function {
            open if OPEN.contains(&open) => Expected::NoFault,
            fallback if FALLBACKS.contains(&fallback) => Expected::Unserved,
            _ => Expected::Refused,
        };
        for event in others.iter().cloned().chain(garbage.map(str::to_owned)).chain(deep.iter().cloned()) {
            let refused = functions.refuses_text(function, &event, expected);
            assert!(refused.is_ok(), "{}: {refused:?}", event.chars().take(200).collect::<String>());
        }
    }
    for_all(200, (function(), any_json()), |(function, event)| functions.refuses(function, &event, Expected::Refused));
}

/// After all of that, a good request is still answered.
#[test]
fn a_bad_event_leaves_nothing_behind() {
    let functions = Functions::start();
    let mut bad = functions.event("get-meeting");
    bad["isBase64Encoded"] = json!(true);
    bad["body"] = json!("!");
    for _ in 0..20 {
        assert_eq!(functions.invoke("get-meeting", &bad).status, 400);
        assert_eq!(functions.invoke("get-meeting", &functions.event("get-meeting")).status, 404);
    }
}
