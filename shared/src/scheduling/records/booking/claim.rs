//! The claim of an active booking: one write, without a read before it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::record::{Actor, BookingRecord, ChangeKind, Ending, Unfinished, UnfinishedKind};
use crate::{
    domain::ConfigurationId,
    scheduling::records::event::{Record, State},
};

/// A claim of an active booking, in one write that needs no read before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingClaim {
    pub purpose: Purpose,
    pub permit: Permit,
    /// The time of the claim, UTC.
    pub now: DateTime<Utc>,
    /// The fencing token. It must be greater than the record's.
    pub token: Uuid,
    pub claim_expires: DateTime<Utc>,
    /// Until when a request to the calendar may still take effect, UTC, if the claim's holder dies.
    pub in_doubt_until: DateTime<Utc>,
    pub by: Actor,
    /// Why, if it is to end the booking.
    pub reason: Option<String>,
}

/// What a claim is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The record becomes a deleting one. An unfinished change does not matter any more.
    Cancel,
    /// As `Cancel`, but only for a pending booking that is not being confirmed.
    Reject,
    /// Only for a pending booking that is not being confirmed, before its start.
    Confirm,
}

/// By what a request may act on a booking. To a request without a permit, the booking does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// A credential of the tenant.
    Tenant {
        /// The only configuration whose bookings it may act on, if it is limited to one.
        configuration: Option<ConfigurationId>,
    },
    /// A guest, who knows the booking's id and its configuration. It permits changes only until
    /// [`BookingRecord::changeable_until`].
    Guest {
        configuration: ConfigurationId,
        /// The guest's secret, if the request has one.
        salt: Option<String>,
    },
    Organizer(OrganizerPermit),
}

/// The permit of an organizer, the only one to confirm or reject a pending booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizerPermit {
    pub configuration: ConfigurationId,
    /// The hex SHA-256 of the organizer's secret.
    pub salt_hash: String,
}

impl Permit {
    /// Whether it is a permit for this booking: its configuration and its secret, if it has one, are those of the booking.
    pub fn is_for(&self, record: &BookingRecord) -> bool {
        let is_equal = |given: &str, own: &str| verify_slices_are_equal(given.as_bytes(), own.as_bytes()).is_ok();
        let has_secret = match self {
            Self::Tenant { .. } | Self::Guest { salt: None, .. } => true,
            Self::Guest { salt: Some(salt), .. } => is_equal(salt, &record.guest_salt),
            Self::Organizer(OrganizerPermit { salt_hash, .. }) => is_equal(salt_hash, &record.organizer_salt_hash),
        };
        has_secret && self.configuration().is_none_or(|configuration| configuration == record.configuration)
    }

    /// The only configuration whose bookings it permits to act on, if it is limited to one.
    pub fn configuration(&self) -> Option<ConfigurationId> {
        match self {
            Self::Tenant { configuration } => *configuration,
            Self::Guest { configuration, .. } => Some(*configuration),
            Self::Organizer(permit) => Some(permit.configuration),
        }
    }

    /// Whether it permits a change at this time.
    pub fn is_in_time(&self, record: &BookingRecord, now: DateTime<Utc>) -> bool {
        !matches!(self, Self::Guest { .. }) || record.changeable_until().is_none_or(|until| now <= until)
    }
}

impl BookingClaim {
    /// How the booking ends by this claim. `None`: it does not.
    pub fn ending(&self) -> Option<Ending> {
        let kind = match self.purpose {
            Purpose::Cancel => ChangeKind::Cancelled,
            Purpose::Reject => ChangeKind::Rejected,
            Purpose::Confirm => return None,
        };
        Some(Ending { kind, by: self.by, reason: self.reason.clone() })
    }

    /// The record with this claim. `None`: it cannot be claimed. The store has the same condition.
    pub fn apply(&self, record: &BookingRecord) -> Option<BookingRecord> {
        let event = &record.event;
        let is_open = event.state == State::Active && event.token < self.token;
        if !is_open || !self.permit.is_for(record) || !self.permit.is_in_time(record, self.now) {
            return None;
        }
        let claimed = Record { token: self.token, claim_expires: self.claim_expires, ..event.clone() };
        match self.purpose {
            Purpose::Reject | Purpose::Confirm if !record.pending || record.unfinished.is_some() => None,
            Purpose::Confirm if record.time.span.start() <= self.now => None,
            Purpose::Cancel | Purpose::Reject => {
                let event = Record { state: State::Deleting, ..claimed };
                Some(BookingRecord { event, ending: self.ending(), ..record.clone() })
            }
            Purpose::Confirm => {
                let (kind, in_doubt_until) = (UnfinishedKind::Confirm, self.in_doubt_until);
                let unfinished = Some(Unfinished { kind, by: self.by, in_doubt_until });
                Some(BookingRecord { event: claimed, unfinished, ..record.clone() })
            }
        }
    }
}
