//! What a family answers for paths and methods that none of its endpoints has.

use std::sync::Arc;

use lambda_http::http::Method;

use super::{ApiError, Cors, Endpoint, Request, Response};
use crate::problem::{Kind, Problem};

/// A route of a family: a method and a path with variables, such as `/v3/grants/{grant}`.
#[derive(Debug)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    /// What pages of other origins may do there.
    pub cors: Option<&'static Cors>,
}

/// The endpoint for everything below a family's prefix that no other endpoint of the family serves. Answers preflights for
/// endpoints with CORS, and refuses the rest with the family's error: 404 for an unknown path, 405 for an unknown method.
pub fn fallback<E: ApiError + Send + 'static>(name: &'static str, routes: &'static [Route]) -> Endpoint {
    Endpoint::new(name, move |request| std::future::ready(answer::<E>(&request, routes)))
}

fn answer<E: ApiError>(request: &Arc<Request>, routes: &'static [Route]) -> Result<Response, E> {
    let here: Vec<_> = routes.iter().filter(|route| route.matches(&request.path)).collect();
    if here.is_empty() {
        return Err(Problem::new(Kind::UnknownPath, "There is no endpoint with this path.").into());
    }
    let methods = |routes: &[&Route]| routes.iter().map(|route| route.method).collect::<Vec<_>>().join(", ");
    let shared: Vec<_> = here.iter().copied().filter(|route| route.cors.is_some()).collect();
    if let (&Method::OPTIONS, Some(cors)) = (&request.method, shared.iter().find_map(|route| route.cors)) {
        return Ok(cors.preflight(&methods(&shared)));
    }
    let allowed = methods(&here);
    let message = format!("This path has only the methods {allowed}.");
    let refused = E::from(Problem::new(Kind::MethodNotAllowed, message)).into_response(request);
    Ok(refused.header("allow", &allowed))
}

impl Route {
    fn matches(&self, path: &str) -> bool {
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_matches_paths_of_its_form() {
        let route = Route { method: "GET", path: "/v3/grants/{grant}", cors: None };
        assert!(route.matches("/v3/grants/a"));
        for path in ["/v3/grants", "/v3/grants/", "/v3/grants/a/", "/v3/grants/a/b", "/v3/grant/a", "v3/grants/a"] {
            assert!(!route.matches(path), "{path}");
        }
    }
}
