//! The Scheduler API and the Lightning Scheduler adapter, as Revenue Grid documents them ("Scheduler API Endpoints", "API
//! Calls for Salesforce Lightning Scheduler").
//!
//! A module for each endpoint; [`wire`] holds the documented JSON, [`response`] and [`error`] the documented responses.

pub mod availability;
pub mod content;
pub mod error;
pub mod failures;
pub mod meeting;
pub mod openapi;
pub mod postback;
pub mod request;
pub mod response;
mod routes;
pub mod wire;

use convene::edge::{self, Endpoint};
pub use openapi::openapi;

/// Every endpoint of this family.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        meeting::schedule::endpoint(),
        meeting::update::endpoint(),
        meeting::delete::endpoint(),
        meeting::get::endpoint(),
        availability::endpoint(),
        postback::create::endpoint(),
        postback::update::endpoint(),
        postback::delete::endpoint(),
        fallback(),
    ]
}

/// The endpoint for all other paths and methods below the family's prefix.
pub fn fallback() -> Endpoint {
    edge::fallback::<error::Failure>("salesforce-fallback", routes::ROUTES)
}
