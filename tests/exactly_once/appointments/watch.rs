//! Checks that the record permits each calendar request before it is sent: the caller has the lock, and the copy has the state
//! for the request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use convene::{
    calendar::Request,
    domain::{EmailAddress, EventId},
    scheduling::records::{
        AppointmentRecords, RecordsError, Write,
        appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent},
        event::{Record, State},
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
        let own = self.holders.who(record.token) == Some(self.number);
        let locked = own && record.lock.as_ref().is_some_and(|lock| lock.expires > now());
        let record = record.apply_intent();
        let copy = |mailbox: &EmailAddress| record.copies.get(mailbox);
        let is = |told: bool, what| if told { Ok(()) } else { Err(what) };
        match request {
            Request::Read { .. } | Request::Find { .. } | Request::CheckMailbox { .. } => Ok(()),
            // What the record does not name may be deleted by anybody who has won the write that says so.
            Request::Delete { mailbox, event, .. } if copy(mailbox).is_some_and(|copy| is_double(copy, event)) => {
                Ok(())
            }
            _ if !locked => Err("a request without the lock"),
            Request::Create { event, transaction_id, .. } => is(
                copy(&event.organizer).is_some_and(|copy| {
                    copy.state == State::Creating && copy.incarnation == *transaction_id && copy.outstanding_creates > 0
                }),
                "a create that is not on record",
            ),
            Request::Change { mailbox, event, .. } => is(
                copy(mailbox).is_some_and(|copy| {
                    copy.state == State::Active && copy.event.as_ref() == Some(event) && copy.payload.is_none()
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
    async fn apply(
        &self,
        key: &AppointmentKey,
        request: &AppointmentRequest,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let token = match request {
            AppointmentRequest::Acquire { token, .. } => *token,
            AppointmentRequest::Replace { next, .. } => next.token,
        };
        self.holders.is(token, self.number);
        let before = self.item(key);
        let written = self.records.apply(key, request).await;
        match (request, &written, before) {
            (AppointmentRequest::Acquire { .. }, Ok(Write::Conflict(Some(met))), _) if met.token == token => {
                self.world.note("opened and met itself");
            }
            (
                AppointmentRequest::Replace { expected, .. },
                Ok(Write::Done(_)),
                Some(AppointmentRecord { token, lock: Some(lock), .. }),
            ) if token == *expected && self.holders.who(token) != Some(self.number) => {
                self.world.note(match lock.intent {
                    Some(Intent::Create(_)) => "took over a create",
                    Some(Intent::Update(_)) => "took over an update",
                    Some(Intent::Delete) => "took over a delete",
                    None => "took over what was under way",
                });
            }
            (AppointmentRequest::Replace { .. }, Ok(Write::Conflict(Some(met))), _) => {
                self.world.note(if met.token == token { "replaced and met itself" } else { "fenced out" });
            }
            _ => {}
        }
        written
    }
}
