//! What holds the repository together: copies that must agree, house rules, and files that must be true.

mod dependencies;
mod deployment;
mod events;
mod files;
mod imports;
mod links;
mod lock_file;
mod openapi;
mod openapi_schemas;
