//! Confirms a pending booking: the tentative event becomes a firm one, and the members and guests are invited, in one request.

use super::{BookingError, BookingScheduler, Outcome, follow::shown_time, settle};
use crate::{
    call::CallContext,
    domain::{BookingId, EventChange},
    scheduling::{
        SchedulingError,
        protocol::{
            change::change,
            context::MAX_ATTEMPTS,
            errors::{best_effort, conflict},
            reconcile::ActiveEvent,
        },
        records::{
            booking::{Actor, BookingRecord, ChangeKind, OrganizerPermit, Permit, Purpose},
            event::State,
        },
    },
};

impl BookingScheduler {
    /// Confirms a pending booking. A repeat succeeds. `invitation`: the change of the event, given the record: its attendees, a body
    /// without the organizer's links, and `tentative: Some(false)`.
    pub async fn confirm(
        &self,
        call: &CallContext,
        id: BookingId,
        permit: &OrganizerPermit,
        by: Actor,
        invitation: &(dyn Fn(&BookingRecord) -> EventChange + Send + Sync),
    ) -> Outcome {
        let permit = Permit::Organizer(permit.clone());
        for _ in 0..MAX_ATTEMPTS {
            match self.claim(call, id, &permit, Purpose::Confirm, (by, None)).await? {
                (session, true) => {
                    match self.send_confirmation(call, &session, by, invitation).await {
                        Err(BookingError::Scheduling(SchedulingError::NotFound)) => {
                            // The event is gone, which goes on record.
                            self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
                        }
                        result => return result,
                    }
                }
                (session, false) => {
                    let found = session.record();
                    if !permit.is_for(&found) || found.change.kind == ChangeKind::Failed {
                        return Err(BookingError::NotFound);
                    }
                    if found.event.state == State::Deleted {
                        return Err(BookingError::Over);
                    }
                    let (found, _) =
                        self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
                    if found.event.state == State::Deleted {
                        return Err(BookingError::Over);
                    }
                    if !found.pending {
                        return Ok(found);
                    }
                }
            }
        }
        Err(conflict().into())
    }

    async fn send_confirmation(
        &self,
        call: &CallContext,
        session: &super::session::BookingSession<'_>,
        by: Actor,
        invitation: &(dyn Fn(&BookingRecord) -> EventChange + Send + Sync),
    ) -> Outcome {
        let claimed = session.record();
        let wanted = invitation(&claimed);
        self.run(call, session, async |ctx| -> Result<BookingRecord, SchedulingError> {
            let active = ActiveEvent::of(claimed.event.clone())?;
            match change(&ctx, active, &wanted, &wanted).await {
                Ok((_, written)) => {
                    if !session.is_own() {
                        return Err(conflict());
                    }
                    let found = session.record();
                    // A person may have moved the tentative event.
                    let time = shown_time(&found, written.times);
                    let last_number = found.last_number.max(time.number);
                    let change = found.next_change(ChangeKind::Confirmed, by, ctx.now(), None);
                    let next =
                        BookingRecord { pending: false, unfinished: None, time, last_number, change, ..found.clone() };
                    // The event is confirmed, whether or not the record says so.
                    let written = settle::write_last(&ctx, session, &found, next).await;
                    if written.map_err(SchedulingError::with_unknown_result)? {
                        Ok(session.record())
                    } else {
                        Err(conflict())
                    }
                }
                Err(failed) => {
                    let found = session.record();
                    Box::pin(best_effort(settle::give_up(&ctx, session, &found, failed.unchanged))).await;
                    Err(failed.error)
                }
            }
        })
        .await
        .map_err(BookingError::from)
    }
}
