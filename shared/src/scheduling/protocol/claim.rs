//! Claims an id for an event, and decides by the record what to do if the claim fails.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    change::{NewContent, replace_content},
    context::{Claim, Context, MAX_ATTEMPTS, Replaced},
    create::{Scheduled, claim_another_create, create},
    delete::{AfterDelete, take_over_delete},
    errors::{already_exists, conflict},
    reconcile::{Settled, read_active, settle},
};
use crate::{
    domain::{Fingerprint, NewEvent},
    problem::Kind,
    scheduling::{
        SchedulingError,
        records::event::{Record, State},
    },
};

/// What to do with an event that exists already.
#[derive(Clone, Copy)]
pub enum OnExisting<'a> {
    /// Leave it unchanged. It must have the requested content.
    RequireSame,
    /// Change it to the requested content.
    Change(NewContent<'a>),
}

/// Makes sure that exactly one event with this content is in the calendar.
pub async fn schedule(
    ctx: &Context<'_>,
    event: &NewEvent,
    payload: &Fingerprint,
    on_existing: OnExisting<'_>,
) -> Result<Scheduled, SchedulingError> {
    let mut newest = Uuid::nil();
    for _ in 0..MAX_ATTEMPTS {
        let found = match ctx.claim(ctx.new_claim(event, payload, newest)).await? {
            Claim::Acquired(claim) => return create(ctx, *claim, event, false).await,
            Claim::Conflict(None) => continue,
            Claim::Conflict(Some(found)) => *found,
        };
        newest = found.token;
        match found.state {
            // It was deleted after the claim failed, or has the greater token: claim again.
            State::Deleted => {}
            State::Active if let OnExisting::Change(content) = on_existing => {
                return replace_content(ctx, &found, content).await;
            }
            State::Active => {
                let asked_at = ctx.now();
                match read_active(ctx, &found).await {
                    Ok(None) => {}
                    Ok(Some((record, shown))) if record.payload.as_ref() == Some(payload) => {
                        let teams_unavailable = shown.link_lost || event.online_meeting && !shown.online;
                        return Ok(Scheduled { teams_unavailable });
                    }
                    Ok(Some(_)) => return Err(already_exists()),
                    Err(error) => return Err(hide_foreign_refusal(ctx, &found, event, asked_at, error)),
                }
                if let Some(doubt_ends_at) = found.in_doubt_at(asked_at) {
                    return Err(ctx.retry_at(doubt_ends_at));
                }
                // A person deleted it in Outlook: the id is free for a new incarnation.
                let claim = ctx.new_claim(event, payload, newest);
                let claim = Record { deletion: Some(ctx.deletion(&found)), ..claim };
                if let Replaced::Written = ctx.replace(&found, &claim).await? {
                    return create(ctx, claim, event, false).await;
                }
            }
            State::Creating | State::Deleting if !found.is_expired(ctx.now()) => {
                return Err(ctx.retry_at(found.claim_expires));
            }
            State::Creating if found.payload.as_ref() == Some(payload) => {
                let found = Record { ends_at: Some(event.span.end()), ..found };
                if let Some(claim) = claim_another_create(ctx, &found).await? {
                    return create(ctx, claim, event, true).await;
                }
            }
            State::Creating => match settle(ctx, &found).await {
                Ok(Settled::Active(_)) if matches!(on_existing, OnExisting::Change(_)) => {}
                Ok(Settled::Active(_)) => return Err(already_exists()),
                Ok(Settled::NeverCreated) => {
                    let claim = ctx.new_claim(event, payload, newest);
                    let claim = Record { deletion: found.deletion.clone(), ..claim };
                    if let Replaced::Written = ctx.replace(&found, &claim).await? {
                        return create(ctx, claim, event, false).await;
                    }
                }
                Ok(Settled::Superseded) => {}
                Err(error) => return Err(hide_foreign_refusal(ctx, &found, event, ctx.now(), error)),
            },
            State::Deleting => {
                let asked_at = ctx.now();
                let deleted = take_over_delete(ctx, &found, AfterDelete::Continue).await;
                deleted.map_err(|error| hide_foreign_refusal(ctx, &found, event, asked_at, error))?;
            }
        }
    }
    Err(conflict())
}

/// The answer after the event on record could not be examined. A refusal about another organizer's calendar says nothing about
/// this caller's request: the id is taken.
fn hide_foreign_refusal(
    ctx: &Context<'_>,
    found: &Record,
    event: &NewEvent,
    asked_at: DateTime<Utc>,
    error: SchedulingError,
) -> SchedulingError {
    let is_refusal = matches!(error, SchedulingError::MailboxNotFound) || error.kind() == Some(Kind::AccessDenied);
    if is_refusal && found.organizer != event.organizer {
        return SchedulingError::AlreadyExists { cause: error.cause().map(str::to_owned) };
    }
    ctx.unless_in_doubt(found, asked_at, error)
}
