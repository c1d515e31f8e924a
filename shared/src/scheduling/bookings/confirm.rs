//! Confirms a pending booking: the tentative event becomes a firm one, and the members and guests are invited, in one request.

use super::{BookingError, BookingScheduler, Changed, follow::shown_time, request::lacks_online_meeting, settle};
use crate::{
    calendar::WrittenEvent,
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
    ) -> Result<Changed, BookingError> {
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
                    let (found, shown) =
                        self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
                    if found.event.state == State::Deleted {
                        return Err(BookingError::Over);
                    }
                    if !found.pending {
                        let teams_unavailable = lacks_online_meeting(&found, shown.as_ref());
                        return Ok(Changed { record: found, teams_unavailable });
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
    ) -> Result<Changed, BookingError> {
        let claimed = session.record();
        let wanted = invitation(&claimed);
        self.run(call, session, async |ctx| -> Result<Changed, SchedulingError> {
            let active = ActiveEvent::of(claimed.event.clone())?;
            match change(&ctx, active, &wanted, &wanted).await {
                Ok((_, WrittenEvent { online, times, .. })) => {
                    if !session.is_own() {
                        return Err(conflict());
                    }
                    let found = session.record();
                    let teams_unavailable = found.online_meeting && !online;
                    // A person may have moved the tentative event.
                    let time = shown_time(&found, times);
                    let last_number = found.last_number.max(time.number);
                    let change = found.next_change(ChangeKind::Confirmed, by, ctx.now(), None);
                    let next =
                        BookingRecord { pending: false, unfinished: None, time, last_number, change, ..found.clone() };
                    // The event is confirmed, whether or not the record says so.
                    let written = settle::write_last(&ctx, session, &found, next).await;
                    if !written.map_err(SchedulingError::with_unknown_result)? {
                        return Err(conflict());
                    }
                    Ok(Changed { record: session.record(), teams_unavailable })
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
