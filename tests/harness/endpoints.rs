//! The endpoints by their own descriptions: `functions/*/functions.yaml`, and the API's description.

use std::path::Path;

use convene_manifest::{Function, Manifest, OpenApi, Operation, Route};

/// An endpoint that the manifest lists.
pub struct Endpoint {
    pub function: Function,
    pub route: Route,
}

/// What the manifest lists.
pub fn manifest() -> Manifest {
    Manifest::load(checkout()).unwrap_or_else(|error| panic!("{error}"))
}

/// The endpoints for whose operation something holds, in the order of the manifest.
pub fn endpoints(holds: impl Fn(Operation<'_>) -> bool) -> Vec<Endpoint> {
    let openapi = OpenApi::load(checkout()).unwrap_or_else(|error| panic!("{error}"));
    let manifest = manifest();
    let routed = manifest.functions().filter_map(|(_, function)| Some((function, function.route.as_ref()?)));
    let holding = routed.filter(|(_, route)| {
        let operation = openapi.operation(route);
        holds(operation.unwrap_or_else(|problem| panic!("{problem}")))
    });
    holding.map(|(function, route)| Endpoint { function: function.clone(), route: route.clone() }).collect()
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in a folder of the checkout")
}
