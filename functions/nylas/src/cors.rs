//! Which endpoints pages of other origins may call.

use convene::edge::Cors;

/// The endpoints that the vendor's booking page calls. Each of its requests has these headers, reads included.
pub const CORS: Cors = Cors {
    allow_headers: "authorization, content-type, accept, idempotency-key, x-source, x-nylas-web-elements-version, \
                    x-nylas-application-public-id",
    expose_headers: "x-request-id, x-correlation-id, retry-after, idempotent-response, x-convene-warning",
};
