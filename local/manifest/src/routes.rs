//! `src/routes.rs` of a family: its routes, for the fallback.

use crate::Family;

/// rustfmt would put a few routes into one line.
const HEAD: &str = "\
//! The routes of this family. `cargo generate` writes this file from `functions.yaml`.

use convene::edge::Route;

#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
";

/// The path of the file in the checkout.
pub(crate) fn file(family: &Family) -> String {
    format!("functions/{}/src/routes.rs", family.name)
}

/// None: the family has no prefix, and so no fallback.
pub(crate) fn text(family: &Family) -> Option<String> {
    family.prefix.as_ref()?;
    let endpoints = family.functions.iter().filter(|function| !function.is_fallback());
    let routes = endpoints.flat_map(|function| function.routes.iter().map(move |route| (route, function.cors)));
    let lines = routes.map(|(route, has_cors)| {
        let cors = if has_cors { "Some(&crate::cors::CORS)" } else { "None" };
        format!("    Route {{ method: \"{}\", path: \"{}\", cors: {cors} }},\n", route.method, route.path)
    });
    Some(format!("{HEAD}{}];\n", lines.collect::<String>()))
}
