use axum::http::{Request, request::Builder};
use lambda_http::{RequestExt as _, request::LambdaRequest};
use serde_json::{Value, json};

use super::*;

fn build(request: Builder, body: &[u8]) -> String {
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let id = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let route = Found { function: 0, key: "POST /things/{id}", parameters: vec![("id", id)] };
    let arrival = Arrival {
        id: "request-1".to_owned(),
        at: DateTime::from_timestamp(1_583_348_638, 390_000_000).expect("a time"),
        peer: SocketAddr::from(([127, 0, 0, 1], 50_000)),
        port: 9000,
    };
    event(&parts, body, &route, &arrival).expect("JSON").get().to_owned()
}

fn seen(request: Builder, body: &[u8]) -> Value {
    serde_json::from_str(&build(request, body)).expect("JSON")
}

fn post() -> Builder {
    Request::post("/things/7?b=2&a=x%20y&a=z+z&empty").header("Host", "127.0.0.1:9000")
}

#[test]
fn a_request_becomes_the_documented_event() {
    let request = post()
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", "curl/8")
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .header("Cookie", "a=1; b=2");
    assert_eq!(
        seen(request, r#"{"subject":"é"}"#.as_bytes()),
        json!({
            "version": "2.0",
            "routeKey": "POST /things/{id}",
            "rawPath": "/things/7",
            "rawQueryString": "b=2&a=x%20y&a=z+z&empty",
            "cookies": ["a=1", "b=2"],
            "headers": {
                "content-type": "application/json; charset=utf-8",
                "host": "127.0.0.1:9000",
                "user-agent": "curl/8",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-port": "9000",
                "x-forwarded-proto": "http",
                "x-twice": "one,two",
            },
            "queryStringParameters": {"a": "x y,z z", "b": "2", "empty": ""},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "127.0.0.1",
                "domainPrefix": "127",
                "http": {
                    "method": "POST",
                    "path": "/things/7",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8",
                },
                "requestId": "request-1",
                "routeKey": "POST /things/{id}",
                "stage": "$default",
                "time": "04/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
            "pathParameters": {"id": "7"},
            "body": r#"{"subject":"é"}"#,
            "isBase64Encoded": false,
        })
    );
}

#[test]
fn a_path_and_its_variables_are_decoded() {
    let event = seen(Request::post("/things/Zo%C3%AB%20B"), b"");
    let decoded = "Zo\u{eb} B";
    assert_eq!(event["rawPath"], format!("/things/{decoded}"));
    assert_eq!(event["pathParameters"]["id"], decoded);
}

#[test]
fn a_body_is_text_only_for_a_few_types() {
    for (kind, body, text) in [
        (Some("text/plain"), b"a=b".as_slice(), true),
        (Some("APPLICATION/JSON"), b"{}", true),
        (Some("application/xml"), b"<a/>", true),
        (Some("application/javascript"), b"1", true),
        (Some("application/json"), b"\xff\xfe", false),
        (Some("application/x-www-form-urlencoded"), b"a=b", false),
        (Some("application/scim+json"), b"{}", false),
        (None, b"{}", false),
    ] {
        let request = kind.into_iter().fold(post(), |request, kind| request.header("Content-Type", kind));
        let event = seen(request, body);
        assert_eq!(event["isBase64Encoded"], json!(!text), "{kind:?}");
        let sent = event["body"].as_str().expect("a body");
        let decoded = if text { sent.as_bytes().to_vec() } else { STANDARD.decode(sent).expect("base64") };
        assert_eq!(decoded, body, "{kind:?}");
    }
}

#[test]
fn what_is_absent_is_left_out() {
    let event = seen(Request::get("/things/7"), b"");
    for absent in ["cookies", "queryStringParameters", "body"] {
        assert_eq!(event.get(absent), None, "{absent}");
    }
    assert_eq!((&event["rawQueryString"], &event["isBase64Encoded"]), (&json!(""), &json!(false)));
}

#[test]
fn lambda_http_reads_it() {
    let request = post().header("Content-Type", "application/x-www-form-urlencoded").header("Cookie", "a=1");
    let event: LambdaRequest = serde_json::from_str(&build(request, b"grant_type=x")).expect("an event");
    let request = lambda_http::Request::from(event);
    assert_eq!(request.body().as_ref(), b"grant_type=x");
    assert_eq!(request.uri().query(), Some("b=2&a=x%20y&a=z+z&empty"));
    assert_eq!(request.path_parameters().first("id"), Some("7"));
    assert_eq!(request.headers()["cookie"], "a=1");
}
