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
    calendar::{BusyEntry, Calendar, CalendarError, Event, EventId, Reply, Request, WrittenEvent},
    call::CallContext,
    domain::{EmailAddress, Marker, Meeting, MeetingChange, TimeSpan},
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
}

#[async_trait]
impl Calendar for Copy {
    async fn create(
        &self,
        _: &CallContext,
        meeting: &Meeting,
        transaction: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError> {
        let (meeting, marker) = (meeting.clone(), marker.clone());
        written(self.ask_for_change(Request::Create { meeting, transaction, marker }).await?)
    }

    async fn read(&self, _: &CallContext, mailbox: &EmailAddress, id: &EventId) -> Result<Event, CalendarError> {
        match self.ask(Request::Glance { mailbox: mailbox.clone(), id: id.clone() }).await? {
            Reply::Event(event) => Ok(*event),
            _ => Err(mixed_up()),
        }
    }

    async fn change(
        &self,
        _: &CallContext,
        mailbox: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError> {
        let (mailbox, id, change) = (mailbox.clone(), id.clone(), change.clone());
        written(self.ask_for_change(Request::Change { mailbox, id, change }).await?)
    }

    async fn delete(&self, _: &CallContext, mailbox: &EmailAddress, id: &EventId) -> Result<(), CalendarError> {
        self.ask_for_change(Request::Delete { mailbox: mailbox.clone(), id: id.clone() }).await.map(drop)
    }

    async fn find(
        &self,
        _: &CallContext,
        mailbox: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<EventId>, CalendarError> {
        match self.ask(Request::Find { mailbox: mailbox.clone(), marker: marker.clone() }).await? {
            Reply::Found(found) => Ok(found),
            _ => Err(mixed_up()),
        }
    }

    async fn free_busy(
        &self,
        _: &CallContext,
        mailboxes: &[EmailAddress],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        // No work on a copy asks for it.
        mailboxes.iter().map(|_| Err(mixed_up())).collect()
    }

    async fn look_up(&self, _: &CallContext, mailbox: &EmailAddress) -> Result<(), CalendarError> {
        self.ask(Request::LookUp { mailbox: mailbox.clone() }).await.map(drop)
    }

    async fn pause(&self, length: Duration) {
        self.convoy.pause(self.number, length).await;
    }
}

fn instead(expected: &Record, next: &Record) -> Box<Replacement> {
    Box::new(Replacement { expected: expected.clone(), next: next.clone() })
}

fn written(reply: Reply) -> Result<WrittenEvent, CalendarError> {
    match reply {
        Reply::Written(written) => Ok(written),
        _ => Err(mixed_up()),
    }
}

fn unsent(cause: &str) -> CalendarError {
    CalendarError::NotSent { cause: cause.to_owned(), timed_out: true }
}

/// The answer belongs to another kind of request. It says nothing of this one.
fn mixed_up() -> CalendarError {
    CalendarError::Failed { cause: "an answer to another request".to_owned(), retry_after: None }
}
