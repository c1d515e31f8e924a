//! The Scheduler API and the Lightning Scheduler adapter, as Revenue Grid documents them ("Scheduler API Endpoints", "API
//! Calls for Salesforce Lightning Scheduler").
//!
//! A module for each endpoint; [`wire`] holds the documented JSON and nothing else, [`answer`] the documented answers.

pub mod answer;
pub mod availability;
pub mod fields;
pub mod meeting;
pub mod openapi;
pub mod postback;
pub mod request;
pub mod wire;

use convene::edge::Function;
pub use openapi::SalesforceApi;

/// Every endpoint of this family.
pub fn functions() -> Vec<Function> {
    vec![
        meeting::schedule::function(),
        meeting::update::function(),
        meeting::delete::function(),
        meeting::get::function(),
        availability::function(),
        postback::create::function(),
        postback::update::function(),
        postback::delete::function(),
    ]
}
