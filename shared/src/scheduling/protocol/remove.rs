//! Deletes a record's events from the calendar. One denial is never believed: the event is searched by its marker first.

use super::context::Context;
use crate::{
    calendar::CalendarError,
    domain::EventId,
    scheduling::{error::SchedulingError, records::event::Record},
};

/// Why not all events were deleted.
pub struct RemoveError {
    pub error: CalendarError,
    /// Whether it is certain that nothing was deleted and nothing will be.
    pub nothing_deleted: bool,
}

/// The events that are gone.
#[derive(Default)]
struct Removed {
    /// Those that this request deleted.
    deleted: Vec<EventId>,
    /// Other live events with the same marker, found while a denial was verified.
    others: Vec<EventId>,
}

/// Deletes the record's event, and all events that carry its marker if it was ever in doubt.
pub async fn remove_events(ctx: &Context<'_>, record: &Record) -> Result<(), RemoveError> {
    let found = match record.in_doubt_until {
        Some(_) => ctx.find(record).await.map_err(|error| RemoveError { error, nothing_deleted: true })?,
        None => Vec::new(),
    };
    let known = record.event.iter().cloned();
    let duplicates = found.into_iter().filter(|found| Some(found) != record.event.as_ref());
    let Removed { deleted, others } = remove_each(ctx, record, &known.chain(duplicates).collect::<Vec<_>>()).await?;
    let rest = remove_each(ctx, record, &others).await;
    rest.map(drop)
        .map_err(|failed| RemoveError { nothing_deleted: failed.nothing_deleted && deleted.is_empty(), ..failed })
}

/// Deletes events that a record does not name, after the record says so. Any failure asks the caller to repeat: the meeting is
/// in the calendar, and so is a duplicate.
pub async fn remove_duplicates(
    ctx: &Context<'_>,
    record: &Record,
    duplicates: &[EventId],
) -> Result<(), SchedulingError> {
    let removed = remove_each(ctx, record, duplicates).await;
    removed.map(drop).map_err(|failed| {
        let error = SchedulingError::from(failed.error);
        if error.asks_for_repeat() { error } else { error.with_unknown_result() }
    })
}

/// Deletes events that carry a record's marker. When the calendar denies that an event exists, the marker is searched; if the
/// index shows the event, it is read.
async fn remove_each(ctx: &Context<'_>, record: &Record, events: &[EventId]) -> Result<Removed, RemoveError> {
    let (mut deleted, mut denied) = (Vec::new(), Vec::new());
    // An event that "does not exist" may have been deleted by an attempt of the same request whose answer was lost.
    let mut nothing_deleted = true;
    for event in events {
        match ctx.delete_event(&record.organizer, event).await {
            Ok(()) => {
                nothing_deleted = false;
                deleted.push(event.clone());
            }
            Err(error @ (CalendarError::EventNotFound | CalendarError::CannotDelete { .. })) => {
                nothing_deleted &= error != CalendarError::EventNotFound;
                denied.push((event, error));
            }
            Err(error) => {
                let nothing_deleted = nothing_deleted && error.is_definite();
                return Err(RemoveError { error, nothing_deleted });
            }
        }
    }
    if denied.is_empty() {
        return Ok(Removed { deleted, others: Vec::new() });
    }
    let mut found = ctx.find(record).await.map_err(|error| RemoveError { error, nothing_deleted })?;
    for (event, denial) in denied.into_iter().filter(|(event, _)| found.contains(event)) {
        match remove_if_live(ctx, record, event, denial).await {
            Ok(true) => {
                nothing_deleted = false;
                deleted.push(event.clone());
            }
            Ok(false) => {}
            Err(error) => return Err(RemoveError { error, nothing_deleted }),
        }
    }
    found.retain(|found| !events.contains(found));
    Ok(Removed { deleted, others: found })
}

/// Deletes an event that the index shows although the calendar answered a delete with `denial`: either the index is behind or
/// the denial was wrong. Returns whether there was an event.
async fn remove_if_live(
    ctx: &Context<'_>,
    record: &Record,
    event: &EventId,
    denial: CalendarError,
) -> Result<bool, CalendarError> {
    if ctx.read_event(&record.organizer, event).await?.is_none() {
        return Ok(false);
    }
    if denial != CalendarError::EventNotFound {
        return Err(denial);
    }
    match ctx.delete_event(&record.organizer, event).await {
        Ok(()) => Ok(true),
        Err(CalendarError::EventNotFound) => {
            let cause = "the calendar denies an event that it shows".to_owned();
            Err(CalendarError::Failed { cause, retry_after: None })
        }
        Err(error) => Err(error),
    }
}
