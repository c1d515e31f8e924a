//! Microsoft Graph. Only this module knows Microsoft.
//!
//! Each of these uses only those below it.
//!
//! - `free_busy`: what occupies mailboxes (`getSchedule`).
//! - `calendar_view`: what occupies calendars (`calendarView`).
//! - `busy`: the entries that both of them return.
//! - `batch`: several requests in one round trip (`$batch`).
//! - `events`: requests about one event or one mailbox, one at a time.
//! - `send`: one request with an access token, with retries.
//! - `connection`: what all tenants of a process share.
//! - `auth`: access tokens.
//! - `transport`: HTTP: requests, responses, limits, retries, errors, URLs.
//!
//! [`GraphConnection`] is what all tenants of a process share. [`GraphCalendar`] is one tenant's calendars over it, and
//! implements [`Calendar`].

mod auth;
mod batch;
mod busy;
mod calendar_view;
mod connection;
mod events;
mod free_busy;
mod send;
mod transport;

use async_trait::async_trait;

pub use auth::{LeaseError, RenewalLease};
pub use connection::{GraphCalendar, GraphConnection};
pub use transport::remediation::remediation;

use super::{Calendar, CalendarError, CalendarView, Reply, Request};
use crate::{
    call::CallContext,
    domain::{BusyEntry, EmailAddress, TimeSpan},
};

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

    async fn calendar_views(
        &self,
        call: &CallContext,
        views: &[CalendarView],
        window: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        self.views(call, views, window).await
    }

    fn max_batch_size(&self) -> usize {
        batch::MAX_ITEMS
    }
}
