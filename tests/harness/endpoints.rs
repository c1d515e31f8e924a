//! The endpoints by their own descriptions: `functions/*/functions.yaml`, and the OpenAPI documents.

use std::path::Path;

use convene_manifest::{Family, Function, Manifest, OpenApi, Route};
use serde_json::Value;

/// An endpoint that the manifest lists, with what its description says. Fallbacks have no description.
pub struct Endpoint {
    /// The name of its family.
    pub family: String,
    pub function: Function,
    /// The function's first route.
    pub route: Route,
    /// The path of that route, with the documented example of each variable.
    pub path: String,
    /// Names and documented examples of the parameters in the query string.
    pub query: Vec<(String, String)>,
    /// The scopes that an access token must have.
    pub scopes: Vec<String>,
    pub takes_credentials: bool,
    pub takes_access_tokens: bool,
    pub api_keys: ApiKeys,
    /// The media type of the body.
    pub body_type: Option<String>,
    /// The first documented body.
    pub body: Option<Value>,
}

/// Whether an endpoint takes API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeys {
    NotTaken,
    /// Some of its requests need no credential.
    Optional,
    Required,
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
    let routed = listed.filter_map(|(family, function)| Some((family, function, function.routes.first()?)));
    let endpoint = |(family, function, route): (&Family, &Function, &Route)| {
        let operation = openapi.operation(route).unwrap_or_else(|| panic!("{route} is not described"));
        let path = route.path_with(&operation.examples("path"));
        assert!(!path.contains('{'), "{route}: a variable has no documented example");
        let query = operation.examples("query").into_iter().map(|(name, value)| (name.to_owned(), value));
        Endpoint {
            family: family.name.clone(),
            function: function.clone(),
            route: route.clone(),
            path,
            query: query.collect(),
            scopes: operation.scopes().into_iter().map(str::to_owned).collect(),
            takes_credentials: operation.takes_credentials(),
            takes_access_tokens: operation.takes_access_tokens(),
            api_keys: match (operation.takes_api_keys(), operation.is_public()) {
                (false, _) => ApiKeys::NotTaken,
                (true, true) => ApiKeys::Optional,
                (true, false) => ApiKeys::Required,
            },
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
