//! Appointments, of which everybody has a copy: what holds for a meeting has to hold for each of them.

mod bad_habits;
mod deadline;
mod dying;
mod killed;
mod killed_twice;
mod late_doubles;
mod lost_answers;
mod model;
mod races;
mod scenario;
mod unwell_store;
