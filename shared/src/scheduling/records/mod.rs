//! What is stored about events, and the ports to the record store.
//!
//! | file | holds |
//! | --- | --- |
//! | [`event`] | the record of one event: of a meeting, or of one mailbox's copy of an appointment |
//! | [`requests`] | what the protocol asks of one such record, and its effect |
//! | [`appointment`] | the record of an appointment: the copies of all mailboxes in one item, with its lock |
//!
//! Every write is conditional. The reply to a write tells what was stored before, or what is stored instead, so a failed
//! condition needs no further read.

pub mod appointment;
pub mod event;
pub mod requests;

use async_trait::async_trait;

use appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest};
use event::{Record, RecordKey};
use requests::RecordRequest;

/// The outcome of a request to the record store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write<T = Record> {
    /// The condition held. For a read: what is stored. For a write: what was stored before, where the store returns it.
    Done(Option<Box<T>>),
    /// The condition failed: what is stored instead. A write that the SDK repeated after a lost answer finds itself here.
    Conflict(Option<Box<T>>),
}

/// A failure of the record store. It is unknown whether a write took effect.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecordsError {
    /// The store throttles, fails or does not answer. It recovers without an operator.
    #[error("{0}")]
    Unavailable(String),
    /// The store refuses, or an item cannot be parsed. An operator has to act.
    #[error("{0}")]
    Internal(String),
}

/// The store of records that are one item each, such as those of meetings.
#[async_trait]
pub trait EventRecords: Send + Sync {
    /// Executes one request on one record. Reads are strongly consistent.
    async fn apply(&self, key: &RecordKey, request: &RecordRequest) -> Result<Write, RecordsError>;
}

/// The store of appointments' records.
#[async_trait]
pub trait AppointmentRecords: Send + Sync {
    /// Executes one request on one appointment's record.
    async fn apply(
        &self,
        key: &AppointmentKey,
        request: &AppointmentRequest,
    ) -> Result<Write<AppointmentRecord>, RecordsError>;
}
