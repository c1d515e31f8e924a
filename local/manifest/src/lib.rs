//! The functions of each family, as `functions/*/functions.yaml` lists them, and the files that are generated from them.
//!
//! [`Manifest`] is what the files say. [`Repository`] compares and writes the generated parts: the functions and roles of
//! `template.yaml`, the packages and the cargo-lambda router of `Cargo.toml`, the table of endpoints in `README.md`, the
//! build commands, `src/routes.rs` of each family with a prefix, and an event in `events/` for each function that has none.
//!
//! This package depends on no family, so that it works while one does not compile.

mod block;
mod cargo;
mod documents;
mod error;
mod event;
mod family;
mod manifest;
mod openapi;
mod policies;
mod repository;
mod routes;
mod template;

pub use error::Error;
pub use family::{Family, Function, Grant, Route};
pub use manifest::Manifest;
pub use openapi::{OpenApi, Operation};
pub use repository::Repository;
