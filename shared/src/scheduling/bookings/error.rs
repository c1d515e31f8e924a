//! Why a use case of bookings fails.

use chrono::{DateTime, Utc};

use crate::{problem::Problem, scheduling::SchedulingError};

/// Why a use case of bookings failed.
#[derive(Debug, Clone)]
pub enum BookingError {
    /// The tenant has no such booking, or the secret is not the booking's.
    NotFound,
    /// The time is not offered, or another booking or entry of a calendar has it.
    SlotUnavailable,
    /// The guest may change or cancel the booking only until this time, UTC.
    TooLate { until: DateTime<Utc> },
    /// The booking is not waiting for a confirmation.
    NotPending,
    /// The booking is over, or was cancelled.
    Over,
    /// The host is not a member of the configuration, or takes no part in bookings.
    UnknownHost,
    /// A request with the same key had other content.
    KeyReused,
    /// What can go wrong with any event.
    Scheduling(SchedulingError),
}

impl From<SchedulingError> for BookingError {
    fn from(error: SchedulingError) -> Self {
        Self::Scheduling(error)
    }
}

impl From<Problem> for BookingError {
    fn from(problem: Problem) -> Self {
        Self::Scheduling(problem.into())
    }
}
