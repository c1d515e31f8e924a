//! Changes the event of an active record.

use super::{
    context::{Context, Replaced},
    create::Scheduled,
    errors::{INDEX_DELAY, best_effort, conflict},
    reconcile::{ActiveEvent, converge, verify_gone},
};
use crate::{
    calendar::{CalendarError, WrittenEvent},
    domain::{EventChange, Fingerprint},
    scheduling::{
        error::SchedulingError,
        records::event::{Record, State, next_token},
    },
};

/// Why an event was not changed, or may not have been.
pub struct ChangeError {
    pub error: SchedulingError,
    /// Whether it is certain that the event was not changed and will not be.
    pub unchanged: bool,
}

impl ChangeError {
    fn unchanged(error: SchedulingError) -> Self {
        Self { error, unchanged: true }
    }
}

impl From<CalendarError> for ChangeError {
    fn from(error: CalendarError) -> Self {
        Self { unchanged: error.is_definite(), error: error.into() }
    }
}

/// What a change is to store on record besides changing the event.
#[derive(Clone, Copy)]
pub struct NewContent<'a> {
    pub change: &'a EventChange,
    /// The change of an event other than the one on record, whose content is not known.
    pub full_change: &'a EventChange,
    pub payload: &'a Fingerprint,
    /// The content before the change, where known. It is restored on record if the event was certainly not changed.
    pub previous: Option<&'a Fingerprint>,
}

/// Changes an event. The record keeps the content of the creation. `full_change`: the change if the event turns out to be another
/// one than the one given.
pub async fn change(
    ctx: &Context<'_>,
    active: ActiveEvent,
    change: &EventChange,
    full_change: &EventChange,
) -> Result<(Record, WrittenEvent), ChangeError> {
    let ActiveEvent { record, event } = active;
    let error = match ctx.change_event(&record.organizer, &event, change).await {
        Ok(written) => return Ok((record, written)),
        Err(error) => error,
    };
    if error != CalendarError::EventNotFound {
        return Err(error.into());
    }
    let Some(found) = verify_gone(ctx, &record).await.map_err(ChangeError::unchanged)? else {
        return Err(error.into());
    };
    let change = if found.event == event { change } else { full_change };
    let ActiveEvent { record, event } = found;
    match ctx.change_event(&record.organizer, &event, change).await {
        Ok(written) => Ok((record, written)),
        Err(CalendarError::EventNotFound) => Err(ChangeError::unchanged(SchedulingError::in_progress(INDEX_DELAY))),
        Err(error) => Err(error.into()),
    }
}

/// Changes an event and its content on record. While the change is under way, the content on record is unknown.
pub async fn replace_content(
    ctx: &Context<'_>,
    record: &Record,
    content: NewContent<'_>,
) -> Result<Scheduled, SchedulingError> {
    let (record, written) = match change_with_unknown_content(ctx, record, content).await {
        Ok(changed) => changed,
        Err(ChangeError { error, unchanged }) => {
            if let Some(previous) = content.previous.filter(|_| unchanged) {
                best_effort(restore_content(ctx, record, previous)).await;
            }
            return Err(error);
        }
    };
    let changed = Record { payload: Some(content.payload.clone()), ..record.clone() };
    match ctx.replace_last(&record, &changed).await {
        Ok(Replaced::Written) => Ok(scheduled(content.change, &written)),
        Ok(Replaced::Conflict(_)) => Err(conflict()),
        // The event is changed, and the record does not say so.
        Err(error) => Err(error.with_unknown_result()),
    }
}

/// The answer after a change.
pub fn scheduled(change: &EventChange, written: &WrittenEvent) -> Scheduled {
    Scheduled { teams_unavailable: written.link_lost || change.online_meeting && !written.online }
}

async fn change_with_unknown_content(
    ctx: &Context<'_>,
    found: &Record,
    content: NewContent<'_>,
) -> Result<(Record, WrittenEvent), ChangeError> {
    let record = converge(ctx, found).await.map_err(ChangeError::unchanged)?;
    let record = with_unknown_content(ctx, record).await.map_err(ChangeError::unchanged)?;
    let active = ActiveEvent::of(record).map_err(ChangeError::unchanged)?;
    let new = if active.record.event == found.event { content.change } else { content.full_change };
    change(ctx, active, new, content.full_change).await
}

/// Records that the content is unknown, before it changes.
async fn with_unknown_content(ctx: &Context<'_>, record: Record) -> Result<Record, SchedulingError> {
    if record.payload.is_none() {
        return Ok(record);
    }
    let next = Record { token: next_token(record.token), payload: None, ..record.clone() };
    match ctx.replace(&record, &next).await? {
        Replaced::Written => Ok(next),
        Replaced::Conflict(_) => Err(conflict()),
    }
}

/// Records the content from before a change that was not executed, also after the time for work is over.
async fn restore_content(ctx: &Context<'_>, found: &Record, previous: &Fingerprint) -> Result<(), SchedulingError> {
    let Some(record) = ctx.read_record_closing().await? else { return Ok(()) };
    // The previous content is that of the event that was on record.
    if record.state == State::Active && record.payload.is_none() && record.event == found.event {
        ctx.replace_last(&record, &Record { payload: Some(previous.clone()), ..record.clone() }).await?;
    }
    Ok(())
}
