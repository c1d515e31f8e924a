//! Deletes an event, and makes that repeatable by a tombstone.

use uuid::Uuid;

use super::{
    context::{Claim, Context, MAX_ATTEMPTS, Replaced},
    errors::{best_effort, conflict},
    reconcile::{Settled, settle},
    remove::{RemoveError, remove_events},
};
use crate::{
    calendar::CalendarError,
    domain::EmailAddress,
    scheduling::{
        SchedulingError,
        records::event::{Record, State},
    },
};

/// How a request came to hold a deleting record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DeleteClaim {
    /// It made the active record a deleting one. No other request has sent a delete.
    Started,
    /// An earlier request did, and its deletes may still take effect.
    TakenOver,
}

/// What a request does after a delete.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AfterDelete {
    Return,
    /// It uses the id for a new event.
    Continue,
}

/// Deletes the event of this organizer. A repeat succeeds while the tombstone exists, and so does a delete of an event that is
/// gone already.
pub async fn delete(ctx: &Context<'_>, organizer: &EmailAddress) -> Result<(), SchedulingError> {
    let mut newest = Uuid::nil();
    for _ in 0..MAX_ATTEMPTS {
        let found = match ctx.claim_delete(organizer, newest).await? {
            Claim::Acquired(claimed) => {
                return finish_delete(ctx, *claimed, DeleteClaim::Started, AfterDelete::Return).await;
            }
            Claim::Conflict(None) => return Err(SchedulingError::NotFound),
            Claim::Conflict(Some(found)) => *found,
        };
        newest = found.token;
        if found.state == State::Deleted {
            return repeat_result(&found, organizer);
        }
        if found.organizer != *organizer {
            return Err(SchedulingError::NotFound);
        }
        match found.state {
            // It became active after the claim failed, or has the greater token: claim again.
            State::Deleted | State::Active => {}
            State::Creating | State::Deleting if !found.is_expired(ctx.now()) => {
                return Err(ctx.retry_at(found.claim_expires));
            }
            State::Creating => match settle(ctx, &found).await? {
                Settled::Active(active) => {
                    let deleting = Record { state: State::Deleting, ..ctx.with_claim(&active) };
                    if let Replaced::Written = ctx.replace(&active, &deleting).await? {
                        return finish_delete(ctx, deleting, DeleteClaim::Started, AfterDelete::Return).await;
                    }
                }
                Settled::NeverCreated => {
                    ctx.release(&found).await;
                    return repeat_result(&found, organizer);
                }
                Settled::Superseded => {}
            },
            State::Deleting => return take_over_delete(ctx, &found, AfterDelete::Return).await,
        }
    }
    Err(conflict())
}

/// Finishes the delete of a request that died.
pub async fn take_over_delete(ctx: &Context<'_>, found: &Record, then: AfterDelete) -> Result<(), SchedulingError> {
    let claimed = ctx.with_claim(found);
    match ctx.replace(found, &claimed).await? {
        Replaced::Written => finish_delete(ctx, claimed, DeleteClaim::TakenOver, then).await,
        Replaced::Conflict(_) => Err(conflict()),
    }
}

/// Deletes the event of a deleting record that this request holds, and leaves a tombstone.
pub async fn finish_delete(
    ctx: &Context<'_>,
    claimed: Record,
    claim: DeleteClaim,
    then: AfterDelete,
) -> Result<(), SchedulingError> {
    let asked_at = ctx.now();
    if let Err(RemoveError { error, nothing_deleted }) = remove_events(ctx, &claimed).await {
        // The event is active again only if it is certain that no delete will take effect. Otherwise the record stays deleting,
        // to be finished by a repeat: an active event might be promised to a caller and be deleted after that.
        let is_orphan = ctx.profile.delete_outlives_mailbox && error == CalendarError::MailboxNotFound;
        let is_active_again = nothing_deleted && claim == DeleteClaim::Started && !is_orphan;
        let state = if is_active_again { State::Active } else { State::Deleting };
        best_effort(ctx.replace_last(&claimed, &Record { state, ..ctx.with_expired_claim(&claimed) })).await;
        return Err(ctx.unless_in_doubt(&claimed, asked_at, error));
    }
    if let Some(doubt_ends_at) = claimed.in_doubt_at(asked_at) {
        // A duplicate may still appear. After a tombstone no request would delete it.
        best_effort(ctx.replace_last(&claimed, &ctx.with_expired_claim(&claimed))).await;
        return Err(ctx.retry_at(doubt_ends_at));
    }
    let tombstone = ctx.tombstone(&claimed);
    let written = match then {
        AfterDelete::Return => ctx.replace_last(&claimed, &tombstone).await,
        AfterDelete::Continue => ctx.replace(&claimed, &tombstone).await,
    };
    // The event is deleted, and the record may not say so. A repeat finishes it.
    match written.map_err(SchedulingError::with_unknown_result)? {
        Replaced::Conflict(Some(now)) if now.incarnation == claimed.incarnation && now.state == State::Deleting => {
            Err(conflict())
        }
        // Written; or another request finished this delete, and the id may even be in use again.
        Replaced::Written | Replaced::Conflict(_) => Ok(()),
    }
}

/// The result of a delete without an event: a success while the tombstone of this organizer's event exists.
fn repeat_result(record: &Record, organizer: &EmailAddress) -> Result<(), SchedulingError> {
    match &record.deletion {
        Some(deletion) if deletion.organizer == *organizer => Ok(()),
        _ => Err(SchedulingError::NotFound),
    }
}
