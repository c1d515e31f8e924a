//! The OAuth 2.0 token endpoint (RFC 6749).

pub mod token;

use convene::edge::Function;
pub use token::openapi::OAuthApi;

/// Every function of this family.
pub fn functions() -> Vec<Function> {
    vec![token::issue::function()]
}
