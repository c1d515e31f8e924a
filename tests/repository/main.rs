//! What holds the repository together: copies that must agree, house rules, and files that must be true.

mod dependencies;
mod deployment;
mod endpoints;
mod events;
mod examples;
mod files;
mod imports;
mod layering;
mod links;
mod lock_file;
mod modules;
mod openapi;
mod openapi_schemas;
mod portable;
