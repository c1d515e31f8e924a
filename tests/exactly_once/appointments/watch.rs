//! Sees to it that whatever is asked of the calendar is on record before: under a hold of the one who asks, and told of the
//! copy.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use convene::{
    calendar::{EventId, Request},
    domain::{EmailAddress, Fingerprint},
    scheduling::{
        appointments::record::{AppointmentKey, AppointmentRecord, AppointmentRecords, Hold, Purpose},
        record::{Record, RecordsError, State, Write},
    },
};
use uuid::Uuid;

use crate::{
    fake_appointments::FakeAppointmentRecords,
    fake_calendar::Watch,
    history::Number,
    world::{World, now},
};

/// Whose attempts these are.
#[derive(Clone, Default)]
pub struct Holders(Arc<Mutex<BTreeMap<Uuid, Number>>>);

impl Holders {
    fn is(&self, attempt: Uuid, number: Number) {
        self.0.lock().expect("not poisoned").insert(attempt, number);
    }

    /// Who made an attempt.
    pub fn who(&self, attempt: Uuid) -> Option<Number> {
        self.0.lock().expect("not poisoned").get(&attempt).copied()
    }
}

/// The records, as a call uses them.
pub struct Watched {
    pub world: World,
    pub records: FakeAppointmentRecords,
    pub holders: Holders,
    pub number: Number,
}

impl Watched {
    fn item(&self, key: &AppointmentKey) -> Option<AppointmentRecord> {
        self.records.items().get(key).cloned()
    }

    /// Who looks at each request before it is made.
    pub fn watch(&self, key: AppointmentKey) -> Watch {
        let this = Self {
            world: self.world.clone(),
            records: self.records.clone(),
            holders: self.holders.clone(),
            number: self.number,
        };
        Arc::new(move |request| {
            if let Err(what) = this.is_on_record(&key, request) {
                let record = this.item(&key);
                this.world.history.breaks(format!("{}: {what}: {request:?}, on record is {record:?}", this.number));
            }
        })
    }

    /// Whether the record says what a request is about to do. Reading is free.
    fn is_on_record(&self, key: &AppointmentKey, request: &Request) -> Result<(), &'static str> {
        let Some(record) = self.item(key) else {
            return if reads(request) { Ok(()) } else { Err("nothing is on record") };
        };
        let own = self.holders.who(record.attempt) == Some(self.number);
        let held = own && record.hold.as_ref().is_some_and(|hold| hold.until > now());
        let record = record.spelled_out();
        let copy = |mailbox: &EmailAddress| record.copies.get(mailbox);
        let is = |told: bool, what| if told { Ok(()) } else { Err(what) };
        match request {
            Request::Read { .. } | Request::Find { .. } | Request::CheckMailbox { .. } => Ok(()),
            // What the record does not name may be deleted by anybody who has won the write that says so.
            Request::Delete { mailbox, event } if copy(mailbox).is_some_and(|copy| is_double(copy, event)) => Ok(()),
            _ if !held => Err("a request of one who does not hold the id"),
            Request::Create { event, transaction_id, .. } => is(
                copy(&event.organizer).is_some_and(|copy| {
                    copy.state == State::Creating && copy.incarnation == *transaction_id && copy.unanswered > 0
                }),
                "a create that is not on record",
            ),
            Request::Change { mailbox, event, .. } => is(
                copy(mailbox).is_some_and(|copy| {
                    copy.state == State::Active
                        && copy.event.as_ref() == Some(event)
                        && copy.payload == Fingerprint::in_doubt()
                }),
                "a change that is not on record",
            ),
            Request::Delete { mailbox, .. } => {
                is(copy(mailbox).is_some_and(|copy| copy.state == State::Deleting), "a delete that is not on record")
            }
        }
    }
}

fn reads(request: &Request) -> bool {
    matches!(request, Request::Read { .. } | Request::Find { .. } | Request::CheckMailbox { .. })
}

fn is_double(copy: &Record, id: &EventId) -> bool {
    copy.state == State::Active && copy.event.as_ref().is_some_and(|event| event != id)
}

#[async_trait]
impl AppointmentRecords for Watched {
    async fn open(
        &self,
        key: &AppointmentKey,
        attempt: Uuid,
        hold: &Hold,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        self.holders.is(attempt, self.number);
        let written = self.records.open(key, attempt, hold).await;
        if let Ok(Write::Conflict(Some(met))) = &written
            && met.attempt == attempt
        {
            self.world.note("opened and met itself");
        }
        written
    }

    async fn replace(
        &self,
        key: &AppointmentKey,
        expected: Uuid,
        next: &AppointmentRecord,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        self.holders.is(next.attempt, self.number);
        let before = self.item(key);
        let written = self.records.replace(key, expected, next).await;
        match (&written, before) {
            (Ok(Write::Done(_)), Some(AppointmentRecord { attempt, hold: Some(hold), .. }))
                if attempt == expected && self.holders.who(attempt) != Some(self.number) =>
            {
                self.world.note(match hold.purpose {
                    Some(Purpose::Create(_)) => "took over a create",
                    Some(Purpose::Update(_)) => "took over an update",
                    Some(Purpose::Delete) => "took over a delete",
                    None => "took over what was under way",
                });
            }
            (Ok(Write::Conflict(Some(met))), _) => {
                self.world.note(if met.attempt == next.attempt { "replaced and met itself" } else { "fenced out" });
            }
            _ => {}
        }
        written
    }
}
