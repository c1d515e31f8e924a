//! Each event in `events/` is one that API Gateway makes, and the function it is for answers it as documented.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use convene_tests::{
    Answer, InProcess,
    endpoints::{endpoints, fallbacks},
    events, samples,
};
use lambda_http::request::LambdaRequest;
use serde_json::{Value, json};

use crate::{
    files::manifest,
    openapi::{documents, operation},
};

/// The id in the events of the Nylas family.
const CONFIGURATION: &str = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11";
const DONE: &str = r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#;

#[test]
fn each_event_is_one_of_an_http_api_on_the_functions_route() {
    for (_, function) in manifest().functions() {
        let (binary, Some(route)) = (&function.name, function.routes.first()) else { continue };
        // A fallback's event is for a path that no function serves.
        let method = if function.is_fallback() { "GET" } else { route.method.as_str() };
        let event = events::sample(binary);
        let parameters = event["pathParameters"].as_object().into_iter().flatten();
        let parameters: Vec<_> =
            parameters.map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
        let path = route.path_with(&parameters);
        assert!(!path.contains('{'), "{binary}: pathParameters");
        let parsed = serde_json::from_str::<LambdaRequest>(&event.to_string());
        assert!(matches!(parsed, Ok(LambdaRequest::ApiGatewayV2(_))), "{binary}: {parsed:?}");
        let request = lambda_http::request::from_str(&event.to_string()).expect("a request");
        assert_eq!((request.method().as_str(), request.uri().path()), (method, path.as_str()), "{binary}");
        let (key, context) = (json!(route.to_string()), &event["requestContext"]);
        assert_eq!(
            (&event["version"], &event["routeKey"], &context["routeKey"]),
            (&json!("2.0"), &key, &key),
            "{binary}"
        );
        assert_eq!((&event["rawPath"], &context["http"]["path"]), (&json!(path), &json!(path)), "{binary}");
        assert_eq!(event["headers"]["host"], context["domainName"], "{binary}");
        let length = body(&event).map(|body| body.len().to_string());
        assert_eq!(event["headers"]["content-length"].as_str(), length.as_deref(), "{binary}: content-length");
        // API Gateway hands text on as it is, and JSON is text to it; everything else it encodes, forms among it.
        let media_type = event["headers"]["content-type"].as_str();
        let encoded = media_type.is_some_and(|media_type| media_type != "application/json");
        assert_eq!(event["isBase64Encoded"], json!(encoded), "{binary}: isBase64Encoded");
        let url =
            reqwest::Url::parse(&format!("http://localhost/?{}", event["rawQueryString"].as_str().expect("a query")));
        let pairs: serde_json::Map<_, _> =
            url.expect("a URL").query_pairs().map(|(name, value)| (name.into(), json!(value))).collect();
        assert_eq!(event["queryStringParameters"].as_object().cloned().unwrap_or_default(), pairs, "{binary}");
    }
}

/// The body of an event as the caller sent it.
fn body(event: &Value) -> Option<String> {
    let body = event["body"].as_str()?;
    if event["isBase64Encoded"] != json!(true) {
        return Some(body.to_owned());
    }
    Some(String::from_utf8(STANDARD.decode(body).expect("base64")).expect("text"))
}

/// An event with its placeholders filled in, within an encoded body as well.
fn filled(event: &Value, values: &[(&str, &str)]) -> Value {
    let fill = |text: &str| values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut filled: Value = serde_json::from_str(&fill(&event.to_string())).expect("an event");
    if event["isBase64Encoded"] == json!(true) {
        filled["body"] = json!(STANDARD.encode(fill(&body(event).expect("a body"))));
    }
    filled
}

/// A token by the sample event, its body encoded as it is there, or as it was sent: gateways differ.
fn token(functions: &InProcess, refresh_token: &str, encoded: bool) -> Value {
    let tenant = functions.backends().tenant("contoso");
    let values =
        [("REFRESH_TOKEN", refresh_token), ("CLIENT_ID", &tenant.client_id), ("CLIENT_SECRET", &tenant.client_secret)];
    let mut event = filled(&events::sample("issue-token"), &values);
    if !encoded {
        event["body"] = json!(body(&event));
        event["isBase64Encoded"] = json!(false);
    }
    functions.invoke("issue-token", &event).expect_ok()
}

#[test]
fn each_event_is_answered_as_documented() {
    let functions = InProcess::start();
    let first = functions.backends().tenant("contoso").refresh_token.clone();
    let plain = token(&functions, &first, false);
    let encoded = token(&functions, plain["refresh_token"].as_str().expect("the next refresh token"), true);
    let access = encoded["access_token"].as_str().expect("a token");
    let api_key = functions.backends().tenant("contoso").nylas_api_key.clone();
    let credentials = [("ACCESS_TOKEN", access), ("API_KEY", api_key.as_str())];
    let call = |function: &str| functions.invoke(function, &filled(&events::sample(function), &credentials));
    let done = |answer: Answer| assert_eq!((answer.status, answer.text.as_str()), (200, DONE), "{answer:?}");

    call("get-meeting").expect(404, "MeetingNotFound");
    done(call("schedule-meeting"));
    done(call("schedule-meeting"));
    let meeting = call("get-meeting").expect_ok();
    assert_eq!((&meeting["id"], &meeting["subject"]), (&json!(samples::ID), &json!("meeting subject")));
    assert_eq!(
        meeting["attendees"][1],
        json!({"email": "attendee2@contoso.com", "isRequired": "false", "response": "NoResponseReceived"})
    );
    let taken = json!([{"timeMin": "2020-10-16T10:00:00Z", "timeMax": "2020-10-17T12:00:00Z"}]);
    let availability = call("get-availability").expect_ok();
    for (entry, email) in [(0, "attendee1@contoso.com"), (1, "attendee2@contoso.com")] {
        assert_eq!(availability[entry], json!({"email": email, "errorCode": "NoError", "unavailableTimeslots": taken}));
    }
    done(call("update-meeting"));
    let meeting = call("get-meeting").expect_ok();
    assert_eq!((&meeting["subject"], meeting["attendees"].as_array().map(Vec::len)), (&json!("New subject"), Some(3)));
    // The documented DELETE is about another meeting than the documented POST.
    let answer = call("delete-meeting").expect(404, "MeetingNotFound");
    assert_eq!(answer.header("x-correlation-id"), Some("1234567%E2%80%949012-3456-789012345678"));
    let other = "f9b54553-8e2a-47r2-a6db-27425fb3f11e";
    let event = filled(&events::sample("schedule-meeting"), &[("ACCESS_TOKEN", access), (samples::ID, other)]);
    done(functions.invoke("schedule-meeting", &event));
    done(call("delete-meeting"));
    done(call("delete-meeting"));
    assert_eq!(call("get-meeting").status, 200);
    let mailboxes = ["organizer@contoso.com", "attendee1@contoso.com", "attendee2@contoso.com"];
    let rows = |code: &str| Value::from_iter(mailboxes.map(|email| json!({"email": email, "errorCode": code})));
    assert_eq!(call("update-appointments").expect_ok(), rows("MeetingNotFound"));
    for function in ["create-appointments", "create-appointments", "update-appointments", "delete-appointments"] {
        assert_eq!(call(function).expect_ok(), rows("NoError"), "{function}");
    }
    assert_eq!(call("delete-appointments").expect_ok(), rows("NoError"));
    assert_eq!(call("get-health").expect_ok()["status"], "ok");

    let created = call("create-configuration").expect_ok();
    for function in
        ["list-configurations", "get-configuration", "replace-configuration", "create-session", "list-slots"]
    {
        call(function).expect_ok();
    }
    let booked = call("create-booking").expect_ok();
    assert_eq!((&booked["data"]["status"], &created["data"]["id"]), (&json!("booked"), &json!(CONFIGURATION)));

    // Every function answers its event with a documented status.
    let documents = documents();
    for endpoint in endpoints() {
        let (method, path, binary) = (&endpoint.route.method, &endpoint.route.path, &endpoint.function.name);
        let (_, operation) = operation(&documents, method, path);
        let answer = call(binary);
        let is_documented = operation["responses"].get(answer.status.to_string()).is_some();
        assert!(is_documented && answer.status < 500, "{binary}: {answer:?}");
    }
    for fallback in fallbacks() {
        assert_eq!(call(&fallback).status, 404, "{fallback}");
    }
}

/// Pages of other origins may call the functions that say so, and no others.
#[test]
fn preflights_are_allowed_where_functions_have_cors() {
    let functions = InProcess::start();
    for (family, function) in manifest().functions().filter(|(family, _)| family.prefix.is_some()) {
        for route in function.routes.iter().filter(|_| !function.is_fallback()) {
            let same_path = family.functions.iter().filter(|other| other.cors);
            let same_path = same_path.flat_map(|other| &other.routes).filter(|other| other.path == route.path);
            let allowed: Vec<_> = same_path.map(|route| route.method.as_str()).collect();
            let path = route.path.replace(['{', '}', '+'], "");
            let answer = functions.preflight(&path, &route.method);
            assert_eq!(allowed.contains(&route.method.as_str()), function.cors, "{route}");
            let methods = (!allowed.is_empty()).then(|| allowed.join(", "));
            let expected = if allowed.is_empty() { 405 } else { 204 };
            let header = |name: &str| answer.header(name).map(str::to_owned);
            assert_eq!((answer.status, header("access-control-allow-methods")), (expected, methods), "{route}");
            assert_eq!(header("access-control-allow-origin").is_some(), !allowed.is_empty(), "{route}");
        }
    }
}
