//! The simulator over HTTP, as the product calls it.

mod attendees;
mod batch;
mod calendars;
mod common;
mod control;
mod events;
mod faults;
mod invitations;
mod lists;
mod page;
mod persistence;
mod schedule;
mod series;
mod teams;
mod tokens;
mod vanished;
mod zones;
