//! Microsoft Graph. Only this module knows Microsoft.
//!
//! - `auth`: access tokens.
//! - `transport`: one HTTP request: limits, retries, errors, URLs.
//! - `events`: requests about one event or one mailbox, one at a time.
//! - `batch`: several requests in one round trip (`$batch`).
//! - `free_busy`: what occupies mailboxes (`getSchedule`).
//!
//! [`GraphConnection`] is what all tenants of a process share. [`GraphCalendar`] is one tenant's calendars over it, and
//! implements [`Calendar`].

mod auth;
mod batch;
mod events;
mod free_busy;
mod transport;

use std::sync::Arc;

use async_trait::async_trait;

pub use auth::{LeaseError, RenewalLease};
pub use transport::{connection::GraphConnection, remediation::remediation};

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
        batch::MAX_ITEMS
    }
}
