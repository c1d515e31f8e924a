//! Books a time: finds who is free, claims the time in one transaction, and creates the event.

use futures_util::future::{join, join_all};
use uuid::Uuid;

use super::{
    Bookable, BookingError, BookingScheduler,
    choice::{Choice, turn},
    contention::{contended, contention_delay},
    request::{Booked, BookingRequest, event, lacks_online_meeting},
    session::{BookingSession, requested},
    settle,
    situation::{Inquiry, Situation},
};
use crate::{
    call::CallContext,
    domain::{BookingId, Fingerprint},
    scheduling::{
        SchedulingError,
        protocol::{
            context::claim_expires,
            create::{claim_another_create, create},
            errors::{answered, conflict},
        },
        records::{
            Consistency,
            booking::{BookingRecord, ChangeKind, Held, Hold, Replay, ReplayHold, ReplayKey},
            event::{Record, State, next_token},
            ledger::BookedTime,
        },
    },
};

impl BookingScheduler {
    /// Books a time of a configuration. A repeat of the same request gives the booking that exists: within ten minutes, and as long as
    /// its replay keys are remembered. A request whose checks fail claims nothing.
    pub async fn book(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        request: &BookingRequest<'_>,
    ) -> Result<Booked, BookingError> {
        let host = match request.host {
            Some(host) if configuration.is_round_robin() => {
                Some(configuration.host(host).ok_or(BookingError::UnknownHost)?)
            }
            Some(_) => return Err(BookingError::UnknownHost),
            None => None,
        };
        let payload = request.payload.clone();
        let (query, calendar) = (request.span, self.calendar.as_ref());
        let inquiry = Inquiry { configuration, query, calendar, consistency: Consistency::Strong, host, moved: None };
        let keys: Vec<_> =
            [ReplayKey::Content(payload.clone())].into_iter().chain(request.replay_keys.iter().cloned()).collect();
        let (situation, replays) = join(self.situation(call, &inquiry), self.replays(call, &keys)).await;
        let mut replays = replays?;
        if let Some(booked) = self.replayed(call, request, &payload, &replays).await? {
            return Ok(booked);
        }
        let mut situation = situation?.ok_or(BookingError::SlotUnavailable)?;
        for attempt in 1.. {
            let choice = self.choose(call, configuration, request.span, &situation).await?;
            let id = BookingId(Uuid::new_v4());
            let claim = self.hold(call, configuration, request, &payload, &situation, &choice, (id, &keys, &replays));
            if !claim.record.fits() {
                return Err(BookingError::ContentTooLong);
            }
            let held = call.deadline.work(self.records.hold(&self.key(id), &claim)).await;
            // It is unknown whether the time is claimed. A repeat of the request finds its replay key.
            match answered(held).map_err(SchedulingError::with_unknown_result)? {
                Held::Done => {
                    let session = self.session_of(id, claim.record);
                    return self.create(call, &session, request, false).await;
                }
                Held::Conflict(conflicts) => {
                    let failed_check = BookingError::of_checks(&conflicts);
                    for day in &conflicts.days {
                        situation.update(configuration, day);
                    }
                    for (key, found) in conflicts.replays {
                        replays.retain(|(known, _)| *known != key);
                        replays.push((key, found));
                    }
                    if let Some(booked) = self.replayed(call, request, &payload, &replays).await? {
                        return Ok(booked);
                    }
                    if let Some(error) = failed_check {
                        return Err(error);
                    }
                }
                Held::Contended => {}
            }
            match contention_delay(call, attempt) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => break,
            }
        }
        Err(contended().into())
    }

    async fn replays(
        &self,
        call: &CallContext,
        keys: &[ReplayKey],
    ) -> Result<Vec<(ReplayKey, Replay)>, SchedulingError> {
        let reads = keys.iter().map(async |key| {
            let found = answered(call.deadline.work(self.records.replay(&self.tenant, key)).await)?;
            Ok(found.map(|found| (key.clone(), found)))
        });
        let found: Result<Vec<_>, SchedulingError> = join_all(reads).await.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// The booking that an earlier request with one of the keys made.
    async fn replayed(
        &self,
        call: &CallContext,
        request: &BookingRequest<'_>,
        payload: &Fingerprint,
        replays: &[(ReplayKey, Replay)],
    ) -> Result<Option<Booked>, BookingError> {
        let now = self.timing.clock.now();
        for (key, replay) in replays.iter().filter(|(key, replay)| key.counts(replay, now)) {
            let Some(booked) = self.existing(call, replay.booking, request, payload).await? else { continue };
            if replay.payload != *payload {
                return Err(BookingError::KeyReused);
            }
            // The same content may be booked again after a cancellation. A key that the caller gave stands for one booking.
            if booked.record.event.state == State::Active || matches!(key, ReplayKey::Given(_)) {
                return Ok(Some(booked));
            }
        }
        Ok(None)
    }

    /// A booking that an earlier request claimed. `None`: it never got an event. If this request has the same content, it continues the
    /// work of one that died, but only as long as that one's own create may still take effect: after that the time is free for
    /// others, and the rules have to be checked anew.
    async fn existing(
        &self,
        call: &CallContext,
        id: BookingId,
        request: &BookingRequest<'_>,
        payload: &Fingerprint,
    ) -> Result<Option<Booked>, BookingError> {
        let Some(session) = self.session(call, id).await? else { return Ok(None) };
        let found = session.record();
        let now = self.timing.clock.now();
        let is_dead = found.event.state == State::Creating && found.event.is_expired(now);
        let is_same = found.event.payload.as_ref() == Some(payload);
        if is_dead && is_same && now < found.event.doubt_ends_at(self.timing.doubt_window) {
            return self.create(call, &session, request, true).await.map(Some);
        }
        let (record, event) = self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
        let teams_unavailable = lacks_online_meeting(&record, event.as_ref());
        let booked = Booked { id, record, is_replay: true, teams_unavailable };
        Ok(Some(booked).filter(|booked| booked.record.change.kind != ChangeKind::Failed))
    }

    /// Creates the event of a claimed booking. `is_repeat`: another request claimed it and has died.
    async fn create(
        &self,
        call: &CallContext,
        session: &BookingSession<'_>,
        request: &BookingRequest<'_>,
        is_repeat: bool,
    ) -> Result<Booked, BookingError> {
        let found = session.record();
        let event = event(session.key.id, &found, request);
        let (record, scheduled) = self
            .run(call, session, async |ctx| -> Result<_, SchedulingError> {
                let claim = if is_repeat {
                    claim_another_create(&ctx, &found.event).await?.ok_or_else(conflict)?
                } else {
                    found.event
                };
                let scheduled = create(&ctx, claim, &event, is_repeat).await?;
                // A person may have changed an event that was there already.
                let record = if is_repeat { settle::current(&ctx, session).await?.0 } else { session.record() };
                Ok((record, scheduled))
            })
            .await?;
        let teams_unavailable = scheduled.teams_unavailable;
        Ok(Booked { id: session.key.id, record, is_replay: is_repeat, teams_unavailable })
    }

    #[expect(clippy::too_many_arguments, reason = "what a claim is made of")]
    fn hold(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        request: &BookingRequest<'_>,
        payload: &Fingerprint,
        situation: &Situation,
        choice: &Choice,
        (id, keys, replays): (BookingId, &[ReplayKey], &[(ReplayKey, Replay)]),
    ) -> Hold {
        let now = self.timing.clock.now();
        let address = |index: &usize| configuration.participants[*index].address.clone();
        let organizer = address(&choice.organizer);
        let secrets = (request.secrets)(id);
        let event = Record::claim(
            payload.clone(),
            organizer.clone(),
            Uuid::new_v4(),
            next_token(Uuid::nil()),
            claim_expires(call),
        );
        let record = BookingRecord {
            event,
            configuration: configuration.id,
            time: BookedTime { span: request.span, number: 0 },
            last_number: 0,
            invited: choice.members.iter().map(address).collect(),
            members: choice.members.iter().map(address).collect(),
            pending: request.pending,
            online_meeting: request.online_meeting,
            has_turn: configuration.is_round_robin(),
            unfinished: None,
            ending: None,
            created_at: now,
            notice: request.notice,
            guest_salt: secrets.guest_salt,
            organizer_salt_hash: secrets.organizer_salt_hash,
            content: request.content.clone(),
            kept_until: now,
            change: requested(request.by, now),
        };
        let record = record.kept_for(now, self.timing.tombstone_life);
        let days = self.day_holds(configuration, situation, choice, (id, &record), record.time);
        let replay_keys = keys.iter().map(|key| {
            let read = replays.iter().find(|(known, _)| known == key).map(|(_, replay)| replay.clone());
            ReplayHold { key: key.clone(), read }
        });
        let turn = record.has_turn.then(|| turn(situation, organizer));
        let (replay_keys, checks) = (replay_keys.collect(), request.checks.to_vec());
        Hold { replay_keys, expected: None, days, turn, checks, now, record }
    }
}
