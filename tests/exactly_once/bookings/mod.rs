//! Bookings against a model: several members, two and more configurations over them, people in Outlook.

mod calendar;
pub mod records;
pub mod schedule;
mod scripted;
mod stage;
