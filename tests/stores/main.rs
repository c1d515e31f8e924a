//! The stores of turns, configurations, sessions and counters, and the erasure, over the embedded DynamoDB, with lost answers, conflicts
//! and races.

mod bookings;
mod configurations;
mod counters;
mod erasure;
mod list;
mod sessions;
mod stage;
