//! Computes availability from calendar entries. Pure functions over spans of time.

mod merge;

pub use merge::unavailable;
