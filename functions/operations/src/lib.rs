//! What runs a deployment rather than serves requests: rolling out tenants, rotating secrets, checking, erasing, health.

pub mod check;
pub mod entry;
pub mod erase;
pub mod health;
pub mod keys;
pub mod lease;
pub mod mint;
pub mod openapi;
pub mod provision;
pub mod rotate;

use convene::edge::{Endpoint, Task};
pub use openapi::openapi;

/// Every function of this family that is served over HTTP.
pub fn endpoints() -> Vec<Endpoint> {
    vec![health::endpoint()]
}

/// Every function of this family that is invoked directly.
pub fn tasks() -> Vec<Task> {
    vec![provision::task(), rotate::task(), check::task(), erase::task()]
}
