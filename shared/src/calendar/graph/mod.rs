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
mod lease;
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

pub use advice::advice;
pub use connection::GraphConnection;
pub use lease::{LeaseError, RenewalLease};

use super::{BusyEntry, Calendar, CalendarError, Reply, Request};
use crate::{
    call::CallContext,
    domain::{EmailAddress, Tenant, TimeSpan},
    secrets::Secrets,
};

/// A tenant's calendars in Microsoft 365.
pub struct GraphCalendar {
    connection: Arc<GraphConnection>,
    tenant: Arc<Tenant>,
    secrets: Arc<Secrets>,
    lease: Arc<dyn RenewalLease>,
}

impl GraphCalendar {
    /// The calendars of a tenant, over the connection that the process shares. Opens nothing.
    pub fn new(
        connection: Arc<GraphConnection>,
        tenant: Arc<Tenant>,
        secrets: Arc<Secrets>,
        lease: Arc<dyn RenewalLease>,
    ) -> Self {
        Self { connection, tenant, secrets, lease }
    }
}

#[async_trait]
impl Calendar for GraphCalendar {
    async fn execute(&self, call: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        match &requests[..] {
            [request] => vec![self.execute_alone(call, request).await],
            requests => self.execute_in_batches(call, requests).await,
        }
    }

    async fn free_busy(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        self.free_busy_of(call, mailboxes, window).await
    }

    fn max_batch_size(&self) -> usize {
        batch::MOST_ITEMS
    }
}
