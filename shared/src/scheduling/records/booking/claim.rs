//! The claim of an active booking: one write, without a read before it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::record::{Actor, BookingRecord, Unfinished, UnfinishedKind};
use crate::scheduling::records::event::{Record, State};

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

/// By what a request may act on a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// A credential of the tenant.
    Tenant,
    /// The guest's secret. It permits changes only until [`BookingRecord::changeable_until`].
    GuestSalt(String),
    /// The hex SHA-256 of the organizer's secret.
    OrganizerSaltHash(String),
}

impl Permit {
    /// Whether the secret is the booking's.
    pub fn is_for(&self, record: &BookingRecord) -> bool {
        let (given, own) = match self {
            Self::Tenant => return true,
            Self::GuestSalt(salt) => (salt, &record.guest_salt),
            Self::OrganizerSaltHash(hash) => (hash, &record.organizer_salt_hash),
        };
        verify_slices_are_equal(given.as_bytes(), own.as_bytes()).is_ok()
    }

    /// Whether it permits a change at this time.
    pub fn is_in_time(&self, record: &BookingRecord, now: DateTime<Utc>) -> bool {
        !matches!(self, Self::GuestSalt(_)) || record.changeable_until().is_none_or(|until| now <= until)
    }
}

impl BookingClaim {
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
                Some(BookingRecord { event: Record { state: State::Deleting, ..claimed }, ..record.clone() })
            }
            Purpose::Confirm => {
                let (kind, in_doubt_until) = (UnfinishedKind::Confirm, self.in_doubt_until);
                let unfinished = Some(Unfinished { kind, by: self.by, in_doubt_until });
                Some(BookingRecord { event: claimed, unfinished, ..record.clone() })
            }
        }
    }
}
