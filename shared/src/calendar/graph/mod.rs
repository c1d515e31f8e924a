//! Microsoft Graph. Only here is Microsoft known.
//!
//! [`GraphConnection`] is what all tenants of a process share: the HTTP client, the tokens, the bounds on calls in
//! flight. [`GraphCalendar`] is one tenant's view of it and implements [`Calendar`]. Every request goes through
//! `send` or, together with others, through `batch`; `course` decides whether one is sent again, and `errors`, the only
//! place that knows Graph's error codes, what an answer means.

mod access;
mod advice;
mod answer;
mod batch;
mod body;
mod connection;
mod course;
mod drafts;
mod entra;
mod errors;
mod events;
mod free_busy;
mod join_block;
mod json;
mod limits;
mod renewal;
mod retry;
mod schedules;
mod send;
mod sign_in;
mod stored_times;
mod token;
mod urls;
mod way_to_join;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

pub use advice::advice;
pub use connection::GraphConnection;

use super::{BusyEntry, Calendar, CalendarError, Event, EventId, Reply, Request, WrittenEvent};
use crate::{
    call::CallContext,
    domain::{EmailAddress, Marker, Meeting, MeetingChange, Tenant, TimeSpan},
    secrets::Secrets,
    store::Leases,
};

/// A tenant's calendars in Microsoft 365.
pub struct GraphCalendar {
    connection: Arc<GraphConnection>,
    tenant: Arc<Tenant>,
    secrets: Arc<Secrets>,
    leases: Arc<Leases>,
}

impl GraphCalendar {
    /// The calendars of a tenant, over the connection that the process shares. Opens nothing.
    pub fn new(
        connection: Arc<GraphConnection>,
        tenant: Arc<Tenant>,
        secrets: Arc<Secrets>,
        leases: Arc<Leases>,
    ) -> Self {
        Self { connection, tenant, secrets, leases }
    }
}

#[async_trait]
impl Calendar for GraphCalendar {
    async fn create(
        &self,
        call: &CallContext,
        meeting: &Meeting,
        transaction: Uuid,
        marker: &Marker,
    ) -> Result<WrittenEvent, CalendarError> {
        self.create_event(call, meeting, transaction, marker).await
    }

    async fn read(&self, call: &CallContext, organizer: &EmailAddress, id: &EventId) -> Result<Event, CalendarError> {
        self.read_event(call, organizer, id).await
    }

    async fn change(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        id: &EventId,
        change: &MeetingChange,
    ) -> Result<WrittenEvent, CalendarError> {
        self.change_event(call, organizer, id, change).await
    }

    async fn delete(&self, call: &CallContext, organizer: &EmailAddress, id: &EventId) -> Result<(), CalendarError> {
        self.delete_event(call, organizer, id).await
    }

    async fn find(
        &self,
        call: &CallContext,
        organizer: &EmailAddress,
        marker: &Marker,
    ) -> Result<Vec<EventId>, CalendarError> {
        self.find_events(call, organizer, marker).await
    }

    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        self.free_busy_of(call, mailboxes, window).await
    }

    async fn look_up(&self, call: &CallContext, mailbox: &EmailAddress) -> Result<(), CalendarError> {
        self.look_up_mailbox(call, mailbox).await
    }

    fn most_together(&self) -> usize {
        batch::MOST_ITEMS
    }

    async fn together(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        self.in_batches(call, &requests).await
    }

    async fn sign_in(&self, call: &CallContext) -> Result<(), CalendarError> {
        self.exchange_anew(call).await
    }
}
