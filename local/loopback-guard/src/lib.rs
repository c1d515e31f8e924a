//! Keeps web pages away from a server that listens at loopback and asks for no credentials.
//!
//! A browser on the same machine reaches loopback ports for any page that it shows. Three ways of doing harm with that are
//! closed here, before a request reaches the server:
//!
//! - **cross-site requests**: a page of another origin sends a form, a script or a `fetch`. Browsers name the page's origin
//!   in `Origin`, or its relation to the server in `Sec-Fetch-Site`;
//! - **DNS rebinding**: a page's own host name is made to resolve to 127.0.0.1, so that to the browser the server and the
//!   page have the same origin. The request then carries that name in `Host`;
//! - **embedding**: a page shows an answer in a frame, or includes it as a script, a style sheet or an image.
//!
//! Programs such as the AWS SDK, curl and cargo-lambda send neither `Origin` nor `Sec-Fetch-Site`, and the `Host` of the URL
//! that they were given. They notice nothing of all this.
//!
//! A page whose [`Origin`] was allowed may send what CORS lets it send, and reads what CORS lets it read: its browser names
//! the origin in each such request. It still cannot embed an answer.

mod headers;
mod origin;
mod rules;

pub use origin::{InvalidOrigin, Origin};

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::Response,
    middleware::{self, Next},
};

use rules::Sender;

/// What a listener answers to, and to nothing else.
#[derive(Debug, Clone)]
pub struct Guard {
    /// `127.0.0.1`, `localhost` and `[::1]` with the listener's port.
    own: Vec<String>,
    /// Names that somebody allowed. One without a port is allowed with any.
    allowed: Vec<String>,
    /// Pages of other origins that may use the server.
    allowed_origins: Vec<Origin>,
}

impl Guard {
    /// For a listener at this port of the loopback interface.
    pub fn at(port: u16) -> Self {
        let names = ["127.0.0.1", "localhost", "[::1]"];
        let mut own: Vec<_> = names.iter().map(|name| format!("{name}:{port}")).collect();
        if port == 80 {
            // The port that clients leave out.
            own.extend(names.map(str::to_owned));
        }
        Self { own, allowed: Vec::new(), allowed_origins: Vec::new() }
    }

    /// Lets requests for these hosts in too, each `name` or `name:port`.
    #[must_use]
    pub fn allow(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        self.allowed.extend(hosts);
        self
    }

    /// Lets requests of pages of these origins in too. They get the CORS headers of the answers.
    #[must_use]
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        self.allowed_origins.extend(origins);
        self
    }

    /// Puts the guard before every route and the fallback of a router.
    pub fn protect(self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(Arc::new(self), admit))
    }
}

async fn admit(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let (mut response, sender) = match guard.check(&parts) {
        Ok(sender) => (next.run(Request::from_parts(parts, body)).await, sender),
        Err(refusal) => (refusal.response(), Sender::Own),
    };
    if sender == Sender::Own {
        headers::remove_cors(response.headers_mut());
    }
    headers::close(response.headers_mut());
    response
}
