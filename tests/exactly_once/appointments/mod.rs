//! The model for appointments: several copies under one id, each in a mailbox of its own.

mod ask;
mod ends;
pub mod schedule;
mod script;
mod scripted_batches;
mod scripted_crashes;
mod scripted_lost;
mod scripted_mailboxes;
mod scripted_races;
mod scripted_stale;
mod scripted_store;
mod stage;
mod watch;
