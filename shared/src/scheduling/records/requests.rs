//! What the protocol asks of one event's record.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::event::{Record, State};
use crate::domain::EmailAddress;

/// A request on one event's record. Each write has a condition.
#[derive(Debug, Clone)]
pub enum RecordRequest {
    /// Reads the record.
    Read,
    /// Reads the record before its event gets this end, UTC. If the record is active, of this organizer, and has no end or an
    /// earlier one, it has this end afterwards. `Done` and `Conflict` both return the record as it was. The fencing token stays: the
    /// end decides only how long the record is kept.
    ReadAndExtend { organizer: EmailAddress, ends_at: DateTime<Utc> },
    /// Stores a new claim if there is no record, or a deleted one with a smaller token. The claim keeps that one's deletion.
    Claim(Box<Record>),
    /// Makes an active record of this organizer a deleting one, if its token is smaller. `Done` returns the record as it was.
    ClaimDelete { organizer: EmailAddress, token: Uuid, claim_expires: DateTime<Utc> },
    /// Stores `next` if the record is still the version `expected`. `is_last`: the request writes nothing after it.
    Replace { expected: Box<Record>, next: Box<Record>, is_last: bool },
    /// Withdraws a claim that created nothing, if the record is still that version. It leaves a tombstone if the claim keeps a
    /// deletion, and otherwise a trace that is equivalent to no record: a repeat of the claim that arrives late finds its own
    /// token.
    Release(Box<Record>),
}

/// A copy after a request on it.
pub enum CopyAfter {
    Unchanged,
    Stored(Box<Record>),
    Removed,
}

impl RecordRequest {
    /// Whether nothing is written after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Replace { is_last: true, .. } | Self::Release(_))
    }

    /// The effect on a copy within an appointment's record, where a deleted copy is not stored. `None`: the condition fails.
    pub fn on_copy(&self, copy: Option<&Record>) -> Option<CopyAfter> {
        let is_version = |expected: &Record| copy.is_some_and(|copy| copy.is_version_of(expected));
        match self {
            // The end of a copy is on the appointment's record.
            Self::Read | Self::ReadAndExtend { .. } => Some(CopyAfter::Unchanged),
            Self::Claim(claim) => copy.is_none().then(|| CopyAfter::Stored(claim.clone())),
            Self::Replace { expected, next, .. } => is_version(expected).then(|| match next.state {
                State::Deleted => CopyAfter::Removed,
                _ => CopyAfter::Stored(next.clone()),
            }),
            Self::Release(claim) => is_version(claim).then_some(CopyAfter::Removed),
            Self::ClaimDelete { token, claim_expires, .. } => {
                let active = copy.filter(|copy| copy.state == State::Active && copy.token < *token)?.clone();
                let (token, claim_expires) = (*token, *claim_expires);
                Some(CopyAfter::Stored(Box::new(Record { state: State::Deleting, token, claim_expires, ..active })))
            }
        }
    }
}
