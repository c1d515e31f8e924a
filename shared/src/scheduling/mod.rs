//! The use cases, over the ports [`Calendar`] and [`MeetingRecords`]: schedule, update, cancel, read, availability.
//!
//! The booking protocol lives here: whatever crashes, times out, is repeated or runs at once, an id never stands for more
//! than one meeting, and an answer of success is true of the calendar. `docs/decisions/0005-exactly-once.md` tells why it
//! is built as it is.

pub mod appointments;
pub mod record;

mod availability;
mod cancel;
mod create;
mod read;
mod requests;
mod schedule;
mod settle;
mod update;
mod work;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::{calendar::Calendar, domain::Tenant};

use record::MeetingRecords;
pub use schedule::Scheduled;
pub use work::MARGIN;

/// The use cases, for one tenant.
pub struct Scheduler {
    /// For whom.
    pub tenant: Arc<Tenant>,
    /// Where meetings are on record.
    pub records: Arc<dyn MeetingRecords>,
    /// Where meetings are.
    pub calendar: Arc<dyn Calendar>,
    /// How long after an ambiguous answer an event may still appear.
    pub unsettled_for: Duration,
    /// The wall clock.
    pub clock: fn() -> DateTime<Utc>,
}
