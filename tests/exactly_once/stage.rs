//! Where calls are made: a store and a calendar in one world, and the real use cases over them.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, TimeZone, Utc};
use convene::scheduling::SchedulingError;
use convene::{
    CallContext, Clock,
    call::Deadline,
    domain::{Attendee, EmailAddress, EventChange, ExternalId, NewEvent, TenantId, TimeSpan},
    scheduling::{
        Timing,
        meetings::MeetingScheduler,
        records::event::{EventKind, Record, RecordKey},
    },
};

use crate::{
    error_kind::Kind,
    fake_calendar::{FakeCalendar, address},
    fake_records::FakeRecords,
    history::{Ask, Key, Number, Place, Wish, changed, subject},
    world::{World, now},
};

/// How long after an ambiguous answer an event may still appear.
pub const DOUBT_WINDOW: Duration = Duration::from_mins(2);
/// When Lambda kills an invocation.
pub const KILLED_AFTER: Duration = Duration::from_secs(29);
/// When the edge answers for a handler that does not.
pub const ANSWERED_BY: Duration = Duration::from_secs(25);
/// How often a call is repeated that is told to come back.
const MOST_REPEATS: usize = 6;
/// Whose meetings they are.
const ORGANIZER: usize = 0;

/// One world and what is in it.
#[derive(Clone)]
pub struct Stage {
    pub world: World,
    pub calendar: FakeCalendar,
    pub records: FakeRecords,
}

impl Stage {
    pub fn new(world: World) -> Self {
        Self { calendar: FakeCalendar::new(world.clone()), records: FakeRecords::new(world.clone()), world }
    }

    /// A call that nobody kills.
    pub async fn call(&self, key: Key, ask: Ask) -> Result<Option<String>, SchedulingError> {
        self.call_within(ANSWERED_BY, key, ask).await.unwrap_or_else(|| Err(convene::Problem::timed_out().into()))
    }

    /// A call whose process has so much time to live. `None`: it died.
    pub async fn call_within(
        &self,
        life: Duration,
        key: Key,
        ask: Ask,
    ) -> Option<Result<Option<String>, SchedulingError>> {
        let number = self.world.history.begins([(place(key), Wish::Meeting(ask))]);
        self.world.say(|| format!("{number}: {ask:?} of {key:?} begins, to live for {life:?}"));
        let answer = tokio::time::timeout(life, self.perform(number, key, ask)).await.ok();
        self.world.say(|| format!("{number}: {ask:?} of {key:?}: {answer:?}"));
        match &answer {
            None => self.world.history.dies(number),
            Some(answer) => {
                let answer = answer.clone().map_err(|error| Kind::of(&error));
                self.world.history.is_answered(number, vec![Some(answer)]);
            }
        }
        answer
    }

    async fn perform(&self, number: Number, key: Key, ask: Ask) -> Result<Option<String>, SchedulingError> {
        let scheduler = MeetingScheduler {
            tenant: tenant_id(key),
            records: Arc::new(self.records.used_by(number)),
            calendar: Arc::new(self.calendar.used_by(number, key)),
            timing: timing(),
        };
        let call = CallContext::new(Deadline::after(KILLED_AFTER, now()));
        let id = external_id(key);
        match ask {
            Ask::Schedule(content) => scheduler.schedule(&call, &id, &meeting(key, content)).await.map(|_| None),
            Ask::Cancel => scheduler.cancel(&call, &id, &organizer()).await.map(|()| None),
            Ask::Read => scheduler.read(&call, &id, &organizer()).await.map(|event| Some(event.subject)),
            Ask::Update => {
                let subject = Some(changed(number).into());
                // An update that names an end reads the record by a write.
                let span = number
                    .is_multiple_of(2)
                    .then(|| span(chrono::Duration::minutes(i64::try_from(number).expect("few calls"))));
                let (start, end) = (span.map(|span| span.start()), span.map(|span| span.end()));
                let change = EventChange { subject, start, end, ..EventChange::default() };
                scheduler.update(&call, &id, &organizer(), &change).await.map(|_| None)
            }
        }
    }

    /// Repeats a call as its answers ask, until it is decided. `None`: it never is.
    pub async fn until_decided(&self, key: Key, ask: Ask) -> Option<Result<Option<String>, SchedulingError>> {
        for _ in 0..MOST_REPEATS {
            match self.call(key, ask).await {
                Err(error) if Kind::of(&error) == Kind::InProgress => {
                    tokio::time::sleep(error.retry_after().unwrap_or(Duration::from_secs(1))).await;
                }
                answer => return Some(answer),
            }
        }
        None
    }

    /// A meeting's record.
    pub fn record(&self, key: Key) -> Option<Record> {
        let key = RecordKey { tenant: tenant_id(key), id: external_id(key), kind: EventKind::Meeting };
        self.records.items().get(&key).cloned()
    }

    /// The contents of a meeting's live events.
    pub fn contents(&self, key: Key) -> Vec<u64> {
        self.calendar.live(place(key)).iter().map(|entry| entry.content).collect()
    }
}

pub fn timing() -> Timing {
    Timing { doubt_window: DOUBT_WINDOW, tombstone_life: TimeDelta::days(30), clock: Clock::new(now) }
}

/// Where a meeting's event is.
pub fn place(key: Key) -> Place {
    Place { key, mailbox: ORGANIZER }
}

pub fn tenant_id(key: Key) -> TenantId {
    TenantId::new(key.tenant).expect("a valid name")
}

pub fn external_id(key: Key) -> ExternalId {
    ExternalId::new(format!("meeting-{}", key.id)).expect("a valid id")
}

/// The same for everybody, so that nothing but the product keeps tenants apart.
fn organizer() -> EmailAddress {
    address(ORGANIZER)
}

fn meeting(key: Key, content: u64) -> NewEvent {
    NewEvent {
        organizer: organizer(),
        attendees: vec![Attendee { address: "attendee1@contoso.com".parse().expect("valid"), required: true }],
        subject: subject(key, content).into(),
        body: "".into(),
        location: "room 1".into(),
        online_meeting: false,
        tentative: false,
        hides_attendees: false,
        span: span(chrono::Duration::zero()),
    }
}

/// An hour, so much later than where a meeting is created.
fn span(later: chrono::Duration) -> TimeSpan {
    let start = Utc.with_ymd_and_hms(2026, 3, 1, 10, 0, 0).single().expect("a valid time") + later;
    TimeSpan::new(start, start + chrono::Duration::hours(1)).expect("a span")
}
