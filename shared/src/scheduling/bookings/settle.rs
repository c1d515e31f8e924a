//! Brings a booking's record into agreement with the calendar: after the holder of a claim died, and after a person changed the
//! event in Outlook. A request does this before it relies on a booking's times, whether the booking is its own or a rival.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    follow::{follow, shown_span},
    session::{BookingSession, beside},
};
use crate::{
    calendar::Event,
    problem::Problem,
    scheduling::{
        SchedulingError,
        protocol::{
            context::{Context, MAX_ATTEMPTS, Replaced},
            delete::{AfterDelete, DeleteClaim, finish_delete, take_over_delete},
            errors::{INDEX_DELAY, answered, conflict},
            reconcile::{Settled, converge, read_active, settle},
        },
        records::{
            Write,
            booking::{BookingRecord, ChangeKind, LedgerEdit, Unfinished, UnfinishedKind},
            event::{Record, State, next_token},
        },
    },
};

/// The record without anything unfinished: active with one event, or deleted. An error: another request is at work, or what an
/// earlier one began may still take effect.
pub async fn settled(ctx: &Context<'_>, session: &BookingSession<'_>) -> Result<BookingRecord, SchedulingError> {
    for _ in 0..MAX_ATTEMPTS {
        let found = session.record();
        let is_claimed = found.event.state != State::Active || found.unfinished.is_some();
        match found.event.state {
            State::Deleted => return Ok(found),
            _ if is_claimed && !found.event.is_expired(ctx.now()) => {
                return Err(ctx.retry_at(found.event.claim_expires));
            }
            State::Creating => match settle(ctx, &found.event).await? {
                Settled::Active(_) | Settled::Superseded => {}
                Settled::NeverCreated => end(ctx, session, &found).await?,
            },
            State::Deleting => take_over_delete(ctx, &found.event, AfterDelete::Continue).await?,
            State::Active if found.unfinished.is_some() => finish_change(ctx, session, &found).await?,
            State::Active => {
                let record = converge(ctx, &found.event).await?;
                if record.is_version_of(&session.record().event) {
                    return Ok(session.record());
                }
            }
        }
    }
    Err(conflict())
}

/// The settled record as the calendar has the booking now.
pub async fn current(
    ctx: &Context<'_>,
    session: &BookingSession<'_>,
) -> Result<(BookingRecord, Option<Event>), SchedulingError> {
    for _ in 0..MAX_ATTEMPTS {
        let found = settled(ctx, session).await?;
        if found.event.state == State::Deleted {
            return Ok((found, None));
        }
        let asked_at = ctx.now();
        let shown = read_active(ctx, &found.event).await?.map(|(_, event)| event);
        let found = session.record();
        let Some(next) = follow(&found, shown.as_ref(), ctx.now()) else {
            if !found.pending || found.time.span.start() > ctx.now() {
                return Ok((found, shown));
            }
            expire(ctx, &found.event).await?;
            continue;
        };
        // Another event of this booking may still appear, at the time that would become free.
        if let Some(doubt_ends_at) = doubt_at(&found.event, asked_at) {
            return Err(ctx.retry_at(doubt_ends_at));
        }
        // Right after a write the calendar may not show the event, and its index is behind.
        let is_fresh = asked_at - found.change.at < TimeDelta::from_std(ctx.timing.doubt_window).unwrap_or_default();
        if shown.is_none() && is_fresh {
            return Err(SchedulingError::in_progress(INDEX_DELAY));
        }
        if write(ctx, session, &found, next).await? {
            return Ok((session.record(), shown));
        }
    }
    Err(conflict())
}

/// Until when another event of the booking may appear, or an event of it is not found although it exists. Until then none of its times
/// may become free.
pub fn doubt_at(record: &Record, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    record.in_doubt_until.filter(|end| now < *end)
}

/// Ends the record of a booking that certainly has no event. With a new token, so that a repeat of its request cannot take it over
/// any more: the time may be given to another booking from here on.
async fn end(ctx: &Context<'_>, session: &BookingSession<'_>, found: &BookingRecord) -> Result<(), SchedulingError> {
    let change = found.next_change(ChangeKind::Failed, found.change.by, ctx.now(), None);
    let event = Record { state: State::Deleted, ..found.event.clone().without_doubt() };
    write(ctx, session, found, BookingRecord { event, change, ..found.clone() }).await.map(drop)
}

/// A change whose sender has died: the event shows whether it took effect.
async fn finish_change(
    ctx: &Context<'_>,
    session: &BookingSession<'_>,
    found: &BookingRecord,
) -> Result<(), SchedulingError> {
    let Some(Unfinished { kind, by, in_doubt_until }) = found.unfinished.clone() else { return Ok(()) };
    let asked_at = ctx.now();
    let Some((_, event)) = read_active(ctx, &found.event).await? else {
        if let Some(doubt_ends_at) = doubt_at(&session.record().event, asked_at) {
            return Err(ctx.retry_at(doubt_ends_at));
        }
        let next = follow(found, None, ctx.now()).ok_or_else(unknown)?;
        return write(ctx, session, found, BookingRecord { unfinished: None, ..next }).await.map(drop);
    };
    if !session.record().is_version_of(found) {
        return Ok(());
    }
    let over = BookingRecord { unfinished: None, ..found.clone() };
    let next = match kind {
        UnfinishedKind::Move { target, .. } if shown_span(&event) == Some(target.span) => {
            let change = found.next_change(ChangeKind::Rescheduled, by, ctx.now(), None);
            BookingRecord { change, ..found.moved().ok_or_else(conflict)? }
        }
        UnfinishedKind::Confirm if !event.tentative => {
            let change = found.next_change(ChangeKind::Confirmed, by, ctx.now(), None);
            BookingRecord { pending: false, change, ..over }
        }
        // The request may still arrive.
        _ if asked_at < in_doubt_until => return Err(ctx.retry_at(in_doubt_until)),
        // With a new number: its entries may have gone with a commit that was lost.
        _ => {
            let time = found.next_time(found.time.span);
            BookingRecord { time, last_number: time.number, ..over }
        }
    };
    write(ctx, session, found, next).await.map(drop)
}

/// Deletes the event of a pending booking without a decision before its start.
async fn expire(ctx: &Context<'_>, found: &Record) -> Result<(), SchedulingError> {
    let claimed = Record { state: State::Deleting, ..ctx.with_claim(found) };
    match ctx.replace(found, &claimed).await? {
        Replaced::Written => finish_delete(ctx, claimed, DeleteClaim::Started, AfterDelete::Continue).await,
        Replaced::Conflict(_) => Ok(()),
    }
}

/// Writes a record with a new token. New entries are there before it, and old ones go after it: a record that says that a member has
/// a time is never without the entry. `false`: another request was faster.
pub async fn write(
    ctx: &Context<'_>,
    session: &BookingSession<'_>,
    found: &BookingRecord,
    mut next: BookingRecord,
) -> Result<bool, SchedulingError> {
    next.event.token = next_token(found.event.token);
    let (added, removed) = differences(session, found, &next);
    answered(ctx.call.deadline.work(session.add_entries(&added)).await)?;
    let written = ctx.call.deadline.work(session.replace(found, next)).await;
    match answered(written)? {
        Write::Done(_) if session.record().event.state == State::Deleted => {
            session.forget(found).await;
            Ok(true)
        }
        Write::Done(_) => {
            session.edit_ledgers(removed).await;
            Ok(true)
        }
        Write::Conflict(_) => Ok(false),
    }
}

/// As [`write`], but the last write of a request, in the time reserved for it. It is known where the event is and where it is not, so
/// the old entries go at the same time.
pub async fn write_last(
    ctx: &Context<'_>,
    session: &BookingSession<'_>,
    found: &BookingRecord,
    mut next: BookingRecord,
) -> Result<bool, SchedulingError> {
    next.event.token = next_token(found.event.token);
    let (added, removed) = differences(session, found, &next);
    answered(ctx.call.deadline.closing(session.add_entries(&added)).await)?;
    let written = ctx.call.deadline.closing(beside(session.replace(found, next), session.edit_ledgers(removed)));
    Ok(matches!(answered(written.await)?, Write::Done(_)))
}

/// Gives up a change that was claimed. `unchanged`: it is certain that the event was not changed and will not be. Otherwise the
/// next request looks at the event.
pub async fn give_up(
    ctx: &Context<'_>,
    session: &BookingSession<'_>,
    found: &BookingRecord,
    unchanged: bool,
) -> Result<bool, SchedulingError> {
    if !session.is_own() {
        return Ok(false);
    }
    let unfinished = found.unfinished.clone().filter(|_| !unchanged);
    let unfinished = unfinished.map(|open| Unfinished { in_doubt_until: ctx.doubt_ends_at(), ..open });
    let next = BookingRecord { event: ctx.with_expired_claim(&found.event), unfinished, ..found.clone() };
    write_last(ctx, session, found, next).await
}

/// The edits that turn the entries of `before` into those of `after`: what is added, and what is removed.
fn differences(
    session: &BookingSession<'_>,
    before: &BookingRecord,
    after: &BookingRecord,
) -> (Vec<LedgerEdit>, Vec<LedgerEdit>) {
    let id = session.key.id;
    let wanted = if after.event.state == State::Deleted { Vec::new() } else { after.entries(id) };
    let present = before.entries(id);
    let removed = present.iter().filter(|entry| !wanted.contains(entry));
    let removed = removed.map(|(member, key)| LedgerEdit::Remove { member: member.clone(), key: *key });
    let added = wanted.iter().filter(|entry| !present.contains(entry)).map(|(member, key)| LedgerEdit::Add {
        member: member.clone(),
        entry: session.entry(after, key.time),
        attempt: after.event.token,
    });
    (added.collect(), removed.collect())
}

fn unknown() -> SchedulingError {
    Problem::internal("an event that is gone changes nothing").into()
}
