//! What the edge of a function answers in its handler's place, as callers get it through the gateway.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{Method, header};
use convene::{
    Problem,
    domain::TenantId,
    edge::{Cors, Endpoint, MAX_PAYLOAD, Response as EdgeResponse, Route, fallback},
};
use lambda_http::Service as _;
use serde_json::json;

use super::{
    tests::{Refusal, gateway, gateway_with, request, send, serve},
    *,
};

/// An answer whose body is a JSON string of so many letters.
fn answer_of(letters: usize) -> EdgeResponse {
    EdgeResponse::json(200, &"x".repeat(letters))
}

#[tokio::test]
async fn an_answer_that_lambda_cannot_return_is_refused_to_the_byte() {
    let (mut router, _ended) = gateway_with(|call| async move {
        call.context.act_for(&TenantId::new("contoso").expect("a tenant"));
        call.concerns("somebody");
        answer_of(call.query.get("letters").ok().flatten().and_then(|text| text.parse().ok()).expect("a number"))
    });
    let path = |letters: usize| format!("/echo/x?letters={letters}");
    // As the function hands it over: what it adds to the letters is the same for all numbers of them.
    let frame = json!({
        "statusCode": 200,
        "headers": {
            "content-type": "application/json", "cache-control": "no-store", "vary": "accept-encoding",
            "x-correlation-id": uuid::Uuid::nil(),
        },
        "multiValueHeaders": {}, "body": "\"\"", "isBase64Encoded": false, "cookies": [],
    });
    let room = MAX_PAYLOAD - frame.to_string().len();
    let (status, body) = send(&mut router, request(Method::POST, &path(room), "")).await;
    assert_eq!((status, body.as_str().map(str::len)), (200, Some(room)));
    for letters in [room + 1, 33 << 20] {
        let (status, body) = send(&mut router, request(Method::POST, &path(letters), "")).await;
        let message = "The answer is larger than 6 MB, which is the most that can be sent. Ask for less. With the \
                       header Accept-Encoding: gzip several times as much can be sent.";
        assert_eq!(
            (status, body),
            (400, json!({"refused": "InvalidRequest", "subject": "somebody", "message": message}))
        );
    }
    // Compressed, it fits; but not where even that would be too much to hold.
    for (letters, status, length) in [(room + 1, 200, 0), (9 << 20, 200, 0), (33 << 20, 400, 100)] {
        let mut request = request(Method::POST, &path(letters), "");
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let response = router.call(request).await.unwrap_or_else(|never| match never {});
        let encoding = response.headers().get(header::CONTENT_ENCODING).cloned();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        assert!(body.len() > length && body.len() < 200_000, "{letters}");
        assert_eq!(encoding.is_some(), status == 200, "{letters}");
    }
}

#[tokio::test]
async fn a_failure_that_the_edge_answers_says_what_the_request_concerns() {
    let (mut router, _ended) = gateway_with(|call| async move {
        call.context.act_for(&TenantId::new("contoso").expect("a tenant"));
        call.concerns("somebody");
        assert!(call.query.get("panic") != Ok(Some("yes")), "as asked for");
        answer_of(7 << 20)
    });
    for (query, kind) in [("panic=yes", "Internal"), ("panic=no", "InvalidRequest")] {
        let (_, body) = send(&mut router, request(Method::POST, &format!("/echo/x?{query}"), "")).await;
        assert_eq!((&body["refused"], &body["subject"]), (&json!(kind), &json!("somebody")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_runs_out_of_time_is_told_whom_it_concerned() {
    for (is_known, subject) in [(true, json!("somebody")), (false, json!(null))] {
        let (mut router, _ended) = gateway_with(move |call| async move {
            if is_known {
                call.context.act_for(&TenantId::new("contoso").expect("a tenant"));
                call.concerns("somebody");
            }
            std::future::pending().await
        });
        let (status, body) = send(&mut router, request(Method::POST, "/echo/x", "")).await;
        assert_eq!((status, &body["refused"], &body["subject"]), (400, &json!("TimedOut"), &subject));
    }
}

#[tokio::test]
async fn a_query_that_is_not_utf_8_never_reaches_a_function() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let (mut router, _ended) = gateway(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(())
    });
    for query in ["a=%ff", "%c3", "b=%ed%a0%80&a=1"] {
        let (status, body) = send(&mut router, request(Method::POST, &format!("/echo/x?{query}"), "")).await;
        assert_eq!((status, &body["message"]), (400, &json!("The query string must be UTF-8, percent-encoded.")));
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    let (status, seen) = send(&mut router, request(Method::POST, "/echo/x?a=%EF%BF%BD", "")).await;
    assert_eq!((status, &seen["query"]), (201, &json!("\u{fffd}")));
}

/// As a browser calls an endpoint with CORS: the preflight reaches the fallback, the request itself the endpoint.
#[tokio::test]
async fn pages_of_other_origins_may_call_an_endpoint_with_cors() {
    const CORS: Cors = Cors { allow_headers: "content-type", expose_headers: "x-correlation-id" };
    const ROUTES: &[Route] = &[Route { method: "POST", path: "/v1/echo", cors: Some(&CORS) }];
    let echo = |request: Arc<convene::edge::Request>| async move {
        if request.has_body() {
            Ok(EdgeResponse::empty(204))
        } else {
            Err(Refusal(Problem::invalid_request("No body.")))
        }
    };
    let (mut router, _ended) = serve([
        ("POST /v1/echo", Endpoint::new("echo", echo).with_cors(&CORS)),
        ("ANY /v1/{proxy+}", fallback::<Refusal>("v1-fallback", ROUTES)),
    ]);
    for (method, body, status, methods, exposed) in [
        (Method::OPTIONS, "", 204, Some("POST"), Some("x-correlation-id")),
        (Method::POST, "x", 204, None, Some("x-correlation-id")),
        (Method::POST, "", 400, None, Some("x-correlation-id")),
        (Method::GET, "", 400, None, Some("x-correlation-id")),
    ] {
        let request = request(method.clone(), "/v1/echo", body);
        let response = router.call(request).await.unwrap_or_else(|never| match never {});
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(response.status(), status, "{method} {body}");
        assert_eq!(header("access-control-allow-methods"), methods, "{method} {body}");
        assert_eq!(header("access-control-expose-headers"), exposed, "{method} {body}");
        assert_eq!(header("access-control-allow-origin"), exposed.map(|_| "*"), "{method} {body}");
        assert_eq!(header("allow"), (method == Method::GET).then_some("POST"), "{method} {body}");
        assert_eq!(
            response.headers().get_all("access-control-allow-origin").iter().count(),
            usize::from(exposed.is_some())
        );
    }
}
