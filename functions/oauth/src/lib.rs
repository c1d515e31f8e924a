//! The OAuth 2.0 token endpoint (RFC 6749).

mod routes;
pub mod token;

use convene::edge::{self, Endpoint};
pub use token::openapi::openapi;

/// Every endpoint of this family.
pub fn endpoints() -> Vec<Endpoint> {
    vec![token::issue::endpoint(), fallback()]
}

/// The endpoint for all other paths and methods below the family's prefix.
pub fn fallback() -> Endpoint {
    edge::fallback::<token::refusal::Refusal>("oauth-fallback", routes::ROUTES)
}
