//! The Graph client against the simulator over HTTP: what it does when Graph, the token endpoint or Secrets Manager are
//! not at their best.

mod batch;
mod calendar_views;
mod crowd;
mod endless;
mod events;
mod free_busy;
mod log;
mod refusals;
mod slow_secrets;
mod stage;
mod tokens;
