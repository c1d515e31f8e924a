//! The same over HTTP, through the gateway.

use std::time::Duration;

use convene_tests::{Answer, Product, endpoints::endpoints};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseError};
use reqwest::{
    Method,
    header::{HeaderName, HeaderValue},
};
use tokio::runtime::Builder;

use crate::{
    checks::{Expected, for_all, verdict},
    noise::{any_bytes, any_query, no_credential},
};

/// Method and path, query, headers, credential, body.
type Request = ((String, String), String, Vec<(String, Vec<u8>)>, Option<String>, Vec<u8>);

/// Method and path of every endpoint that takes credentials.
fn routes() -> Vec<(String, String)> {
    let endpoints = endpoints().into_iter().filter(|endpoint| endpoint.takes_credentials);
    endpoints.map(|endpoint| (endpoint.route.method, endpoint.path)).collect()
}

/// Headers as bytes: HTTP allows more than ASCII in their values.
fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let known =
        ["content-type", "accept", "cookie", "user-agent", "x-forwarded-for", "x-forwarded-proto", "accept-language"];
    let name = prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        prop::string::string_regex("x-[a-z0-9]{1,20}").expect("a pattern"),
    ];
    let value = prop_oneof![
        3 => prop::string::string_regex("[ -~]{0,60}").expect("a pattern").prop_map(String::into_bytes),
        1 => vec(0x80..=0xff_u8, 0..30),
        1 => Just(Vec::new()),
    ];
    vec((name, value), 0..20)
}

#[test]
fn bad_requests_over_http_are_refused() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (product, authorization) = runtime.block_on(async {
        let product = Product::start().await;
        let caller = product.contoso().await;
        (product, format!("Bearer {}", caller.token))
    });
    // What is larger is the gateway's to refuse, as API Gateway does.
    let short = |text: &String| text.len() < 3000;
    let wrong = no_credential().prop_filter("one that fits", short).prop_map(Some);
    let credential = prop_oneof![1 => Just(None), 1 => wrong, 2 => Just(Some(authorization))];
    let inputs = (
        prop::sample::select(routes()),
        any_query().prop_filter("one that fits", short),
        headers(),
        credential,
        any_bytes(),
    );
    let property = |((method, path), query, headers, credential, body): Request| {
        prop_assume!(!body.starts_with(b"["));
        let request = async {
            let url = format!("{}{}?{query}", product.api(), path);
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let mut request = product.http().request(method, url).timeout(Duration::from_secs(20)).body(body);
            for (name, value) in headers {
                let name = HeaderName::try_from(name).expect("a name");
                request = request.header(name, HeaderValue::from_bytes(&value).expect("a value"));
            }
            if let Some(credential) = credential.and_then(|text| HeaderValue::from_str(&text).ok()) {
                request = request.header("authorization", credential);
            }
            let response = request.send().await.expect("an answer");
            let reply = Answer::read(response).await;
            (reply, product.simulator().journal().await)
        };
        let (reply, asked) = runtime.block_on(request);
        verdict(&reply, Expected::Refused).map_err(TestCaseError::fail)?;
        prop_assert!(asked.is_empty(), "Microsoft was asked {asked:#?}");
        Ok(())
    };
    for_all(300, inputs, property);
    runtime.block_on(product.stop());
}
