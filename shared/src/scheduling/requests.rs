//! Single requests to the calendar, and their replies.

use uuid::Uuid;

use super::Scheduler;
use crate::{
    calendar::{CalendarError, Detail, Event, EventId, Reply, Request, WrittenEvent},
    call::CallContext,
    domain::{EmailAddress, Marker, Meeting, MeetingChange},
};

impl Scheduler {
    async fn request(&self, call: &CallContext, request: Request) -> Result<Reply, CalendarError> {
        self.calendar.execute(call, vec![request]).await.pop().unwrap_or_else(|| Err(wrong_reply()))
    }

    pub(super) async fn create_event(
        &self,
        call: &CallContext,
        meeting: &Meeting,
        transaction_id: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError> {
        let request = Request::Create { event: meeting.clone(), transaction_id, marker: marker.clone() };
        written(self.request(call, request).await?)
    }

    pub(super) async fn read_event(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        id: &EventId,
    ) -> Result<Event, CalendarError> {
        let request = Request::Read { mailbox: mailbox.clone(), event: id.clone(), detail: Detail::Full };
        match self.request(call, request).await? {
            Reply::Event(event) => Ok(*event),
            _ => Err(wrong_reply()),
        }
    }

    pub(super) async fn change_event(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError> {
        let (mailbox, event, change) = (mailbox.clone(), id.clone(), change.clone());
        let request = Request::Change { mailbox, event, change, keep_join_block: true };
        written(self.request(call, request).await?)
    }

    pub(super) async fn delete_event(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        id: &EventId,
    ) -> Result<(), CalendarError> {
        self.request(call, Request::Delete { mailbox: mailbox.clone(), event: id.clone() }).await.map(drop)
    }

    pub(super) async fn find_events(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<EventId>, CalendarError> {
        match self.request(call, Request::Find { mailbox: mailbox.clone(), marker: marker.clone() }).await? {
            Reply::Found(found) => Ok(found),
            _ => Err(wrong_reply()),
        }
    }

    pub(super) async fn check_mailbox(&self, call: &CallContext, mailbox: &EmailAddress) -> Result<(), CalendarError> {
        self.request(call, Request::CheckMailbox { mailbox: mailbox.clone() }).await.map(drop)
    }
}

fn written(reply: Reply) -> Result<WrittenEvent, CalendarError> {
    match reply {
        Reply::Written(written) => Ok(written),
        _ => Err(wrong_reply()),
    }
}

/// The reply belongs to another kind of request, and says nothing about this one.
fn wrong_reply() -> CalendarError {
    CalendarError::Failed { cause: "a reply to another request".to_owned(), retry_after: None }
}
