use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{Method, header};
use convene::{
    edge::{self, ApiError, Endpoint, Response as EdgeResponse},
    services::{Services, Settings},
};
use lambda_http::Service as _;
use serde_json::{Value, json};

use super::*;
use crate::{backends, template::Route};

/// A gateway with one function, which answers POST /echo/{name} when `work` is done.
pub(super) fn gateway<F: Future<Output = ()> + Send + 'static>(
    work: impl Fn() -> F + Send + Sync + 'static,
) -> (Router, mpsc::Receiver<()>) {
    gateway_with(move |call| {
        let work = work();
        async move {
            work.await;
            let seen = json!({
                "body": String::from_utf8_lossy(&call.content().unwrap_or_default()),
                "query": call.query.get("a").ok().flatten(),
                "type": call.header("content-type"),
            });
            EdgeResponse::json(201, &seen)
        }
    })
}

/// A refusal that shows what the edge gave it.
pub(super) struct Refusal(pub(super) convene::Problem);

impl From<convene::Problem> for Refusal {
    fn from(problem: convene::Problem) -> Self {
        Self(problem)
    }
}

impl ApiError for Refusal {
    fn into_response(self, request: &edge::Request) -> EdgeResponse {
        let Self(problem) = self;
        let subject = Some(request.subject()).filter(|subject| !subject.is_empty());
        let refused = json!({"refused": format!("{:?}", problem.kind), "subject": subject, "message": problem.message});
        EdgeResponse::json(400, &refused).with_error_code("InvalidRequest")
    }
}

/// A gateway with one function, which answers POST /echo/{name}. A refusal says what the request concerns, and why.
pub(super) fn gateway_with<F: Future<Output = EdgeResponse> + Send + 'static>(
    handler: impl Fn(Arc<edge::Request>) -> F + Send + Sync + 'static,
) -> (Router, mpsc::Receiver<()>) {
    let handler = move |request| {
        let response = handler(request);
        async move { Ok::<_, Refusal>(response.await) }
    };
    serve([("POST /echo/{name}", Endpoint::new("echo", handler).when_too_large("Ask for less."))])
}

/// A gateway with these endpoints.
pub(super) fn serve<const N: usize>(endpoints: [(&str, Endpoint); N]) -> (Router, mpsc::Receiver<()>) {
    let mut environment = backends::environment("http://127.0.0.1:1", "http://127.0.0.1:1");
    environment
        .extend(["TENANTS_TABLE", "GRANTS_TABLE", "SECRET_PREFIX"].map(|name| (name.to_owned(), "x".to_owned())));
    let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
    let services = Arc::new(Services::new(settings));
    let deployed = endpoints.map(|(route, endpoint)| {
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let routes = vec![Route { method: method.to_owned(), path: path.to_owned() }];
        Deployed { endpoint, services: Arc::clone(&services), timeout: Duration::from_secs(29), routes }
    });
    let (gateway, ended) = Gateway::new(deployed.into(), 9000);
    (gateway.router("http://127.0.0.1:1/calendars", None), ended)
}

pub(super) fn request(method: Method, path: &str, body: impl Into<Body>) -> Request {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:9000")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body.into())
        .expect("a request");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
    request
}

pub(super) async fn send(router: &mut Router, request: Request) -> (u16, Value) {
    let response = router.call(request).await.unwrap_or_else(|never| match never {});
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_request_goes_through_the_function_and_back() {
    let (mut router, _ended) = gateway(|| std::future::ready(()));
    let (status, seen) = send(&mut router, request(Method::POST, "/echo/x?a=1%202", "grant=é")).await;
    assert_eq!(status, 201);
    assert_eq!(seen, json!({"body": "grant=é", "query": "1 2", "type": "application/x-www-form-urlencoded"}));
}

#[tokio::test]
async fn what_has_no_route_or_is_too_large_never_reaches_a_function() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let (mut router, _ended) = gateway(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(())
    });
    for (method, path) in [
        (Method::GET, "/echo/x"),
        (Method::POST, "/echo"),
        (Method::POST, "/"),
        (Method::DELETE, "/openapi/oauth.yaml"),
    ] {
        let (status, body) = send(&mut router, request(method.clone(), path, "")).await;
        assert_eq!((status, body), (404, json!({"message": "Not Found"})), "{method} {path}");
    }
    // One byte more than there is room for beside the rest, in the path, the query or a header.
    let room = MAX_HEAD - size_of_head(&request(Method::POST, "/echo/x", "").into_parts().0);
    let mut oversized = [
        request(Method::POST, &format!("/echo/x{}", "y".repeat(room + 1)), ""),
        request(Method::POST, &format!("/echo/x?{}", "y".repeat(room)), ""),
        request(Method::POST, "/echo/x", ""),
    ];
    let header = |length: usize| HeaderValue::try_from("y".repeat(length)).expect("a header");
    oversized[2].headers_mut().insert("x-padding", header(room + 1));
    for request in oversized {
        let (status, body) = send(&mut router, request).await;
        assert_eq!((status, body), (431, json!({"message": "Request Header Fields Too Large"})));
    }
    let large = vec![b' '; MAX_BODY + 1];
    let (status, body) = send(&mut router, request(Method::POST, "/echo/x", large)).await;
    assert_eq!((status, body), (413, json!({"message": "Request Entity Too Large"})));
    assert_eq!(calls.load(Ordering::Relaxed), 0);

    let mut largest = request(Method::POST, "/echo/x", "");
    largest.headers_mut().insert("x-padding", header(room));
    assert_eq!(send(&mut router, largest).await.0, 201);
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_caller_hangs_up() {
    let done = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&done);
    let (mut router, mut ended) = gateway(move || {
        let done = Arc::clone(&counted);
        async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            done.fetch_add(1, Ordering::Relaxed);
        }
    });
    let hung_up = timeout(Duration::from_millis(5), send(&mut router, request(Method::POST, "/echo/x", ""))).await;
    assert!(hung_up.is_err() && done.load(Ordering::Relaxed) == 0);
    drop(router);
    // A stack that stops waits for exactly this.
    assert_eq!(ended.recv().await, None);
    assert_eq!(done.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_documentation_offers_the_document_of_each_family() {
    let (mut router, _ended) = gateway(|| std::future::ready(()));
    let script = request(Method::GET, "/docs/swagger-initializer.js", "");
    let response = router.call(script).await.unwrap_or_else(|never| match never {});
    let script = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    let script = String::from_utf8_lossy(&script).into_owned();
    // Only this layout shows a list of documents.
    assert!(script.contains("\"layout\": \"StandaloneLayout\""), "{script}");
    for (family, _) in crate::documents() {
        let path = format!("/openapi/{family}.json");
        assert!(script.contains(&format!("\"url\": \"{path}\"")), "{script}");
        let (status, document) = send(&mut router, request(Method::GET, &path, "")).await;
        assert_eq!((status, document["openapi"].as_str()), (200, Some("3.1.0")), "{path}");
    }
}

#[tokio::test]
async fn the_pages_are_there() {
    let (mut router, _ended) = gateway(|| std::future::ready(()));
    for (path, part) in [
        ("/", "http://127.0.0.1:1/simulator/requests"),
        ("/docs/", "swagger"),
        ("/openapi/operations.yaml", "openapi: 3.1"),
    ] {
        let response = router.call(request(Method::GET, path, "")).await.unwrap_or_else(|never| match never {});
        assert_eq!(response.status(), 200, "{path}");
        let page = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        assert!(String::from_utf8_lossy(&page).contains(part), "{path} has no {part}");
    }
}
