//! The Nylas v3 Scheduler API: configurations, sessions, availability and bookings (Nylas, "Using the Scheduler API").
//!
//! A module for each endpoint; [`wire`] holds the documented JSON, [`configuration`] what a configuration means, [`access`] who
//! calls and what may be booked, [`reply`] and [`error`] the documented responses.

pub mod access;
pub mod answers;
pub mod availability;
pub mod bookings;
pub mod configuration;
pub mod configurations;
pub mod cors;
pub mod error;
pub mod failures;
pub mod invitation;
pub mod limits;
pub mod openapi;
pub mod reference;
pub mod reply;
mod routes;
pub mod sessions;
pub mod ui_settings;
pub mod wire;

use convene::edge::{self, Endpoint};
pub use openapi::openapi;

/// Every endpoint of this family.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        configurations::create::endpoint(),
        configurations::list::endpoint(),
        configurations::get::endpoint(),
        configurations::replace::endpoint(),
        configurations::delete::endpoint(),
        sessions::create::endpoint(),
        sessions::get::endpoint(),
        sessions::delete::endpoint(),
        availability::endpoint(),
        ui_settings::endpoint(),
        bookings::create::endpoint(),
        bookings::get::endpoint(),
        bookings::reschedule::endpoint(),
        bookings::decide::endpoint(),
        bookings::cancel::endpoint(),
        fallback(),
    ]
}

/// The endpoint for all other paths and methods below the family's prefix.
pub fn fallback() -> Endpoint {
    edge::fallback::<error::Failure>("nylas-fallback", routes::ROUTES)
}
