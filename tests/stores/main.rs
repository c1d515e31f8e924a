//! The stores of configurations, sessions and counters over the embedded DynamoDB, with lost answers, conflicts and races.

mod configurations;
mod counters;
mod list;
mod sessions;
mod stage;
