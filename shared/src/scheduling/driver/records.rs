//! The records of the tasks that a driver runs.

use std::future::Future;

use futures_util::future::join_all;

use crate::scheduling::{
    protocol::effects::RecordReply,
    records::{EventRecords, event::RecordKey, requests::RecordRequest},
};

/// The records of a driver's tasks: an item of its own for one task, or one item for the tasks of an appointment's copies.
pub trait TaskRecords: Sync {
    /// The reply to a task's request, if no request to the store is necessary.
    fn known_reply(&self, task: usize, request: &RecordRequest) -> Option<RecordReply>;

    /// Whether another request has taken over the records. Then this one changes nothing in the calendars.
    fn is_lost(&self) -> bool;

    /// Executes the requests of tasks that wait at the same time. The replies are in the order of the requests.
    fn write(&self, requests: &[(usize, RecordRequest)]) -> impl Future<Output = Vec<RecordReply>> + Send;
}

/// The record of one task, such as that of a meeting.
pub struct SingleRecord<'a> {
    pub records: &'a dyn EventRecords,
    pub key: &'a RecordKey,
}

impl TaskRecords for SingleRecord<'_> {
    fn known_reply(&self, _task: usize, _request: &RecordRequest) -> Option<RecordReply> {
        None
    }

    fn is_lost(&self) -> bool {
        false
    }

    async fn write(&self, requests: &[(usize, RecordRequest)]) -> Vec<RecordReply> {
        join_all(requests.iter().map(|(_, request)| self.records.apply(self.key, request))).await
    }
}
