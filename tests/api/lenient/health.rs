//! `HEAD /health`, as load balancers and monitors ask.

use convene_tests::{Answer, Product};
use reqwest::Method;

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let product = Product::start().await;
    for (method, has_body) in [(Method::GET, true), (Method::HEAD, false)] {
        let request = product.http().request(method.clone(), format!("{}/health", product.api()));
        let answer = Answer::read(request.send().await.expect("an answer")).await;
        assert_eq!((answer.status, !answer.text.is_empty()), (200, has_body), "{method}: {answer:?}");
        assert!(answer.header("x-correlation-id").is_some(), "{method}: {answer:?}");
    }
}
