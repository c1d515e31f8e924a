//! Why a use case of bookings fails.

use chrono::{DateTime, Utc};

use crate::{
    problem::Problem,
    scheduling::{
        SchedulingError,
        records::booking::{Conflicts, HoldCheck},
    },
};

/// Why a use case of bookings failed.
#[derive(Debug, Clone)]
pub enum BookingError {
    /// The tenant has no such booking, or the request has no permit for it: another configuration, or another secret.
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
    /// A member of the booking is no longer in the configuration. It can be cancelled, not moved.
    MembersChanged,
    /// A request with the same key had other content.
    KeyReused,
    /// The configuration is gone, or has another version than the request knows. Nothing was changed.
    ConfigurationChanged,
    /// The session is gone, or has ended. Nothing was changed.
    SessionEnded,
    /// What the booking is about is too long to be stored. Nothing was changed.
    ContentTooLong,
    /// What can go wrong with any event.
    Scheduling(SchedulingError),
}

impl BookingError {
    /// The failed check of a claim, if one failed.
    pub(super) fn of_checks(conflicts: &Conflicts) -> Option<Self> {
        conflicts.checks.first().map(|check| match check {
            HoldCheck::Configuration { .. } => Self::ConfigurationChanged,
            HoldCheck::Session { .. } => Self::SessionEnded,
        })
    }
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
