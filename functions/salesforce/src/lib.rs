//! The Scheduler API, as Revenue Grid documents it ("Scheduler API Endpoints").
//!
//! A module for each endpoint; [`wire`] holds the documented JSON and nothing else, [`answer`] the documented answers.

pub mod answer;
pub mod availability;
pub mod fields;
pub mod meeting;
pub mod wire;

use convene::edge::Function;
use utoipa::OpenApi;

/// Every endpoint of this family.
pub fn functions() -> Vec<Function> {
    vec![
        meeting::schedule::function(),
        meeting::update::function(),
        meeting::delete::function(),
        meeting::get::function(),
        availability::function(),
    ]
}

/// This family's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(
    paths(
        meeting::schedule::schedule_meeting,
        meeting::update::update_meeting,
        meeting::delete::delete_meeting,
        meeting::get::get_meeting,
        availability::get_availability
    ),
    tags((name = "Scheduler API", description = "Meetings in Outlook calendars, and when people are not available."))
)]
pub struct SalesforceApi;
