//! Computes when people can be booked. Pure functions over spans of time.
//!
//! [`unavailable`] is the busy time of one calendar. [`Rules`] are those of a bookable configuration: [`Rules::list`] lists the
//! slots that they allow, and [`Rules::check`] says why a span is not one. docs/decisions/0021-slots.md has the decisions.
//!
//! Within the engine an instant is an `i64`, in Unix seconds, and a date the number of its days since 1970-01-01.

mod check;
mod dates;
mod grid;
mod hours;
mod invalid_rule;
mod list;
mod open;
mod rules;
mod settings;
mod span;
mod time_of_day;
mod unavailable;

pub use check::Exclusion;
pub use hours::{OpenHours, SpecificHours, WeeklyHours};
pub use invalid_rule::InvalidRule;
pub use list::{Question, Slot, Slots};
pub use rules::{Horizon, Method, Rules, Timing};
pub use settings::HoursSettings;
pub use time_of_day::{InvalidTimeOfDay, TimeOfDay};
pub use unavailable::unavailable;
