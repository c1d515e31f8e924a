//! The list of the families in code. `functions/*/functions.yaml` has the same functions, which a test checks.

use convene::edge::{Endpoint, Task};
use utoipa::openapi::OpenApi;

/// Every function behind a route.
pub fn endpoints() -> Vec<Endpoint> {
    [
        convene_nylas::endpoints(),
        convene_oauth::endpoints(),
        convene_operations::endpoints(),
        convene_salesforce::endpoints(),
    ]
    .concat()
}

/// Every function that is invoked directly.
pub fn tasks() -> Vec<Task> {
    convene_operations::tasks()
}

/// Each family's OpenAPI document, by the family's name.
pub fn documents() -> Vec<(&'static str, OpenApi)> {
    vec![
        ("salesforce", convene_salesforce::openapi()),
        ("nylas", convene_nylas::openapi()),
        ("oauth", convene_oauth::openapi()),
        ("operations", convene_operations::openapi()),
    ]
}
