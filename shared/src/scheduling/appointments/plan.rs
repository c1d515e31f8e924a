//! What a request does with each copy, and the result for each mailbox of the request.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{
    domain::{Appointment, EmailAddress, EventChange, Fingerprint},
    problem::Kind,
    scheduling::{
        SchedulingError,
        driver::FinalState,
        records::{
            appointment::{AppointmentKey, AppointmentRecord},
            event::Record,
        },
    },
};

/// The result for each mailbox of the request, in its order.
pub type MailboxResults = Vec<Result<(), SchedulingError>>;

/// What to do with a copy.
#[derive(Clone)]
pub enum CopyAction<'a> {
    /// Make sure that it exists with this content, whose fingerprint is given.
    Create(&'a Appointment, &'a Fingerprint),
    /// Make sure that it exists with this content, and change it if it does. `previous`: its content before, where known.
    Update {
        appointment: &'a Appointment,
        change: &'a EventChange,
        /// The change of an event other than the one on record.
        full_change: &'a EventChange,
        payload: &'a Fingerprint,
        previous: Option<Fingerprint>,
    },
    /// Delete it.
    Delete,
    /// It has other content. Find out whether it still exists.
    CheckStale,
    /// There is no copy. Check that the mailbox exists.
    CheckMailbox,
}

/// What to do with an appointment.
pub struct Plan<'a> {
    pub key: AppointmentKey,
    /// As it is now.
    pub record: AppointmentRecord,
    /// The token of this request's lock, if it has the lock.
    pub lock_token: Option<Uuid>,
    pub final_state: FinalState,
    pub mailboxes: Vec<EmailAddress>,
    /// What to do with the copy of each mailbox.
    pub actions: Vec<CopyAction<'a>>,
    positions: HashMap<EmailAddress, usize>,
    /// How many of the mailboxes the request names. They come first.
    named: usize,
}

impl<'a> Plan<'a> {
    pub fn new(key: AppointmentKey, record: AppointmentRecord, is_locked: bool, final_state: FinalState) -> Self {
        let lock_token = is_locked.then_some(record.token);
        let (mailboxes, actions, positions) = (Vec::new(), Vec::new(), HashMap::new());
        Self { key, record, lock_token, final_state, mailboxes, actions, positions, named: 0 }
    }

    /// Adds a mailbox that the request names. If it names one twice, there is one copy.
    pub fn add(&mut self, mailbox: &EmailAddress, action: CopyAction<'a>) {
        if !self.positions.contains_key(mailbox) {
            self.positions.insert(mailbox.clone(), self.actions.len());
            self.mailboxes.push(mailbox.clone());
            self.actions.push(action);
            self.named += 1;
        }
    }

    /// Adds the selected copies of mailboxes that the request does not name.
    pub fn add_unnamed(&mut self, action: &CopyAction<'a>, select: impl Fn(&Record) -> bool) {
        for (mailbox, _) in self.record.copies.iter().filter(|(_, copy)| select(copy)) {
            if !self.positions.contains_key(mailbox) {
                self.positions.insert(mailbox.clone(), self.actions.len());
                self.mailboxes.push(mailbox.clone());
                self.actions.push(action.clone());
            }
        }
    }

    /// The result for each mailbox of the request. The first one also answers for the mailboxes that the request does not name:
    /// it is a success only if no copy that was to go can still exist. A failure that a repeat may overcome takes precedence.
    pub fn mailbox_results(
        &self,
        mailboxes: &[EmailAddress],
        results: &[Result<(), SchedulingError>],
    ) -> MailboxResults {
        let mut named: MailboxResults =
            mailboxes.iter().map(|mailbox| results[self.positions[mailbox]].clone()).collect();
        let unnamed = results[self.named..].iter().filter_map(|result| result.as_ref().err());
        let worst = unnamed.max_by_key(|error| (severity(error), error.retry_after()));
        if let (Some(first), Some(error)) = (named.first_mut(), worst)
            && severity(error) > first.as_ref().map_or_else(severity, |()| 0)
        {
            *first = Err(error.clone());
        }
        named
    }

    /// Whether all copies are deleted except those in mailboxes that do not exist at present.
    pub fn only_orphans_remain(&self, results: &[Result<(), SchedulingError>]) -> bool {
        let deletions = || self.actions.iter().zip(results).filter(|(action, _)| matches!(action, CopyAction::Delete));
        let is_orphan = |result: &Result<(), SchedulingError>| {
            result.as_ref().is_err_and(|error| matches!(error, SchedulingError::MailboxNotFound))
        };
        deletions().any(|(_, result)| is_orphan(result))
            && deletions().all(|(_, result)| result.is_ok() || is_orphan(result))
    }
}

/// Whether a repeat of the call may overcome the failure.
pub fn is_transient(error: &SchedulingError) -> bool {
    error.asks_for_repeat() || error.kind() == Some(Kind::Internal)
}

/// Orders failures: the caller has to see the one that a repeat may overcome.
fn severity(error: &SchedulingError) -> u8 {
    if is_transient(error) { 2 } else { 1 }
}
