//! Cancels a booking, or rejects a pending one.

use super::{BookingError, BookingScheduler, Outcome, settle};
use crate::{
    call::CallContext,
    domain::BookingId,
    scheduling::{
        protocol::{
            context::{Context, MAX_ATTEMPTS},
            delete::{AfterDelete, DeleteClaim, finish_delete},
            errors::conflict,
        },
        records::{
            booking::{Actor, BookingRecord, ChangeKind, OrganizerPermit, Permit, Purpose},
            event::State,
        },
    },
};

impl BookingScheduler {
    /// Cancels a booking; the calendar service informs the attendees, and passes the reason on. A repeat succeeds as long as the
    /// record is kept, and so does cancelling a booking that is gone from the calendar already. It need not wait for a change that is
    /// unfinished. The reason of a pending booking only goes on record: no one was invited yet.
    pub async fn cancel(
        &self,
        call: &CallContext,
        id: BookingId,
        permit: &Permit,
        by: Actor,
        reason: Option<String>,
    ) -> Outcome {
        self.end(call, id, permit, (by, reason), Purpose::Cancel).await
    }

    /// Rejects a booking that is pending. The guest is not informed by Microsoft: no one was invited yet.
    pub async fn reject(
        &self,
        call: &CallContext,
        id: BookingId,
        permit: &OrganizerPermit,
        by: Actor,
        reason: Option<String>,
    ) -> Outcome {
        self.end(call, id, &Permit::Organizer(permit.clone()), (by, reason), Purpose::Reject).await
    }

    async fn end(
        &self,
        call: &CallContext,
        id: BookingId,
        permit: &Permit,
        (by, reason): (Actor, Option<String>),
        purpose: Purpose,
    ) -> Outcome {
        for _ in 0..MAX_ATTEMPTS {
            match self.claim(call, id, permit, purpose, (by, reason.clone())).await? {
                (session, true) => {
                    let claimed = session.record().event;
                    self.run(call, &session, async |ctx: Context<'_>| {
                        finish_delete(&ctx, claimed, DeleteClaim::Started, AfterDelete::Return).await
                    })
                    .await?;
                    return Ok(session.record());
                }
                (session, false) => {
                    let found = session.record();
                    if let Some(over) = self.refusal(&found, permit, purpose)? {
                        return Ok(over);
                    }
                    // What an earlier request left unfinished is finished first.
                    self.run(call, &session, async |ctx| settle::settled(&ctx, &session).await).await?;
                }
            }
        }
        Err(conflict().into())
    }

    /// Why a booking that could not be claimed is not ended by this request. `Some`: it is over already, which is what was asked for.
    fn refusal(
        &self,
        found: &BookingRecord,
        permit: &Permit,
        purpose: Purpose,
    ) -> Result<Option<BookingRecord>, BookingError> {
        if !permit.is_for(found) || found.change.kind == ChangeKind::Failed {
            return Err(BookingError::NotFound);
        }
        if found.event.state == State::Deleted {
            return Ok(Some(found.clone()));
        }
        self.in_time(found, permit)?;
        if purpose == Purpose::Reject && !found.pending && found.event.state == State::Active {
            return Err(BookingError::NotPending);
        }
        Ok(None)
    }
}
