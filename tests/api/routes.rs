//! Paths and methods that no endpoint serves, and HEAD.

use convene_tests::{Answer, Product};
use reqwest::Method;
use serde_json::{Value, json};

const MEETING: &str = "/api/salesforce/scheduler/meeting";

async fn ask(product: &Product, method: Method, path: &str) -> Answer {
    let request = product.http().request(method, format!("{}{path}", product.api()));
    Answer::read(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn unknown_paths_below_a_prefix_are_the_familys_errors() {
    let product = Product::start().await;
    for path in ["/api/salesforce/scheduler/meetings", "/api/salesforce/x", "/api/salesforce/scheduler/meeting/x"] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let answer = ask(&product, method.clone(), path).await;
            let error = json!({
                "email": "", "errorCode": "InvalidRequest", "message": "There is no endpoint with this path.",
            });
            assert_eq!((answer.status, answer.json()), (404, error), "{method} {path}");
            assert!(answer.header("x-correlation-id").is_some() && answer.header("allow").is_none(), "{answer:?}");
        }
    }
    let answer = ask(&product, Method::POST, "/oauth2/tokens").await;
    let error = json!({"error": "invalid_request", "error_description": "There is no endpoint with this path."});
    assert_eq!((answer.status, answer.json()), (404, error));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn unknown_methods_are_refused_with_the_methods_of_the_path() {
    let product = Product::start().await;
    for method in [Method::PUT, Method::OPTIONS] {
        let answer = ask(&product, method, MEETING).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST, GET, PATCH, DELETE")), "{answer:?}");
        let body = answer.json();
        assert_eq!((&body["errorCode"], &body["email"]), (&json!("InvalidRequest"), &json!("")));
    }
    let answer = ask(&product, Method::GET, "/oauth2/token").await;
    let error = json!({"error": "invalid_request", "error_description": "This path has only the methods POST."});
    assert_eq!((answer.status, answer.header("allow"), answer.json()), (405, Some("POST"), error));
    let head = ask(&product, Method::HEAD, MEETING).await;
    assert_eq!((head.status, head.header("allow"), head.text.as_str()), (405, Some("POST, GET, PATCH, DELETE"), ""));
}

#[tokio::test]
async fn paths_of_no_family_are_the_gateways() {
    let product = Product::start().await;
    for path in ["/nowhere", "/api/others/x", "/health/x"] {
        let answer = ask(&product, Method::GET, path).await;
        assert_eq!((answer.status, &answer.json()["message"]), (404, &json!("Not Found")), "{path}");
        assert_eq!(answer.json()["errorCode"], Value::Null, "{path}");
    }
}

#[tokio::test]
async fn head_of_the_health_has_no_body() {
    let product = Product::start().await;
    let (head, get) = (ask(&product, Method::HEAD, "/health").await, ask(&product, Method::GET, "/health").await);
    assert_eq!((head.status, head.text.as_str(), get.status), (200, "", 200));
    for name in ["content-type", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    let answer = ask(&product, Method::POST, "/health").await;
    assert_eq!((answer.status, &answer.json()["message"]), (404, &json!("Not Found")));
}
