//! The OAuth 2.0 token endpoint (RFC 6749).

pub mod token;

use convene::edge::Endpoint;
pub use token::openapi::openapi;

/// Every endpoint of this family.
pub fn endpoints() -> Vec<Endpoint> {
    vec![token::issue::endpoint()]
}
