//! Reads a booking, as the calendar has it or as it is on record.

use super::{BookingError, BookingScheduler, Outcome, settle};
use crate::{
    calendar::Event,
    call::CallContext,
    domain::BookingId,
    scheduling::{
        protocol::errors::answered,
        records::booking::{BookingRecord, ChangeKind, Permit},
    },
};

impl BookingScheduler {
    /// A booking as it is on record, in one read of the store: its event may still be missing, and a change in Outlook may not show.
    pub async fn find(&self, call: &CallContext, id: BookingId, permit: &Permit) -> Outcome {
        let found = answered(call.deadline.work(self.records.read(&self.key(id))).await)?;
        let found = found.filter(|found| permit.is_for(found) && found.change.kind != ChangeKind::Failed);
        found.map(|found| *found).ok_or(BookingError::NotFound)
    }

    /// A booking as its record and the calendar have it now. A cancelled one has no event. If a person moved or deleted the event in
    /// Outlook, the record follows first.
    pub async fn read(
        &self,
        call: &CallContext,
        id: BookingId,
        permit: &Permit,
    ) -> Result<(BookingRecord, Option<Event>), BookingError> {
        let session = self.session(call, id).await?.ok_or(BookingError::NotFound)?;
        let found = session.record();
        if !permit.is_for(&found) {
            return Err(BookingError::NotFound);
        }
        let (record, event) = self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
        if record.change.kind == ChangeKind::Failed { Err(BookingError::NotFound) } else { Ok((record, event)) }
    }
}
