//! Convene's common crate: everything two Lambda functions would otherwise both write.
//!
//! A family of endpoints (`functions/*`) knows its wire format and calls [`scheduling`]; what is Microsoft's lives in
//! [`calendar::graph`], what is DynamoDB's in [`store`], what is Lambda's and HTTP's in [`edge`].

pub mod auth;
mod aws;
mod cache;
pub mod calendar;
pub mod call;
pub mod clock;
pub mod domain;
pub mod edge;
pub mod http;
mod json_size;
pub mod openapi;
pub mod problem;
pub mod scheduling;
pub mod secrets;
pub mod services;
pub mod slots;
pub mod store;

pub use call::CallContext;
pub use clock::Clock;
pub use problem::Problem;
