//! Records of appointments, as DynamoDB keeps them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use convene::scheduling::records::{
    AppointmentRecords, RecordsError, Write,
    appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent},
    event::State,
};

use crate::fake_store::{FakeStore, Stored, boxed};

type Items = BTreeMap<AppointmentKey, AppointmentRecord>;

/// Records of appointments.
///
/// A script knows the writes as `open to create`, `open to update`, `open to delete`, and by what is to stand afterwards:
/// `replace by held`, `replace by free`, `replace by over`.
pub type FakeAppointmentRecords = FakeStore<AppointmentKey, AppointmentRecord>;

impl Stored for AppointmentRecord {
    fn brief(&self) -> String {
        format!("{} of {} copies", standing(self), self.copies.len())
    }
}

fn standing(record: &AppointmentRecord) -> &'static str {
    match record {
        record if record.is_over() => "over",
        AppointmentRecord { lock: Some(_), .. } => "held",
        AppointmentRecord { lock: None, .. } => "free",
    }
}

/// A record as it is read again: a copy that is deleted is none, and no other has a deletion or an end of its own.
fn kept(mut record: AppointmentRecord) -> AppointmentRecord {
    record.copies.retain(|_, copy| copy.state != State::Deleted);
    for (mailbox, copy) in &mut record.copies {
        (copy.organizer, copy.ends_at, copy.deletion) = (mailbox.clone(), None, None);
    }
    record
}

#[async_trait]
impl AppointmentRecords for FakeAppointmentRecords {
    async fn apply(
        &self,
        key: &AppointmentKey,
        request: &AppointmentRequest,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let label = match request {
            AppointmentRequest::Acquire { lock, .. } => match lock.intent {
                Some(Intent::Create(_)) => "open to create".to_owned(),
                Some(Intent::Update(_)) => "open to update".to_owned(),
                Some(Intent::Delete) => "open to delete".to_owned(),
                None => return Err(RecordsError::Internal("no intent".to_owned())),
            },
            AppointmentRequest::Replace { next, .. } => format!("replace by {}", standing(&kept((**next).clone()))),
        };
        let (key, request) = (key.clone(), request.clone());
        self.write(&label, Box::new(move |items: &mut Items| apply(items, &key, &request))).await
    }
}

/// What a write does, as DynamoDB does it.
fn apply(items: &mut Items, key: &AppointmentKey, request: &AppointmentRequest) -> Write<AppointmentRecord> {
    let now = items.get(key);
    let before = boxed(now);
    match request {
        AppointmentRequest::Acquire { token, lock } => {
            let creates = matches!(lock.intent, Some(Intent::Create(_)));
            let gives_way = match now {
                None => creates,
                Some(now) if now.token >= *token => false,
                Some(now) if creates => now.is_over(),
                Some(now) => !now.is_over() && now.lock.is_none(),
            };
            if !gives_way {
                return Write::Conflict(before);
            }
            let now = now.cloned().unwrap_or_default();
            let ends_at = now.ends_at.filter(|_| !creates);
            let locked = AppointmentRecord { token: *token, lock: Some(lock.clone()), ends_at, ..now };
            items.insert(key.clone(), locked);
            Write::Done(before)
        }
        AppointmentRequest::Replace { expected, next } => {
            if now.is_none_or(|now| now.token != *expected) {
                return Write::Conflict(before);
            }
            items.insert(key.clone(), kept((**next).clone()));
            Write::Done(None)
        }
    }
}
