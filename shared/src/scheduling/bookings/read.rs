//! Reads a booking, as the calendar has it or as it is on record.

use super::{BookingError, BookingScheduler, NamedBooking, Outcome, settle};
use crate::{
    calendar::Event,
    call::CallContext,
    domain::{BookingId, TenantId},
    scheduling::{
        protocol::errors::answered,
        records::{
            BookingRecords,
            booking::{BookingKey, BookingRecord, ChangeKind, Permit},
        },
    },
};

/// Reads a booking's record, for a request that knows the tenant's name and nothing else of it yet. Whoever may not see the booking is
/// told so by the use case that gets it.
pub async fn named(
    call: &CallContext,
    records: &dyn BookingRecords,
    tenant: &TenantId,
    id: BookingId,
) -> Result<NamedBooking, BookingError> {
    let key = BookingKey { tenant: tenant.clone(), id };
    let record = answered(call.deadline.work(records.read(&key)).await)?;
    Ok(NamedBooking { id, record })
}

impl BookingScheduler {
    /// A booking as it is on record, in one read of the store: its event may still be missing, and a change in Outlook may not show.
    pub async fn find(&self, call: &CallContext, booking: impl Into<NamedBooking>, permit: &Permit) -> Outcome {
        let session = self.session(call, booking).await?.ok_or(BookingError::NotFound)?;
        let found = session.record();
        let is_found = permit.is_for(&found) && found.change.kind != ChangeKind::Failed;
        if is_found { Ok(found) } else { Err(BookingError::NotFound) }
    }

    /// A booking as its record and the calendar have it now. A cancelled one has no event. If a person moved or deleted the event in
    /// Outlook, the record follows first.
    pub async fn read(
        &self,
        call: &CallContext,
        booking: impl Into<NamedBooking>,
        permit: &Permit,
    ) -> Result<(BookingRecord, Option<Event>), BookingError> {
        let session = self.session(call, booking).await?.ok_or(BookingError::NotFound)?;
        let found = session.record();
        if !permit.is_for(&found) {
            return Err(BookingError::NotFound);
        }
        let (record, event) = self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
        if record.change.kind == ChangeKind::Failed { Err(BookingError::NotFound) } else { Ok((record, event)) }
    }
}
