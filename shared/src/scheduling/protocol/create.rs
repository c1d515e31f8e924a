//! Creates the event of a claim that this request holds, up to the commit on record.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    context::{Context, Replaced},
    errors::{INDEX_DELAY, already_exists, best_effort, conflict},
    reconcile::{resolve_doubt, with_pending_deletes},
    remove::remove_duplicates,
};
use crate::{
    calendar::{CalendarError, WrittenEvent},
    domain::{EventId, Fingerprint, NewEvent},
    problem::Problem,
    scheduling::{
        SchedulingError,
        records::event::{Record, State},
    },
};

/// How often one request sends a create whose answers leave open whether an event was created.
const MAX_CREATES: u32 = 3;
/// The first wait between two creates, where the service names none.
const RETRY_DELAY: Duration = Duration::from_millis(300);

/// An event that is in the calendar and on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// An online meeting was requested, and the event has none.
    pub teams_unavailable: bool,
}

/// Creates the event of a claim. `is_repeat`: an event of this incarnation may already exist.
pub async fn create(
    ctx: &Context<'_>,
    mut claim: Record,
    event: &NewEvent,
    mut is_repeat: bool,
) -> Result<Scheduled, SchedulingError> {
    for attempt in 1.. {
        let asked_at = ctx.now();
        if is_repeat {
            match ctx.find(&claim).await {
                Ok(found) if found.is_empty() => {}
                Ok(found) => return adopt(ctx, &with_create_answered(&claim), found, event).await,
                Err(error) => return Err(suspend(ctx, &with_create_answered(&claim), error).await),
            }
        }
        let error = match ctx.create_event(event, &claim).await {
            Ok(written) if !is_repeat => {
                return commit(ctx, &claim.without_doubt(), &written, &[], event).await;
            }
            Ok(written) => {
                if let Some(scheduled) = after_repeated_create(ctx, &claim, written, asked_at, event).await? {
                    return Ok(scheduled);
                }
                claim = new_incarnation(ctx, &with_create_answered(&claim), asked_at, event).await?;
                is_repeat = false;
                continue;
            }
            Err(error) => error,
        };
        match error {
            CalendarError::DuplicateTransaction { existing } => {
                let answered = with_create_answered(&claim);
                let found = events_for_duplicate(ctx, &answered, asked_at, existing).await?;
                if !found.is_empty() {
                    return adopt(ctx, &answered, found, event).await;
                }
                if attempt >= MAX_CREATES {
                    let error = CalendarError::DuplicateTransaction { existing: None };
                    return Err(suspend(ctx, &answered, error).await);
                }
                claim = new_incarnation(ctx, &answered, asked_at, event).await?;
                is_repeat = false;
            }
            CalendarError::Failed { .. } | CalendarError::UnknownResult { .. } => {
                let (open, delay) = match &error {
                    CalendarError::Failed { retry_after, .. } => (claim, *retry_after),
                    // The request is over. It may have left an event that has not been seen.
                    _ => (with_create_ambiguous(&claim), None),
                };
                let open = Record { in_doubt_until: Some(ctx.doubt_ends_at()), ..open };
                let delay = delay.unwrap_or(RETRY_DELAY * attempt);
                if attempt >= MAX_CREATES || delay >= ctx.call.deadline.remaining() {
                    return Err(suspend(ctx, &open, error).await);
                }
                ctx.effects.sleep(delay).await;
                let claimed = claim_another_create(ctx, &open).await.map_err(SchedulingError::with_unknown_result)?;
                claim = claimed.ok_or_else(conflict)?;
                is_repeat = true;
            }
            CalendarError::NoAnswer { .. } => {
                let open = Record { in_doubt_until: Some(ctx.doubt_ends_at()), ..claim };
                return Err(suspend(ctx, &open, error).await);
            }
            definite if is_repeat => return Err(suspend(ctx, &with_create_answered(&claim), definite).await),
            definite => {
                ctx.release(&claim).await;
                return Err(definite.into());
            }
        }
    }
    unreachable!("the loop ends by returning")
}

/// Claims a record for one more create request. The count is on record before the request is sent: if this process dies, no
/// other one can know whether it was sent. `None`: another request was faster.
pub async fn claim_another_create(ctx: &Context<'_>, record: &Record) -> Result<Option<Record>, SchedulingError> {
    let doubt_ends_at = record.doubt_ends_at(ctx.timing.doubt_window);
    let claimed = Record { outstanding_creates: record.outstanding_creates + 1, ..ctx.with_claim(record) };
    // On record is what holds if this process dies. While it lives, it knows an earlier end.
    let if_it_dies = Record { in_doubt_until: Some(ctx.all_doubt_ends_at()), ..claimed.clone() };
    match ctx.replace(record, &if_it_dies).await? {
        Replaced::Written => Ok(Some(Record { in_doubt_until: Some(doubt_ends_at), ..claimed })),
        Replaced::Conflict(_) => Ok(None),
    }
}

/// After a repeated create that the calendar answered with an event: it may be a second event, or one that is gone. `None`: it is
/// gone.
async fn after_repeated_create(
    ctx: &Context<'_>,
    claim: &Record,
    written: WrittenEvent,
    asked_at: DateTime<Utc>,
    event: &NewEvent,
) -> Result<Option<Scheduled>, SchedulingError> {
    let claim = with_create_ambiguous(claim);
    // If the event is new, the marker's index may be behind for as long as after any create.
    let perhaps_new = Record { in_doubt_until: Some(ctx.doubt_ends_at()), ..claim.clone() };
    let found = match ctx.find(&claim).await {
        Ok(found) => found,
        Err(error) => return Err(suspend(ctx, &perhaps_new, error).await),
    };
    if !found.contains(&written.id) {
        match ctx.read_event(&claim.organizer, &written.id).await {
            // The index does not show the new event yet.
            Ok(Some(_)) => return commit(ctx, &claim, &written, &found, event).await.map(Some),
            // The event may exist, with its read answered wrongly and the index behind. After the window it will be found.
            Ok(None) if found.is_empty() && claim.in_doubt_until.is_some_and(|end| asked_at < end) => {
                return Err(suspend(ctx, &claim, SchedulingError::in_progress(INDEX_DELAY)).await);
            }
            Ok(None) if found.is_empty() => return Ok(None),
            Ok(None) => {}
            Err(error) => return Err(suspend(ctx, &perhaps_new, error).await),
        }
    }
    adopt(ctx, &claim, found, event).await.map(Some)
}

/// The live events of a transaction that the calendar calls a duplicate. Empty: it is certain that there is none.
async fn events_for_duplicate(
    ctx: &Context<'_>,
    claim: &Record,
    asked_at: DateTime<Utc>,
    existing: Option<EventId>,
) -> Result<Vec<EventId>, SchedulingError> {
    match ctx.find(claim).await {
        Ok(found) if !found.is_empty() => return Ok(found),
        Ok(_) => {}
        Err(error) => return Err(suspend(ctx, claim, error).await),
    }
    if let Some(id) = &existing {
        match ctx.read_event(&claim.organizer, id).await {
            // The id of the read, since the answer to the create may hold a mutable id.
            Ok(Some(event)) => return Ok(vec![event.id]),
            // It may also hold a kind of id that cannot be read.
            Ok(None) => {}
            Err(error) => return Err(suspend(ctx, claim, error).await),
        }
    }
    // The event may exist while the index is behind. After the window it will be found.
    if claim.in_doubt_until.is_some_and(|end| end <= asked_at) {
        return Ok(Vec::new());
    }
    suspend(ctx, claim, CalendarError::DuplicateTransaction { existing }).await;
    Err(SchedulingError::in_progress(INDEX_DELAY))
}

/// Commits the oldest of the events found. The others are duplicates.
async fn adopt(
    ctx: &Context<'_>,
    claim: &Record,
    mut found: Vec<EventId>,
    event: &NewEvent,
) -> Result<Scheduled, SchedulingError> {
    let claim = resolve_doubt(ctx, claim, found.len());
    let id = found.remove(0);
    let online = event.online_meeting
        && match ctx.read_event(&claim.organizer, &id).await {
            Ok(Some(event)) => event.online,
            Ok(None) | Err(_) => true,
        };
    commit(ctx, &claim, &WrittenEvent { id, uid: None, times: None, online, link_lost: false }, &found, event).await
}

/// Puts the event on record, and then deletes its duplicates. The event counts as scheduled from here on.
async fn commit(
    ctx: &Context<'_>,
    claim: &Record,
    written: &WrittenEvent,
    duplicates: &[EventId],
    event: &NewEvent,
) -> Result<Scheduled, SchedulingError> {
    let scheduled = Scheduled { teams_unavailable: event.online_meeting && !written.online };
    let (event_id, uid) = (Some(written.id.clone()), written.uid.clone().filter(|_| ctx.profile.keeps_uid));
    let active = Record { state: State::Active, event: event_id, uid, deletion: None, ..claim.clone() };
    let active = with_pending_deletes(ctx, active, duplicates);
    let found = match ctx.replace_last(claim, &active).await {
        Ok(Replaced::Written) => {
            remove_duplicates(ctx, claim, duplicates).await?;
            return Ok(scheduled);
        }
        Ok(Replaced::Conflict(found)) => found,
        // The event is in the calendar, and not on record: a repeat finds it by its marker.
        Err(error) => return Err(error.with_unknown_result()),
    };
    // Another request has settled this claim. Its record decides the answer, and this request cleans nothing up.
    match found {
        Some(now) if now.state == State::Active && now.payload == claim.payload => Ok(scheduled),
        Some(now) if now.state == State::Active && now.payload.is_some() => Err(already_exists()),
        _ => Err(conflict()),
    }
}

/// Gives up a claim whose outcome is unknown, so that the next request searches first. Only a create request prolongs the
/// doubt, not another failure.
async fn suspend(ctx: &Context<'_>, claim: &Record, error: impl Into<SchedulingError>) -> SchedulingError {
    let asked_at = ctx.now();
    let is_open = claim.outstanding_creates > 0 || claim.ambiguous_creates > 0;
    let in_doubt_until = claim.in_doubt_until.or_else(|| is_open.then(|| ctx.doubt_ends_at()));
    let suspended = Record { in_doubt_until, ..ctx.with_expired_claim(claim) };
    best_effort(ctx.replace_last(claim, &suspended)).await;
    ctx.unless_in_doubt(&suspended, asked_at, error)
}

/// Turns the claim into one for a new incarnation: the calendar remembers the transaction of an event that is gone, so only a
/// new transaction can succeed. Not while a create of the old incarnation may take effect: no record would name its event.
async fn new_incarnation(
    ctx: &Context<'_>,
    claim: &Record,
    asked_at: DateTime<Utc>,
    event: &NewEvent,
) -> Result<Record, SchedulingError> {
    if let Some(doubt_ends_at) = claim.in_doubt_at(asked_at) {
        return Err(suspend(ctx, claim, ctx.retry_at(doubt_ends_at)).await);
    }
    let payload: &Fingerprint =
        claim.payload.as_ref().ok_or_else(|| SchedulingError::from(Problem::internal("a claim without content")))?;
    let next = ctx.new_claim(event, payload, claim.token);
    let next = Record { deletion: claim.deletion.clone(), ..next };
    match ctx.replace(claim, &next).await? {
        Replaced::Written => Ok(next),
        Replaced::Conflict(_) => Err(conflict()),
    }
}

/// The claim after this request's create had a definite answer, or was not sent.
fn with_create_answered(claim: &Record) -> Record {
    Record { outstanding_creates: claim.outstanding_creates.saturating_sub(1), ..claim.clone() }
}

/// The claim after this request's create is over, and may have left an event.
fn with_create_ambiguous(claim: &Record) -> Record {
    Record { ambiguous_creates: claim.ambiguous_creates + 1, ..with_create_answered(claim) }
}
