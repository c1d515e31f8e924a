//! Computes availability from calendar entries. Pure functions over spans of time.

mod unavailable;

pub use unavailable::unavailable;
