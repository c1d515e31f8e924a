//! The four endpoints on `/api/salesforce/scheduler/meeting`.

pub mod delete;
pub mod get;
pub mod schedule;
pub mod update;
