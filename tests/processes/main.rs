//! Exactly once, with the functions as the processes that Lambda runs: the real binaries beside a Runtime API, killed
//! with SIGKILL between any two steps, cut off from DynamoDB and from Microsoft Graph, and many at once.

mod appointments;
mod attempts;
mod bad_events;
mod bad_habits;
mod bookings;
mod crowd;
mod functions;
mod gap;
mod killed;
mod killed_twice;
mod late;
mod late_doubles;
mod lost_answers;
mod lost_rotation;
mod races;
mod scenario;
mod stage;
mod store_faults;
mod unclear;
mod unwell_store;
