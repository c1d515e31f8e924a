//! Scheduling: the use cases of meetings, appointments and availability.
//!
//! | question | see |
//! | --- | --- |
//! | How is an event booked exactly once? | `protocol` |
//! | How do 500 copies become 25 batches? | `driver` |
//! | What can a caller do with a meeting? | [`meetings`] |
//! | What can a caller do with an appointment in several calendars? | [`appointments`] |
//! | How is a time given to one booking only? | [`bookings`] |
//! | What is stored, and how does a store have to behave? | [`records`] |
//! | When are people not available? | [`availability()`] |
//! | Why does a use case fail? | [`SchedulingError`] |
//!
//! Each module uses only those below it: meetings and appointments, driver, protocol, records.

mod availability;
mod driver;
mod error;
mod protocol;

pub mod appointments;
pub mod bookings;
pub mod meetings;
pub mod records;

/// The warning of a response about an event that should have a Teams link and has none.
pub const TEAMS_LINK_UNAVAILABLE: &str = "TeamsLinkUnavailable";

pub use availability::{Unavailable, availability};
pub use error::SchedulingError;
pub use protocol::{
    context::{CLOCK_MARGIN, Timing},
    create::Scheduled,
};
