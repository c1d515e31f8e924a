//! One copy's way to the record and to the calendar: side by side with the others'.
//!
//! The work on a copy is the booking protocol of a meeting. It finds here the ports that it works over.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    change::{RecordChange, Replacement},
    convoy::Convoy,
    shared_record::SharedRecord,
};
use crate::{
    calendar::{BusyEntry, Calendar, CalendarError, Detail, Reply, Request},
    call::CallContext,
    domain::{EmailAddress, TimeSpan},
    scheduling::record::{MeetingRecords, Record, RecordKey, RecordsError, Write},
};

/// One copy, by its number.
#[derive(Clone)]
pub(super) struct Copy {
    pub number: usize,
    pub convoy: Arc<Convoy>,
    pub record: Arc<SharedRecord>,
}

impl Copy {
    async fn change(&self, change: RecordChange) -> Result<Write, RecordsError> {
        if let Some(refused) = self.record.refused(self.number, &change) {
            return Ok(refused);
        }
        let written = self.convoy.change(self.number, change).await;
        written.unwrap_or_else(|| Err(RecordsError::Internal("not written".to_owned())))
    }

    /// Asks the calendar for what changes nothing there.
    async fn ask(&self, request: Request) -> Result<Reply, CalendarError> {
        self.convoy.ask(self.number, request).await.unwrap_or_else(|| Err(unsent("nobody asks")))
    }

    /// Asks the calendar for a change. Only whoever holds the id may: another request that has taken it over counts on that
    /// nothing but its own requests changes anything.
    async fn ask_for_change(&self, request: Request) -> Result<Reply, CalendarError> {
        if self.record.is_lost() { Err(unsent("the id was taken over")) } else { self.ask(request).await }
    }
}

#[async_trait]
impl MeetingRecords for Copy {
    async fn read(&self, _: &RecordKey) -> Result<Option<Record>, RecordsError> {
        Ok(self.record.copy(self.number))
    }

    async fn claim(&self, _: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        self.change(RecordChange::Claim(Box::new(claim.clone()))).await
    }

    async fn replace(&self, _: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        self.change(RecordChange::Replace(instead(expected, next))).await
    }

    async fn close(&self, _: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        self.change(RecordChange::Close(instead(expected, next))).await
    }

    async fn remove(&self, _: &RecordKey, expected: &Record) -> Result<Write, RecordsError> {
        self.change(RecordChange::Remove(Box::new(expected.clone()))).await
    }

    async fn claim_delete(
        &self,
        _: &RecordKey,
        _: &EmailAddress,
        attempt: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        self.change(RecordChange::ClaimDelete { attempt, claim_expires }).await
    }

    async fn pause(&self, length: Duration) {
        self.convoy.pause(self.number, length).await;
    }
}

#[async_trait]
impl Calendar for Copy {
    async fn execute(&self, _: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        let mut replies = Vec::with_capacity(requests.len());
        for request in requests {
            replies.push(match request {
                // Hundreds of copies are read and changed: neither takes more than it must.
                Request::Read { mailbox, event, .. } => {
                    self.ask(Request::Read { mailbox, event, detail: Detail::Summary }).await
                }
                Request::Change { mailbox, event, change, .. } => {
                    self.ask_for_change(Request::Change { mailbox, event, change, keep_join_block: false }).await
                }
                request @ (Request::Find { .. } | Request::CheckMailbox { .. }) => self.ask(request).await,
                request @ (Request::Create { .. } | Request::Delete { .. }) => self.ask_for_change(request).await,
            });
        }
        replies
    }

    async fn free_busy(
        &self,
        _: &CallContext,
        mailboxes: &[EmailAddress],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        // No work on a copy asks for it.
        mailboxes.iter().map(|_| Err(unsent("no copy asks for free/busy"))).collect()
    }
}

fn instead(expected: &Record, next: &Record) -> Box<Replacement> {
    Box::new(Replacement { expected: expected.clone(), next: next.clone() })
}

fn unsent(cause: &str) -> CalendarError {
    CalendarError::NotSent { cause: cause.to_owned(), timed_out: true }
}
