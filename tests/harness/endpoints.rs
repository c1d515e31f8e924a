//! The endpoints by their own descriptions: `functions/*/functions.yaml`, and the OpenAPI documents.

use std::path::Path;

use convene_manifest::{Function, Manifest, OpenApi, Route};
use serde_json::Value;

/// An endpoint that the manifest lists, with what its description says. Fallbacks have no description.
pub struct Endpoint {
    pub function: Function,
    /// The function's first route.
    pub route: Route,
    pub takes_credentials: bool,
    pub takes_access_tokens: bool,
    /// The media type of the body.
    pub body_type: Option<String>,
    /// The first documented body.
    pub body: Option<Value>,
}

/// What the manifest lists.
pub fn manifest() -> Manifest {
    Manifest::load(checkout()).unwrap_or_else(|error| panic!("{error}"))
}

/// All endpoints, in the order of the manifest.
pub fn endpoints() -> Vec<Endpoint> {
    let manifest = manifest();
    let openapi = OpenApi::load(checkout(), &manifest).unwrap_or_else(|error| panic!("{error}"));
    let listed = manifest.functions().filter(|(_, function)| !function.is_fallback());
    let routed = listed.filter_map(|(_, function)| Some((function, function.routes.first()?)));
    let endpoint = |(function, route): (&Function, &Route)| {
        let operation = openapi.operation(route).unwrap_or_else(|| panic!("{route} is not described"));
        Endpoint {
            function: function.clone(),
            route: route.clone(),
            takes_credentials: operation.takes_credentials(),
            takes_access_tokens: operation.takes_access_tokens(),
            body_type: operation.body_type().map(str::to_owned),
            body: operation.body_example().cloned(),
        }
    };
    routed.map(endpoint).collect()
}

/// The names of the families' fallbacks.
pub fn fallbacks() -> Vec<String> {
    let manifest = manifest();
    let fallbacks = manifest.functions().filter(|(_, function)| function.is_fallback());
    fallbacks.map(|(_, function)| function.name.clone()).collect()
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in a folder of the checkout")
}
