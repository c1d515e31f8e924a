//! Brings a record and the calendar into agreement: after the holder of a claim died, and where duplicates may exist.

use super::{
    context::{Context, Replaced},
    errors::{INDEX_DELAY, conflict},
    remove::remove_duplicates,
};
use crate::{
    calendar::Event,
    domain::EventId,
    problem::Problem,
    scheduling::{
        SchedulingError,
        records::event::{Record, State, next_token},
    },
};

/// An active record with its event.
pub struct ActiveEvent {
    pub record: Record,
    pub event: EventId,
}

/// The outcome of an expired creating record.
pub enum Settled {
    /// Its event is in the calendar, and the record is active now.
    Active(Box<Record>),
    /// Its event was never created and cannot be any more. The record is unchanged.
    NeverCreated,
    /// Another request has changed the record.
    Superseded,
}

impl ActiveEvent {
    /// An active record names its event.
    pub fn of(record: Record) -> Result<Self, SchedulingError> {
        let event = record
            .event
            .clone()
            .ok_or_else(|| SchedulingError::from(Problem::internal("an active record names no event")))?;
        Ok(Self { record, event })
    }
}

/// Finds out whether an expired creating record has an event. While one may still appear, the caller has to wait.
pub async fn settle(ctx: &Context<'_>, record: &Record) -> Result<Settled, SchedulingError> {
    let (asked_at, doubt_ends_at) = (ctx.now(), record.doubt_ends_at(ctx.timing.doubt_window));
    let mut found = ctx.find(record).await.map_err(|error| ctx.unless_in_doubt(record, asked_at, error))?;
    if found.is_empty() {
        return if asked_at < doubt_ends_at { Err(ctx.retry_at(doubt_ends_at)) } else { Ok(Settled::NeverCreated) };
    }
    let resolved = resolve_doubt(ctx, record, found.len());
    let active = Record { state: State::Active, token: next_token(record.token), deletion: None, ..resolved };
    let active = with_pending_deletes(ctx, Record { event: Some(found.remove(0)), ..active }, &found);
    match ctx.replace(record, &active).await? {
        Replaced::Written => {
            remove_duplicates(ctx, record, &found).await?;
            Ok(Settled::Active(Box::new(active)))
        }
        Replaced::Conflict(_) => Ok(Settled::Superseded),
    }
}

/// Reads an active record's event, after removing duplicates. `None`: the event is gone.
pub async fn read_active(ctx: &Context<'_>, record: &Record) -> Result<Option<(Record, Event)>, SchedulingError> {
    let record = converge(ctx, record).await?;
    read_named(ctx, record).await
}

/// Reads the event that an active record names. `None`: the event is gone.
pub async fn read_named(ctx: &Context<'_>, record: Record) -> Result<Option<(Record, Event)>, SchedulingError> {
    let ActiveEvent { record, event } = ActiveEvent::of(record)?;
    if let Some(event) = ctx.read_event(&record.organizer, &event).await? {
        return Ok(Some((record, event)));
    }
    let Some(ActiveEvent { record, event }) = verify_gone(ctx, &record).await? else { return Ok(None) };
    match ctx.read_event(&record.organizer, &event).await? {
        Some(event) => Ok(Some((record, event))),
        None => Err(SchedulingError::in_progress(INDEX_DELAY)),
    }
}

/// Verifies the calendar's answer that an active record's event does not exist: that answer can be wrong once, so the marker is
/// searched too. `None`: the event is gone. The event found may be another one than the record named; it may also be gone
/// while the index is behind.
pub async fn verify_gone(ctx: &Context<'_>, record: &Record) -> Result<Option<ActiveEvent>, SchedulingError> {
    let found = ctx.find(record).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let is_known = record.event.as_ref().is_some_and(|event| found.contains(event));
    let record = if is_known {
        record.clone()
    } else {
        let in_doubt_until = record.in_doubt_until.or_else(|| Some(ctx.now()));
        converge(ctx, &Record { in_doubt_until, ..record.clone() }).await?
    };
    ActiveEvent::of(record).map(Some)
}

/// Makes sure that an active record that was ever in doubt has one event, the one it names. Others are deleted.
pub async fn converge(ctx: &Context<'_>, record: &Record) -> Result<Record, SchedulingError> {
    let Some(doubt_ends_at) = record.in_doubt_until else { return Ok(record.clone()) };
    let asked_at = ctx.now();
    let is_over = doubt_ends_at <= asked_at;
    let mut duplicates = ctx.find(record).await.map_err(|error| ctx.unless_in_doubt(record, asked_at, error))?;
    let kept = choose(ctx, record, &duplicates, is_over).await?;
    duplicates.retain(|duplicate| Some(duplicate) != kept.as_ref());
    if kept.is_none() || (!is_over && duplicates.is_empty() && kept == record.event) {
        return Ok(record.clone());
    }
    let base = if is_over { record.clone().without_doubt() } else { record.clone() };
    let is_other_event = kept != record.event;
    let payload = base.payload.clone().filter(|_| !(is_other_event && ctx.profile.update_replaces_payload));
    let next = Record { token: next_token(record.token), event: kept, payload, ..base };
    let next = with_pending_deletes(ctx, next, &duplicates);
    match ctx.replace(record, &next).await? {
        Replaced::Written => {
            remove_duplicates(ctx, record, &duplicates).await?;
            Ok(next)
        }
        // This request's view is outdated. It must not delete anything because of it.
        Replaced::Conflict(_) => Err(conflict()),
    }
}

/// Chooses which event stays, of those found by the marker and the one on record: the one on record if it is live, otherwise
/// the oldest, once no earlier request to delete that one as a duplicate can take effect. `None`: no event is known.
async fn choose(
    ctx: &Context<'_>,
    record: &Record,
    found: &[EventId],
    is_over: bool,
) -> Result<Option<EventId>, SchedulingError> {
    if let Some(known) = &record.event {
        // An event that the marker does not find may be younger than the index, or have lost its marker.
        let read_it = is_over || !found.is_empty();
        if found.contains(known) || (read_it && ctx.read_event(&record.organizer, known).await?.is_some()) {
            return Ok(Some(known.clone()));
        }
        if !is_over && !found.is_empty() {
            return Err(ctx.retry_at(record.doubt_ends_at(ctx.timing.doubt_window)));
        }
    }
    Ok(found.first().cloned())
}

/// Clears the doubt if the events found account for every create request. Otherwise more events may appear.
pub fn resolve_doubt(ctx: &Context<'_>, record: &Record, found: usize) -> Record {
    if found as u64 >= u64::from(record.outstanding_creates) + u64::from(record.ambiguous_creates) {
        return record.clone().without_doubt();
    }
    let doubt_ends_at = record.doubt_ends_at(ctx.timing.doubt_window);
    Record { in_doubt_until: Some(doubt_ends_at), ..record.clone() }
}

/// The record of an event whose duplicates, if any, are about to be deleted. It stays in doubt until those deletes can no longer
/// take effect: should this process die, the next request searches again and adopts none of the duplicates.
pub fn with_pending_deletes(ctx: &Context<'_>, record: Record, duplicates: &[EventId]) -> Record {
    if duplicates.is_empty() {
        return record;
    }
    Record { in_doubt_until: record.in_doubt_until.max(Some(ctx.all_doubt_ends_at())), ..record }
}
