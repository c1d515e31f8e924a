//! Moves a booking to another time. The claim marks the record as moving, and adds the new time to the ledger. Until it is over, both
//! times are taken.

use super::{
    Bookable, BookingError, BookingScheduler, Changed, NamedBooking,
    choice::Choice,
    contention::{contended, contention_delay},
    follow::shown_span,
    request::lacks_online_meeting,
    session::BookingSession,
    settle,
    situation::Inquiry,
};
use crate::{
    calendar::Event,
    call::CallContext,
    domain::{BookingContent, EventChange, EventId, TimeSpan},
    scheduling::{
        SchedulingError,
        protocol::{
            change::change,
            context::claim_expires,
            errors::{answered, best_effort, conflict},
            reconcile::ActiveEvent,
        },
        records::{
            Consistency,
            booking::{Actor, BookingRecord, ChangeKind, Held, Hold, HoldCheck, Permit, Unfinished, UnfinishedKind},
            event::{Record, State, next_token},
        },
    },
};

/// A request to move a booking.
pub struct Reschedule<'a> {
    pub booking: NamedBooking,
    pub permit: &'a Permit,
    pub target: TimeSpan,
    pub by: Actor,
    /// What the booking is about from then on, given what it is about now. It goes on record together with the time.
    pub content: &'a (dyn Fn(&BookingContent) -> BookingContent + Send + Sync),
    /// What must still be true when the time is claimed.
    pub checks: &'a [HoldCheck],
    /// The event's texts and attendees, given the record with its new content: its body names the time. The use case sets start and
    /// end, and sends subject and attendees only if they are others than before. A pending booking keeps its event without attendees.
    pub change: &'a (dyn Fn(&BookingRecord, TimeSpan) -> EventChange + Send + Sync),
}

impl BookingScheduler {
    /// Moves a booking of this configuration. Its members stay, and so does the host of a round-robin. A repeat succeeds. A request
    /// for the time that the booking has changes nothing, the content included.
    pub async fn reschedule(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        request: &Reschedule<'_>,
    ) -> Result<Changed, BookingError> {
        let booking = request.booking.clone();
        let session = self.session(call, booking).await?.ok_or(BookingError::NotFound)?;
        let mut is_gone = false;
        for attempt in 1.. {
            let found = session.record();
            let is_found = request.permit.is_for(&found) && found.configuration == configuration.id;
            if !is_found || found.change.kind == ChangeKind::Failed {
                return Err(BookingError::NotFound);
            }
            self.in_time(&found, request.permit)?;
            let (found, shown) = self.settled_for_move(call, &session, request.target, is_gone).await?;
            if found.event.state == State::Deleted {
                return Err(BookingError::Over);
            }
            if found.time.span == request.target {
                let teams_unavailable = lacks_online_meeting(&found, shown.as_ref());
                return Ok(Changed { record: found, teams_unavailable });
            }
            if self.claim_target(call, configuration, request, &session).await? {
                match self.move_event(call, request, &session).await {
                    // The event is gone, which the next attempt puts on record.
                    Err(BookingError::Scheduling(SchedulingError::NotFound)) => is_gone = true,
                    result => return result,
                }
            }
            match contention_delay(call, attempt) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => break,
            }
        }
        Err(contended().into())
    }

    /// The settled record, as the calendar has it where that matters, and the event if it was read.
    async fn settled_for_move(
        &self,
        call: &CallContext,
        session: &BookingSession<'_>,
        target: TimeSpan,
        is_gone: bool,
    ) -> Result<(BookingRecord, Option<Event>), SchedulingError> {
        self.run(call, session, async |ctx| {
            let (mut found, mut shown) = (settle::settled(&ctx, session).await?, None);
            // A person may have moved it; a pending booking may have expired; and its own event must be told from others.
            let is_over = is_gone || found.pending && found.time.span.start() <= ctx.now();
            let needs_look = found.time.span == target || is_over || found.event.uid.is_none();
            if found.event.state == State::Active && needs_look {
                (found, shown) = settle::current(&ctx, session).await?;
                found.event.uid = found.event.uid.or_else(|| shown.as_ref().and_then(|event| event.uid.clone()));
                session.found(found.clone());
            }
            if found.event.state == State::Deleted || found.time.span == target {
                return Ok((found, shown));
            }
            // Another event of this booking may still appear at the time that would become free.
            match settle::doubt_at(&found.event, ctx.now()) {
                Some(doubt_ends_at) => Err(ctx.retry_at(doubt_ends_at)),
                None => Ok((found, shown)),
            }
        })
        .await
    }

    /// Claims the new time. `false`: the booking or a ledger has changed, or other transactions write the same items.
    async fn claim_target(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        request: &Reschedule<'_>,
        session: &BookingSession<'_>,
    ) -> Result<bool, BookingError> {
        let (found, target) = (session.record(), request.target);
        // Microsoft asks those who declined anew, so the move needs the time of all members who were invited.
        let members: Option<Vec<_>> = found.invited.iter().map(|member| configuration.host(member)).collect();
        let members = members.filter(|members| !members.is_empty()).ok_or(BookingError::MembersChanged)?;
        let host = configuration.is_round_robin().then(|| members[0]);
        let moved = Some((request.booking.id, &found));
        let (calendar, consistency) = (self.calendar.as_ref(), Consistency::Strong);
        let inquiry = Inquiry { configuration, query: target, calendar, consistency, host, moved };
        let situation = self.situation(call, &inquiry).await?.ok_or(BookingError::SlotUnavailable)?;
        let is_needed = |index: usize| members.contains(&index) || !configuration.participants[index].takes_part;
        let (free, void) = self.free(call, configuration, &situation, target, is_needed).await?;
        let checked = free.into_iter().filter(|index| is_needed(*index)).collect();
        let choice = Choice { organizer: members[0], checked, members, void };
        let claim_expires = claim_expires(call);
        let time = found.next_time(target);
        let content = Some((request.content)(&found.content)).filter(|content| *content != found.content).map(Box::new);
        let kind = UnfinishedKind::Move { target: time, content };
        let in_doubt_until = claim_expires + self.timing.doubt_window;
        let event = Record { token: next_token(found.event.token), claim_expires, ..found.event.clone() };
        let unfinished = Some(Unfinished { kind, by: request.by, in_doubt_until });
        let (last_number, members) = (time.number, found.invited.clone());
        let moving = BookingRecord { event, last_number, members, unfinished, ..found.clone() };
        let now = self.timing.clock.now();
        let moving = moving.kept_for(now, self.timing.tombstone_life);
        if !moving.fits() {
            return Err(BookingError::ContentTooLong);
        }
        let days = self.day_holds(configuration, &situation, &choice, (request.booking.id, &moving), time);
        let (expected, checks) = (Some(Box::new(found)), request.checks.to_vec());
        let claim = Hold { record: moving, expected, days, replay_keys: Vec::new(), turn: None, checks, now };
        let held = call.deadline.work(self.records.hold(&session.key, &claim)).await;
        match answered(held).map_err(SchedulingError::with_unknown_result)? {
            Held::Done => {
                session.wrote(claim.record);
                Ok(true)
            }
            Held::Conflict(conflicts) => {
                if let Some(error) = BookingError::of_checks(&conflicts) {
                    return Err(error);
                }
                if let Some(now) = conflicts.record {
                    session.found(*now);
                }
                Ok(false)
            }
            Held::Contended => Ok(false),
        }
    }

    /// Moves the event of a record that this request has marked as moving.
    async fn move_event(
        &self,
        call: &CallContext,
        request: &Reschedule<'_>,
        session: &BookingSession<'_>,
    ) -> Result<Changed, BookingError> {
        let (claimed, target) = (session.record(), request.target);
        let (start, end) = (Some(target.start()), Some(target.end()));
        let (before, content) = (&claimed.content, claimed.moved().ok_or_else(conflict)?.content);
        let brings_others = content.additional_guests != before.additional_guests;
        let is_renamed = content.title != before.title;
        let wanted = (request.change)(&BookingRecord { content, ..claimed.clone() }, target);
        // What stays is not sent: a person may have changed it in Outlook.
        let attendees = wanted.attendees.clone().filter(|_| !claimed.pending && brings_others);
        let subject = wanted.subject.clone().filter(|_| is_renamed);
        let wanted = EventChange { attendees, subject, start, end, ..wanted };
        self.run(call, session, async |ctx| -> Result<Changed, SchedulingError> {
            let active = ActiveEvent::of(claimed.event.clone())?;
            let (failed, teams_unavailable) = match change(&ctx, active, &wanted, &wanted).await {
                Ok((_, written)) => (None, claimed.online_meeting && !written.online),
                // The event itself shows whether the request took effect.
                Err(failed) if !failed.unchanged => {
                    let shown = ctx.read_event(&claimed.event.organizer, &event_of(&claimed)?).await;
                    let has_moved = matches!(&shown, Ok(Some(event)) if shown_span(event) == Some(target));
                    let shown = shown.ok().flatten();
                    ((!has_moved).then_some(failed), lacks_online_meeting(&claimed, shown.as_ref()))
                }
                Err(failed) => (Some(failed), false),
            };
            let found = session.record();
            if let Some(failed) = failed {
                Box::pin(best_effort(settle::give_up(&ctx, session, &found, failed.unchanged))).await;
                return Err(failed.error);
            }
            if !session.is_own() {
                return Err(conflict());
            }
            let change = found.next_change(ChangeKind::Rescheduled, request.by, ctx.now(), None);
            let next = BookingRecord { change, ..found.moved().ok_or_else(conflict)? };
            let written = settle::write_last(&ctx, session, &found, next).await;
            // The event has moved, whether or not the record says so.
            if !written.map_err(SchedulingError::with_unknown_result)? {
                return Err(conflict());
            }
            Ok(Changed { record: session.record(), teams_unavailable })
        })
        .await
        .map_err(BookingError::from)
    }
}

fn event_of(record: &BookingRecord) -> Result<EventId, SchedulingError> {
    ActiveEvent::of(record.event.clone()).map(|active| active.event)
}
