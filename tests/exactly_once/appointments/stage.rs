//! Where calls for appointments are made: a store and a calendar in one world, and the real use cases over them.

use std::{sync::Arc, time::Duration};

use chrono::{TimeZone, Utc};
use convene::{
    CallContext,
    call::Deadline,
    domain::{Appointment, EmailAddress, TimeSpan},
    scheduling::{
        appointments::{AppointmentScheduler, MailboxResults},
        records::appointment::{AppointmentKey, AppointmentRecord},
    },
};
use futures_util::FutureExt as _;

use super::{
    ask::{Act, Asked, MAILBOXES},
    watch::{Holders, Watched},
};
use crate::{
    error_kind::Kind,
    fake_appointments::FakeAppointmentRecords,
    fake_calendar::{FakeCalendar, address},
    history::{Key, Number, Place, body, subject},
    stage::{ANSWERED_BY, KILLED_AFTER, external_id, tenant_id, timing},
    world::{World, now},
};

/// How often a call is repeated that is told to come back.
const MOST_REPEATS: usize = 8;

/// One world and what is in it.
#[derive(Clone)]
pub struct Stage {
    pub world: World,
    pub calendar: FakeCalendar,
    pub records: FakeAppointmentRecords,
    holders: Holders,
}

impl Stage {
    pub fn new(world: World) -> Self {
        let (calendar, records) = (FakeCalendar::new(world.clone()), FakeAppointmentRecords::new(world.clone()));
        Self { world, calendar, records, holders: Holders::default() }
    }

    /// A call whose process is not killed. It must return in time.
    pub async fn call(&self, key: Key, asked: &Asked) -> MailboxResults {
        self.call_within(ANSWERED_BY, key, asked).await.expect("a call returns in time")
    }

    /// A call whose process is killed after `life`. `None`: the call had not returned by then.
    pub async fn call_within(&self, life: Duration, key: Key, asked: &Asked) -> Option<MailboxResults> {
        let history = &self.world.history;
        let number = history.begins(asked.wishes(key));
        self.world.say(|| format!("{number}: {asked:?} of {key:?} begins, to live for {life:?}"));
        let results = tokio::time::timeout(life, self.perform(number, key, asked).boxed()).await.ok();
        self.world.say(|| format!("{number}: {asked:?} of {key:?}: {results:?}"));
        match &results {
            None => {
                self.note_death(number, key, asked);
                history.dies(number);
            }
            Some(rows) => {
                if rows.len() != asked.mailboxes.len() {
                    history.breaks(format!("{number}: {asked:?} is answered by {rows:?}"));
                }
                history.is_answered(number, asked.answers(rows));
            }
        }
        results
    }

    async fn perform(&self, number: Number, key: Key, asked: &Asked) -> MailboxResults {
        let records = Watched {
            world: self.world.clone(),
            records: self.records.used_by(number),
            holders: self.holders.clone(),
            number,
        };
        let watch = records.watch(record_key(key));
        let scheduler = AppointmentScheduler {
            tenant: tenant_id(key),
            records: Arc::new(records),
            calendar: Arc::new(self.calendar.used_by(number, key).watched_by(watch)),
            timing: timing(),
        };
        let call = CallContext::new(Deadline::after(KILLED_AFTER, now()));
        let id = external_id(key);
        let mailboxes: Vec<EmailAddress> = asked.mailboxes.iter().map(|mailbox| spelled(number, *mailbox)).collect();
        match asked.act {
            Act::Create(content) => scheduler.create(&call, &id, &appointment(key, content), &mailboxes).await,
            Act::Update(content) => scheduler.update(&call, &id, &appointment(key, content), &mailboxes).await,
            Act::Delete => scheduler.delete(&call, &id, &mailboxes).await,
        }
    }

    /// Repeats a call while a result asks for it. `None`: each repeat did.
    pub async fn until_decided(&self, key: Key, asked: &Asked) -> Option<MailboxResults> {
        for _ in 0..MOST_REPEATS {
            let results = self.call(key, asked).await;
            let waits: Vec<Duration> = results
                .iter()
                .filter_map(|row| row.as_ref().err())
                .filter(|error| Kind::of(error) == Kind::InProgress)
                .map(|problem| problem.retry_after().unwrap_or(Duration::from_secs(1)))
                .collect();
            match waits.into_iter().max() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Some(results),
            }
        }
        None
    }

    /// An appointment's record.
    pub fn record(&self, key: Key) -> Option<AppointmentRecord> {
        self.records.items().get(&record_key(key)).cloned()
    }

    /// What the live copies say, mailbox by mailbox.
    pub fn contents(&self, key: Key) -> [Vec<u64>; MAILBOXES] {
        let contents = |mailbox| {
            let live = self.calendar.live(Place { key, mailbox });
            live.iter().map(|entry| entry.content).collect()
        };
        std::array::from_fn(contents)
    }

    /// How far a call came that dies now.
    fn note_death(&self, number: Number, key: Key, asked: &Asked) {
        let own = self.record(key).filter(|record| self.holders.who(record.token) == Some(number));
        let Some(lock) = own.and_then(|record| record.lock) else { return };
        let reached = self.world.history.reached(number);
        let name = asked.name();
        self.world.note(match lock.intent {
            None => format!("{name} crashed with its intent applied to the record"),
            Some(_) if reached == 0 => format!("{name} crashed after acquiring the lock"),
            Some(_) if reached < asked.mailboxes.len() => format!("{name} crashed between batches"),
            Some(_) => format!("{name} crashed with all done"),
        });
    }
}

pub fn record_key(key: Key) -> AppointmentKey {
    AppointmentKey { tenant: tenant_id(key), id: external_id(key) }
}

/// An address as some caller writes it.
fn spelled(number: Number, mailbox: usize) -> EmailAddress {
    let address = address(mailbox);
    if number.is_multiple_of(2) {
        address
    } else {
        address.as_written().to_uppercase().parse().expect("a valid address")
    }
}

fn appointment(key: Key, content: u64) -> Appointment {
    let start = Utc.with_ymd_and_hms(2026, 3, 1, 10, 0, 0).single().expect("a valid time");
    Appointment {
        subject: subject(key, content).into(),
        body: body(content).into(),
        location: "room 1".into(),
        span: TimeSpan::new(start, start + chrono::Duration::hours(1)).expect("a span"),
    }
}
