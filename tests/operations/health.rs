//! The health of a deployment.

use convene_tests::{Answer, Operator, Product, events};
use serde_json::json;

#[tokio::test]
async fn a_deployment_that_can_serve_says_so_to_anybody() {
    let product = Product::start().await;
    let answer = product.http().get(format!("{}/health", product.api())).send().await.expect("an answer");
    let answer = Answer::read(answer).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.expect_ok(), json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    assert!(product.simulator().journal().await.is_empty(), "Microsoft was asked");
}

#[tokio::test]
async fn without_its_database_it_says_so_and_nothing_more() {
    let product = Product::start().await;
    let event = events::sample("get-health");
    let operator = Operator::of(&product);
    assert_eq!(operator.call("get-health", &event).await.status, 200);
    for (name, value) in [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9"), ("TENANTS_TABLE", "NoSuchTable")] {
        let answer = operator.clone().with(name, value).call("get-health", &event).await;
        assert_eq!((answer.status, answer.json()), (503, json!({"status": "unavailable"})), "{name}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
}
