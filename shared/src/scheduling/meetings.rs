//! Meetings: schedule, update, cancel and read, for one tenant.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    driver::{Driver, SingleRecord},
    protocol::{
        change::{change, scheduled},
        claim::{OnExisting, schedule},
        context::{Context, Profile, Timing},
        create::Scheduled,
        delete::delete,
        effects::Effects,
        errors::best_effort,
        read::active_event,
        reconcile::read_named,
    },
    records::{
        EventRecords,
        event::{EventKind, Record, RecordKey},
    },
};
use crate::{
    calendar::{Calendar, Detail, Event},
    call::CallContext,
    domain::{EmailAddress, EventChange, ExternalId, Fingerprint, NewEvent, TenantId},
    scheduling::SchedulingError,
};

const PROFILE: Profile = Profile {
    detail: Detail::Full,
    keep_join_block: true,
    update_replaces_payload: false,
    delete_outlives_mailbox: false,
    keeps_uid: false,
};

/// How much later than on record a meeting must end for a read to extend the record. It is kept for much longer than a day after
/// that end, so a smaller difference is not worth a write.
const MIN_EXTENSION: TimeDelta = TimeDelta::days(1);

/// The meetings of one tenant.
pub struct MeetingScheduler {
    pub tenant: TenantId,
    pub records: Arc<dyn EventRecords>,
    pub calendar: Arc<dyn Calendar>,
    pub timing: Timing,
}

impl MeetingScheduler {
    /// Makes sure that the meeting is in the organizer's calendar exactly once. A repeat with the same content changes nothing.
    pub async fn schedule(
        &self,
        call: &CallContext,
        id: &ExternalId,
        meeting: &NewEvent,
    ) -> Result<Scheduled, SchedulingError> {
        let payload = Fingerprint::of_meeting(meeting);
        self.run(call, id, async |ctx| schedule(&ctx, meeting, &payload, OnExisting::RequireSame).await).await
    }

    /// Changes a meeting. Whatever the change does not name stays as it is in the calendar.
    pub async fn update(
        &self,
        call: &CallContext,
        id: &ExternalId,
        organizer: &EmailAddress,
        changes: &EventChange,
    ) -> Result<Scheduled, SchedulingError> {
        self.run(call, id, async |ctx| {
            let active = active_event(&ctx, organizer, changes.end).await?;
            if changes.is_empty() {
                return Ok(Scheduled { teams_unavailable: false });
            }
            let (record, asked_at) = (active.record.clone(), ctx.now());
            match change(&ctx, active, changes, changes).await {
                Ok((_, written)) => Ok(scheduled(changes, &written)),
                Err(error) => Err(ctx.unless_in_doubt(&record, asked_at, error.error)),
            }
        })
        .await
    }

    /// Deletes a meeting; the calendar service informs the attendees. A repeat succeeds while the tombstone exists, and so does a
    /// delete of a meeting that is gone from the calendar already.
    pub async fn cancel(
        &self,
        call: &CallContext,
        id: &ExternalId,
        organizer: &EmailAddress,
    ) -> Result<(), SchedulingError> {
        self.run(call, id, async |ctx| delete(&ctx, organizer).await).await
    }

    /// A meeting as the calendar shows it now.
    pub async fn read(
        &self,
        call: &CallContext,
        id: &ExternalId,
        organizer: &EmailAddress,
    ) -> Result<Event, SchedulingError> {
        self.run(call, id, async |ctx| {
            let active = active_event(&ctx, organizer, None).await?;
            let (record, asked_at) = (active.record.clone(), ctx.now());
            let shown = read_named(&ctx, active.record).await;
            let event = shown.and_then(|shown| shown.ok_or(SchedulingError::NotFound));
            let (record, event) = event.map_err(|error| ctx.unless_in_doubt(&record, asked_at, error))?;
            if let Some(end) = extended_end(&record, &event) {
                best_effort(ctx.read_and_extend_record(organizer, end)).await;
            }
            Ok(event)
        })
        .await
    }

    async fn run<'a, T, F: Future<Output = T>>(
        &'a self,
        call: &'a CallContext,
        id: &ExternalId,
        task: impl FnOnce(Context<'a>) -> F,
    ) -> T {
        let key = RecordKey { tenant: self.tenant.clone(), id: id.clone(), kind: EventKind::Meeting };
        let records = SingleRecord { records: self.records.as_ref(), key: &key };
        let driver = Driver { call, calendar: self.calendar.as_ref(), records };
        driver
            .run(|effects: Effects| {
                task(Context {
                    effects,
                    call,
                    key: key.clone(),
                    timing: &self.timing,
                    profile: PROFILE,
                    cancellation: None,
                })
            })
            .await
    }
}

/// The event's end, if a person has moved it in Outlook to an end for which the record is not kept.
fn extended_end(record: &Record, event: &Event) -> Option<DateTime<Utc>> {
    let (on_record, (_, shown)) = (record.ends_at?, event.times?);
    (shown - on_record > MIN_EXTENSION).then_some(shown)
}
