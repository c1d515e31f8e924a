//! Finds the active record of a caller's event, for reading or changing the event.

use chrono::{DateTime, Utc};

use super::{
    context::{Context, MAX_ATTEMPTS},
    delete::{AfterDelete, take_over_delete},
    errors::conflict,
    reconcile::{ActiveEvent, Settled, converge, settle},
};
use crate::{
    domain::EmailAddress,
    scheduling::{error::SchedulingError, records::event::State},
};

/// The active event of this organizer. What an earlier request left unfinished is finished first. `new_end`: the end, UTC, that the
/// caller is about to give the event; the record is kept for it in the same round trip.
pub async fn active_event(
    ctx: &Context<'_>,
    organizer: &EmailAddress,
    new_end: Option<DateTime<Utc>>,
) -> Result<ActiveEvent, SchedulingError> {
    for _ in 0..MAX_ATTEMPTS {
        let found = match new_end {
            Some(end) => ctx.read_and_extend_record(organizer, end).await?,
            None => ctx.read_record().await?,
        };
        let record = found.ok_or(SchedulingError::NotFound)?;
        if record.organizer != *organizer {
            return Err(SchedulingError::NotFound);
        }
        match record.state {
            State::Deleted => return Err(SchedulingError::NotFound),
            State::Active => {
                let asked_at = ctx.now();
                let converged = converge(ctx, &record).await;
                return converged
                    .and_then(ActiveEvent::of)
                    .map_err(|error| ctx.unless_in_doubt(&record, asked_at, error));
            }
            State::Creating | State::Deleting if !record.is_expired(ctx.now()) => {
                return Err(ctx.retry_at(record.claim_expires));
            }
            State::Creating => match settle(ctx, &record).await? {
                Settled::Active(active) => return ActiveEvent::of(*active),
                Settled::NeverCreated => {
                    ctx.release(&record).await;
                    return Err(SchedulingError::NotFound);
                }
                Settled::Superseded => {}
            },
            State::Deleting => {
                take_over_delete(ctx, &record, AfterDelete::Return).await?;
                return Err(SchedulingError::NotFound);
            }
        }
    }
    Err(conflict())
}
