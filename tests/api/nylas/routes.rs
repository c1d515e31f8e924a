//! Paths and methods that no endpoint of the family serves.

use convene_tests::{Product, nylas::Nylas};
use reqwest::Method;

use super::expect_error;

#[tokio::test]
async fn unknown_paths_and_methods_are_the_familys_errors() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    for path in ["/v3/unknown", "/v3/scheduling/booking", "/v3/grants/me/scheduling/x"] {
        for method in [Method::GET, Method::POST] {
            expect_error(&nylas.guest(method, path, None).await, 404, "not_found_error");
        }
    }
    let methods = [
        (Method::GET, "/v3/scheduling/bookings", "POST"),
        (Method::POST, "/v3/scheduling/bookings/x", "GET, PATCH, PUT, DELETE"),
        (Method::PATCH, "/v3/grants/me/scheduling/configurations/x", "GET, PUT, DELETE"),
    ];
    for (method, path, allowed) in methods {
        let answer = nylas.guest(method, path, None).await;
        expect_error(&answer, 405, "invalid_request_error");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    product.stop().await;
}
