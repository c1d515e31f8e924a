//! Cross-origin resource sharing (Fetch standard): which endpoints pages of other origins may call.

use super::Response;

/// What pages of other origins may do with an endpoint. No endpoint accepts cookies, so every origin is allowed.
#[derive(Debug)]
pub struct Cors {
    /// The request headers that a page may set, separated by commas. `*` does not include `authorization`.
    pub allow_headers: &'static str,
    /// The response headers that a page may read, separated by commas.
    pub expose_headers: &'static str,
}

/// How long a browser may keep the response to a preflight, in seconds. Chromium uses two hours at most.
const MAX_AGE: &str = "7200";

impl Cors {
    /// Lets the page that sent the request read the response.
    pub fn allow(&self, response: Response) -> Response {
        let response = response.header("access-control-allow-origin", "*");
        response.header("access-control-expose-headers", self.expose_headers)
    }

    /// The response to a preflight. `methods`: the methods of the path, separated by commas.
    pub(super) fn preflight(&self, methods: &str) -> Response {
        let response = self.allow(Response::empty(204));
        let response = response.header("access-control-allow-methods", methods);
        response.header("access-control-allow-headers", self.allow_headers).header("access-control-max-age", MAX_AGE)
    }
}
