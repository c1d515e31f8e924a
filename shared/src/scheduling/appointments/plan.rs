//! What is to be done with each copy, and what to answer when it is.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    Rows,
    record::{AppointmentKey, AppointmentRecord},
    shared_record::Ending,
};
use crate::{
    domain::{Appointment, EmailAddress, Fingerprint, MeetingChange},
    problem::{Kind, Problem},
    scheduling::record::Record,
};

/// What is to be done with a copy.
#[derive(Clone)]
pub(super) enum Task<'a> {
    /// It is to be there and to say this, which has that fingerprint.
    Create(&'a Appointment, &'a Fingerprint),
    /// It is to be there, and to be changed if it is there already. With the fingerprint of what it said before, where that is
    /// certain.
    Update(&'a Appointment, &'a MeetingChange, &'a Fingerprint, Option<Fingerprint>),
    /// It is to be gone.
    Delete,
    /// It says something else. Is it there at all?
    Settle,
    /// There is none. Is there such a mailbox?
    LookUp,
}

/// What is to be done with an appointment.
pub(super) struct Plan<'a> {
    pub key: AppointmentKey,
    /// As it is now.
    pub record: AppointmentRecord,
    /// The attempt under which this request holds it, if it does.
    pub opened: Option<Uuid>,
    pub ending: Ending,
    /// Whose copies these are.
    pub mailboxes: Vec<EmailAddress>,
    /// What is to be done with each.
    pub tasks: Vec<Task<'a>>,
    /// Which of them belongs to a mailbox.
    places: HashMap<EmailAddress, usize>,
    /// How many of them were asked for by name.
    named: usize,
}

impl<'a> Plan<'a> {
    pub fn new(key: AppointmentKey, record: AppointmentRecord, opened: bool, ending: Ending) -> Self {
        let opened = opened.then_some(record.attempt);
        let (mailboxes, tasks, places) = (Vec::new(), Vec::new(), HashMap::new());
        Self { key, record, opened, ending, mailboxes, tasks, places, named: 0 }
    }

    /// Adds a mailbox that is asked for by name. One that is named twice has one copy.
    pub fn add(&mut self, mailbox: &EmailAddress, task: Task<'a>) {
        if !self.places.contains_key(mailbox) {
            self.places.insert(mailbox.clone(), self.tasks.len());
            self.mailboxes.push(mailbox.clone());
            self.tasks.push(task);
            self.named += 1;
        }
    }

    /// Adds those copies of everybody else.
    pub fn add_others(&mut self, task: &Task<'a>, which: impl Fn(&Record) -> bool) {
        let others =
            self.record.copies.iter().filter(|(mailbox, copy)| !self.places.contains_key(*mailbox) && which(copy));
        for (mailbox, _) in others {
            self.mailboxes.push(mailbox.clone());
            self.tasks.push(task.clone());
        }
    }

    /// What came of each mailbox asked for. The first answers for the others too, whose copies were to go: it is a success only
    /// if no such copy can still exist. A failure that a repeated call may be over goes before one that stays.
    pub fn rows(&self, mailboxes: &[EmailAddress], results: &[Result<(), Problem>]) -> Rows {
        let mut rows: Rows = mailboxes.iter().map(|mailbox| results[self.places[mailbox]].clone()).collect();
        let unnamed = results[self.named..].iter().filter_map(|result| result.as_ref().err());
        let worst = unnamed.max_by_key(|problem| (weight(problem), problem.retry_after));
        if let (Some(first), Some(problem)) = (rows.first_mut(), worst)
            && weight(problem) > first.as_ref().map_or_else(weight, |()| 0)
        {
            *first = Err(problem.clone());
        }
        rows
    }

    /// Whether all copies are deleted but those in mailboxes that the organization is said not to have.
    pub fn left_behind(&self, results: &[Result<(), Problem>]) -> bool {
        let deletions = || self.tasks.iter().zip(results).filter(|(task, _)| matches!(task, Task::Delete));
        let left = |result: &Result<(), Problem>| result.as_ref().is_err_and(|p| p.kind == Kind::MailboxNotFound);
        deletions().any(|(_, result)| left(result)) && deletions().all(|(_, result)| result.is_ok() || left(result))
    }
}

/// Whether a failure may be over when the call is repeated.
pub(super) fn may_pass(problem: &Problem) -> bool {
    matches!(problem.kind, Kind::ServerBusy | Kind::InProgress | Kind::TimedOut | Kind::Internal)
}

/// How much a failure matters to the caller: most where a repeat may help.
fn weight(problem: &Problem) -> u8 {
    if may_pass(problem) { 2 } else { 1 }
}
