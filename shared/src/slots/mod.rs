//! The slot engine: pure functions over spans of time.

mod merge;

pub use merge::{BusyEntry, BusyStatus, unavailable};
