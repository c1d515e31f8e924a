//! Changes of single copies on record.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    domain::EmailAddress,
    scheduling::record::{Record, RecordsError, State, Write},
};

/// What a change came to.
pub(super) type Written = Result<Write, RecordsError>;

/// A change to one copy on record. What each means is told by the method of
/// [`MeetingRecords`](crate::scheduling::record::MeetingRecords) that has its name.
#[derive(Debug, Clone)]
pub(super) enum RecordChange {
    Claim(Box<Record>),
    Replace(Box<Replacement>),
    Close(Box<Replacement>),
    Remove(Box<Record>),
    ClaimDelete { attempt: Uuid, claim_expires: DateTime<Utc> },
}

/// A record instead of another.
#[derive(Debug, Clone)]
pub(super) struct Replacement {
    pub expected: Record,
    pub next: Record,
}

impl RecordChange {
    /// Whether the copy's work writes nothing after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Close(_) | Self::Remove(_))
    }

    /// What becomes of a copy, if the condition holds.
    pub fn next(&self, now: Option<&Record>) -> Option<Next> {
        let unchanged = |expected: &Record| {
            now.is_some_and(|now| now.incarnation == expected.incarnation && now.attempt == expected.attempt)
        };
        match self {
            Self::Claim(claim) => now.is_none().then(|| Next::Becomes(claim.clone())),
            Self::Replace(instead) | Self::Close(instead) => unchanged(&instead.expected).then(|| {
                // What is deleted is no copy any more.
                let is_copy = instead.next.state != State::Deleted;
                if is_copy { Next::Becomes(Box::new(instead.next.clone())) } else { Next::IsGone }
            }),
            Self::Remove(expected) => unchanged(expected).then_some(Next::IsGone),
            Self::ClaimDelete { attempt, claim_expires } => {
                let now = now.filter(|now| now.state == State::Active && now.attempt < *attempt)?.clone();
                let (attempt, claim_expires) = (*attempt, *claim_expires);
                Some(Next::Becomes(Box::new(Record { state: State::Deleting, attempt, claim_expires, ..now })))
            }
        }
    }

    /// Makes the change, if its condition holds.
    pub fn make(&self, mailbox: &EmailAddress, copies: &mut BTreeMap<EmailAddress, Record>) -> Write {
        let now = copies.get(mailbox);
        let before = match self.next(now) {
            Some(Next::Becomes(next)) => copies.insert(mailbox.clone(), *next),
            Some(Next::IsGone) => copies.remove(mailbox),
            None => return Write::Conflict(now.cloned().map(Box::new)),
        };
        Write::Done(before.map(Box::new))
    }
}

/// What becomes of a copy.
pub(super) enum Next {
    Becomes(Box<Record>),
    IsGone,
}

impl Record {
    /// A copy in a mailbox that is not there any more, and that is to be deleted should it come back. Where it was being
    /// created, one may have appeared that nobody has seen.
    #[must_use]
    pub(super) fn nobodys(self, settle_window: Duration) -> Self {
        let unsettled_until = match self.state {
            State::Creating => Some(self.settles_at(settle_window)),
            _ => self.unsettled_until,
        };
        Self { state: State::Deleting, unsettled_until, ..self }
    }
}
