//! What is stored about events, and the ports to the record store.
//!
//! | file | holds |
//! | --- | --- |
//! | [`event`] | the record of one event: of a meeting, or of one mailbox's copy of an appointment |
//! | [`requests`] | what the protocol asks of one such record, and its effect |
//! | [`appointment`] | the record of an appointment: the copies of all mailboxes in one item, with its lock |
//! | [`booking`] | the record of a booking: its event's record, and what was booked; and the transaction that claims its times |
//! | [`ledger`] | which times of which member are booked |
//!
//! Every write is conditional. The reply to a write tells what was stored before, or what is stored instead, so a failed
//! condition needs no further read.

pub mod appointment;
pub mod booking;
pub mod event;
pub mod ledger;
pub mod requests;

use async_trait::async_trait;

use appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest};
use booking::{BookingClaim, BookingKey, BookingRecord, Held, Hold, LedgerEdit, Replay, ReplayKey, Turn};
use event::{Record, RecordKey};
use ledger::LedgerDay;
use requests::RecordRequest;

use crate::domain::{BookingId, ConfigurationId, EmailAddress, TenantId, TimeSpan};

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

/// Whether a read sees every write that was answered before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// For lists: it may miss the writes of the last second, and costs half as much.
    Eventual,
    Strong,
}

/// The store of bookings' records, with the ledger, the turns and the replay keys.
#[async_trait]
pub trait BookingRecords: Send + Sync {
    /// The record, read strongly consistently.
    async fn read(&self, key: &BookingKey) -> Result<Option<Box<BookingRecord>>, RecordsError>;

    /// Claims an active booking. `Done` returns the record as it was, `Conflict` as it is.
    async fn claim(&self, key: &BookingKey, claim: &BookingClaim) -> Result<Write<BookingRecord>, RecordsError>;

    /// Stores `next` if the record is still the version `expected`.
    async fn replace(
        &self,
        key: &BookingKey,
        expected: &BookingRecord,
        next: &BookingRecord,
    ) -> Result<Write<BookingRecord>, RecordsError>;

    /// Claims times, in one transaction.
    async fn hold(&self, key: &BookingKey, hold: &Hold) -> Result<Held, RecordsError>;

    /// The ledgers of members on the UTC days that the window touches, in the order of the members. Days without an item are
    /// missing. At most 16 queries run at once.
    async fn ledgers(
        &self,
        tenant: &TenantId,
        members: &[EmailAddress],
        window: TimeSpan,
        consistency: Consistency,
    ) -> Result<Vec<Vec<LedgerDay>>, RecordsError>;

    /// Changes entries. Each change may fail by itself.
    async fn edit_ledgers(&self, tenant: &TenantId, edits: &[LedgerEdit]) -> Result<(), RecordsError>;

    /// The turns of a configuration's hosts. A host without bookings may be missing.
    async fn turns(&self, tenant: &TenantId, configuration: ConfigurationId) -> Result<Vec<Turn>, RecordsError>;

    /// Forgets a booking in its host's turn. It may be lost.
    async fn remove_turn(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
        host: &EmailAddress,
        booking: BookingId,
    ) -> Result<(), RecordsError>;

    /// What a replay key was used for, read strongly consistently.
    async fn replay(&self, tenant: &TenantId, key: &ReplayKey) -> Result<Option<Replay>, RecordsError>;
}
