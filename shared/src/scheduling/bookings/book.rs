//! Books a time: finds who is free, claims the time in one transaction, and creates the event.

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use uuid::Uuid;

use super::{
    Bookable, BookingError, BookingScheduler, Outcome,
    entries::Void,
    session::{BookingSession, Ending, requested},
    settle,
    situation::{Inquiry, Situation},
};
use crate::{
    call::CallContext,
    domain::{
        Attendee, BookingContent, BookingId, EmailAddress, Fingerprint, NewEvent, PlainText, SingleLine, TimeSpan,
        merge_attendees,
    },
    problem::{Kind, Problem},
    scheduling::{
        SchedulingError,
        protocol::{
            context::claim_expires,
            create::{claim_another_create, create},
            errors::{answered, conflict},
        },
        records::{
            Consistency,
            booking::{
                Actor, BookingRecord, ChangeKind, DayHold, Held, Hold, MAX_TURN_BOOKINGS, Replay, ReplayHold,
                ReplayKey, TurnHold,
            },
            event::{Record, State, next_token},
            ledger::{BookedTime, days},
        },
    },
};

/// The wait before a claim that met other transactions is tried again, at most; it is multiplied by the number of attempts.
const CONTENTION_DELAY: Duration = Duration::from_millis(40);
/// Attempts after which the wait does not grow any more.
const MAX_DELAY_FACTOR: u32 = 10;

/// A request to book.
pub struct BookingRequest<'a> {
    pub span: TimeSpan,
    /// Round-robin: who is to host. `None`: the first of the order who is free.
    pub host: Option<&'a EmailAddress>,
    pub content: &'a BookingContent,
    /// The guest and those whom the guest brings along.
    pub guests: &'a [EmailAddress],
    /// Whether the organizer has to confirm: a tentative event in the organizer's calendar alone.
    pub pending: bool,
    pub online_meeting: bool,
    /// How long before the start the guest may change or cancel the booking at the latest.
    pub notice: Option<TimeDelta>,
    pub replay_keys: &'a [ReplayKey],
    pub by: Actor,
    /// The secrets of a booking's links. For one id always the same, so that a repeat writes the same links.
    pub secrets: &'a (dyn Fn(BookingId) -> Secrets + Send + Sync),
    pub texts: &'a (dyn Fn(&Invitation<'_>) -> Texts + Send + Sync),
}

/// The secrets of a booking's links.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub guest_salt: String,
    /// Hex SHA-256.
    pub organizer_salt_hash: String,
}

/// What the texts of an event may say.
pub struct Invitation<'a> {
    pub id: BookingId,
    pub record: &'a BookingRecord,
}

/// The texts of a booking's event.
pub struct Texts {
    pub subject: SingleLine,
    pub body: PlainText,
    pub location: SingleLine,
}

/// A booking, and whether an earlier request made it.
#[derive(Debug, Clone)]
pub struct Booked {
    pub id: BookingId,
    pub record: BookingRecord,
    pub is_replay: bool,
}

/// Who would host a time, by index, and whose ledgers it needs.
pub(super) struct Choice {
    pub organizer: usize,
    pub members: Vec<usize>,
    /// Who must be free, the members among them.
    pub checked: Vec<usize>,
    pub void: Void,
}

impl BookingScheduler {
    /// Books a time of a configuration. A repeat of the same request gives the booking that exists: within ten minutes, and as long as
    /// its replay keys are remembered.
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
        let payload = Fingerprint::of_booking(configuration.id, request.span, request.host, request.content);
        let inquiry =
            Inquiry { configuration, query: request.span, consistency: Consistency::Strong, host, moved: None };
        let keys: Vec<_> =
            [ReplayKey::Content(payload.clone())].into_iter().chain(request.replay_keys.iter().cloned()).collect();
        let (situation, replays) = join(self.situation(call, &inquiry), self.replays(call, &keys)).await;
        let mut replays = replays?;
        if let Some(booked) = self.replayed(call, request, &payload, &replays).await? {
            return Ok(booked);
        }
        let mut situation = situation?.ok_or(BookingError::SlotUnavailable)?;
        for attempt in 1.. {
            let choice = self.choose(call, configuration, request, &situation).await?;
            let id = BookingId(Uuid::new_v4());
            let claim = self.hold(call, configuration, request, &payload, &situation, &choice, (id, &keys, &replays));
            let held = call.deadline.work(self.records.hold(&self.key(id), &claim)).await;
            // It is unknown whether the time is claimed. A repeat of the request finds its entry.
            match answered(held).map_err(SchedulingError::with_unknown_result)? {
                Held::Done => {
                    let session = self.session_of(id, claim.record, Ending::FOUND);
                    let record = self.create(call, &session, request, false).await?;
                    return Ok(Booked { id, record, is_replay: false });
                }
                Held::Conflict(conflicts) => {
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
        let now = (self.timing.clock)();
        for (key, replay) in replays.iter().filter(|(key, replay)| key.counts(replay, now)) {
            let Some(record) = self.existing(call, replay.booking, request, payload).await? else { continue };
            if replay.payload != *payload {
                return Err(BookingError::KeyReused);
            }
            // The same content may be booked again after a cancellation. A key that the caller gave stands for one booking.
            if record.event.state == State::Active || matches!(key, ReplayKey::Given(_)) {
                return Ok(Some(Booked { id: replay.booking, record, is_replay: true }));
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
    ) -> Result<Option<BookingRecord>, BookingError> {
        let Some(session) = self.session(call, id, Ending::FOUND).await? else { return Ok(None) };
        let found = session.record();
        let now = (self.timing.clock)();
        let is_dead = found.event.state == State::Creating && found.event.is_expired(now);
        let is_same = found.event.payload.as_ref() == Some(payload);
        if is_dead && is_same && now < found.event.doubt_ends_at(self.timing.doubt_window) {
            return self.create(call, &session, request, true).await.map(Some);
        }
        let (found, _) = self.run(call, &session, async |ctx| settle::current(&ctx, &session).await).await?;
        Ok(Some(found).filter(|found| found.change.kind != ChangeKind::Failed))
    }

    /// Creates the event of a claimed booking. `is_repeat`: another request claimed it and has died.
    async fn create(
        &self,
        call: &CallContext,
        session: &BookingSession<'_>,
        request: &BookingRequest<'_>,
        is_repeat: bool,
    ) -> Outcome {
        let found = session.record();
        let event = event(session.key.id, &found, request);
        self.run(call, session, async |ctx| {
            let claim = if is_repeat {
                claim_another_create(&ctx, &found.event).await?.ok_or_else(conflict)?
            } else {
                found.event
            };
            create(&ctx, claim, &event, is_repeat).await?;
            // A person may have changed an event that was there already.
            if is_repeat {
                settle::current(&ctx, session).await.map(|(record, _)| record)
            } else {
                Ok(session.record())
            }
        })
        .await
        .map_err(BookingError::from)
    }

    /// Who takes the time, if it is free.
    async fn choose(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        request: &BookingRequest<'_>,
        situation: &Situation,
    ) -> Result<Choice, BookingError> {
        let (free, void) = self.free(call, configuration, situation, request.span, |_| true).await?;
        if configuration.is_round_robin() {
            let host = *free.first().ok_or(BookingError::SlotUnavailable)?;
            return Ok(Choice { organizer: host, members: vec![host], checked: vec![host], void });
        }
        let participants = configuration.participants;
        let organizer = participants.iter().position(|participant| participant.is_organizer);
        let organizer = organizer.ok_or_else(|| Problem::internal("a configuration without an organizer"))?;
        let members = (0..participants.len()).filter(|index| participants[*index].takes_part).collect();
        Ok(Choice { organizer, members, checked: free, void })
    }

    /// Who is free for a time, and the entries that were found not to count. `is_needed`: whose time matters, by index. Entries are
    /// examined only if they decide.
    pub(super) async fn free(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        situation: &Situation,
        span: TimeSpan,
        is_needed: impl Fn(usize) -> bool,
    ) -> Result<(Vec<usize>, Void), BookingError> {
        let entries = situation.entries(configuration);
        let check = |void: &Void| {
            let mut busy = situation.busy(configuration, void);
            for (_, busy) in busy.iter_mut().enumerate().filter(|(index, _)| !is_needed(*index)) {
                busy.clear();
            }
            configuration.rules.check(&situation.question(&busy), span)
        };
        let unavailable = || situation.failure().unwrap_or(BookingError::SlotUnavailable);
        let all: Void = entries.iter().map(|(member, entry)| (member.clone(), entry.key)).collect();
        let at_best = check(&all).map_err(|_| unavailable())?;
        if let Ok(free) = check(&Void::new())
            && free.first() == at_best.first()
        {
            return Ok((free, Void::new()));
        }
        let void = self.void_entries(call, &entries).await;
        let free = check(&void).map_err(|_| unavailable())?;
        Ok((free, void))
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
        let now = (self.timing.clock)();
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
            unfinished: None,
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
        let turn = configuration.is_round_robin().then(|| turn(situation, organizer));
        Hold { replay_keys: replay_keys.collect(), expected: None, days, turn, record }
    }

    /// The ledgers of everybody who must be free, on the days that the time touches with its buffers.
    pub(super) fn day_holds(
        &self,
        configuration: &Bookable<'_>,
        situation: &Situation,
        choice: &Choice,
        (id, record): (BookingId, &BookingRecord),
        time: BookedTime,
    ) -> Vec<DayHold> {
        let own: BTreeSet<_> = days(time.span).collect();
        let session = self.session_of(id, record.clone(), Ending::FOUND);
        let mut holds = Vec::new();
        for participant in &choice.checked {
            let member = &configuration.participants[*participant].address;
            let is_member = choice.members.contains(participant);
            for day in days(configuration.rules.widened(time.span)) {
                let read = situation.day(*participant, member, day);
                let entry = (is_member && own.contains(&day)).then(|| session.entry(record, time));
                // A young one may belong to a record that is about to follow its event.
                let old = read.entries.iter().filter(|entry| !entry.is_young(situation.now)).map(|entry| entry.key);
                let void = old.filter(|key| choice.void.contains(&(member.clone(), *key))).collect();
                holds.push(DayHold { read, entry, void });
            }
        }
        holds
    }
}

/// The event of a booking.
fn event(id: BookingId, record: &BookingRecord, request: &BookingRequest<'_>) -> NewEvent {
    let texts = (request.texts)(&Invitation { id, record });
    let attendees = if record.pending { Vec::new() } else { attendees(record, request.guests) };
    NewEvent {
        organizer: record.event.organizer.clone(),
        attendees,
        subject: texts.subject,
        body: texts.body,
        location: texts.location,
        online_meeting: record.online_meeting,
        tentative: record.pending,
        span: record.time.span,
    }
}

/// Who is invited: the members other than the organizer, and the guests.
pub fn attendees(record: &BookingRecord, guests: &[EmailAddress]) -> Vec<Attendee> {
    let members = record.members.iter().filter(|member| **member != record.event.organizer);
    let invited = members.chain(guests.iter().filter(|guest| **guest != record.event.organizer));
    merge_attendees(invited.map(|address| Attendee { address: address.clone().into(), required: true }))
}

/// The host's turn, which keeps the latest bookings.
fn turn(situation: &Situation, host: EmailAddress) -> TurnHold {
    let turn = situation.turns.iter().find(|turn| turn.host == host);
    let mut bookings = turn.map_or_else(Vec::new, |turn| turn.bookings.clone());
    bookings.sort_unstable_by_key(|(_, created_at)| std::cmp::Reverse(*created_at));
    let outdated = bookings.into_iter().skip(MAX_TURN_BOOKINGS - 1).map(|(booking, _)| booking).collect();
    TurnHold { host, outdated }
}

/// A random part of the wait before a claim that met other transactions is tried again. `None`: there is no time for it.
pub(super) fn contention_delay(call: &CallContext, attempt: u32) -> Option<Duration> {
    let delay = jittered(CONTENTION_DELAY * MAX_DELAY_FACTOR.min(attempt));
    (delay < call.deadline.remaining()).then_some(delay)
}

/// A random part of a time.
fn jittered(max: Duration) -> Duration {
    let [byte, ..] = *Uuid::new_v4().as_bytes();
    max * (u32::from(byte) + 1) / 256
}

/// Other requests kept this one from claiming anything until its time was over. Nothing is known about the slot.
pub(super) fn contended() -> SchedulingError {
    let message = "Too many bookings are being made at the same time. The same call may be repeated safely.";
    Problem::new(Kind::Unavailable, message).retry_after(Some(Duration::from_secs(2))).into()
}
