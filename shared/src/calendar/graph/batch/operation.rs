//! What a batch executes.

use super::super::{
    connection::GraphCalendar,
    events::requests::{EventRequest, validate},
    transport::retry_state::{RetryPolicy, RetryState},
};
use crate::{
    calendar::{CalendarError, Reply, Request},
    call::CallContext,
};

/// What can be executed in a batch: a request to Graph, and how the response to it is read.
pub(in super::super) trait Operation: Sync {
    type Reply: Send;

    fn request<'a>(&'a self, calendar: &'a GraphCalendar) -> Result<EventRequest<'a>, CalendarError>;

    /// The reply, from the response body of a success. It may take further requests.
    fn reply(
        &self,
        calendar: &GraphCalendar,
        call: &CallContext,
        body: &[u8],
    ) -> impl Future<Output = Result<Self::Reply, CalendarError>> + Send;
}

impl Operation for Request {
    type Reply = Reply;

    fn request<'a>(&'a self, calendar: &'a GraphCalendar) -> Result<EventRequest<'a>, CalendarError> {
        validate(self)?;
        calendar.event_request(self, None)
    }

    async fn reply(&self, calendar: &GraphCalendar, call: &CallContext, body: &[u8]) -> Result<Reply, CalendarError> {
        calendar.reply(call, self, None, body).await
    }
}

/// One of the operations, with its retry state.
pub(super) struct Item<'a, O> {
    /// The index of the operation.
    pub(super) index: usize,
    pub(super) operation: &'a O,
    /// Its size in a batch, in bytes.
    pub(super) size: usize,
    pub(super) retry_policy: RetryPolicy,
    pub(super) retry: RetryState,
}
