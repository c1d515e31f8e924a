//! Records of appointments, as DynamoDB keeps them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use convene::scheduling::{
    appointments::record::{AppointmentKey, AppointmentRecord, AppointmentRecords, Hold, Purpose},
    record::{RecordsError, State, Write},
};
use uuid::Uuid;

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
        AppointmentRecord { hold: Some(_), .. } => "held",
        AppointmentRecord { hold: None, .. } => "free",
    }
}

/// A record as it is read again: a copy that is deleted is none, and no other tells of a deletion.
fn kept(mut record: AppointmentRecord) -> AppointmentRecord {
    record.copies.retain(|_, copy| copy.state != State::Deleted);
    for (mailbox, copy) in &mut record.copies {
        (copy.organizer, copy.deletion) = (mailbox.clone(), None);
    }
    record
}

#[async_trait]
impl AppointmentRecords for FakeAppointmentRecords {
    async fn open(
        &self,
        key: &AppointmentKey,
        attempt: Uuid,
        hold: &Hold,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let creates = matches!(hold.purpose, Some(Purpose::Create(_)));
        let label = match hold.purpose {
            Some(Purpose::Create(_)) => "open to create",
            Some(Purpose::Update(_)) => "open to update",
            Some(Purpose::Delete) => "open to delete",
            None => return Err(RecordsError::Internal("no purpose".to_owned())),
        };
        let (key, hold) = (key.clone(), hold.clone());
        let change = move |items: &mut Items| {
            let now = items.get(&key);
            let gives_way = match now {
                None => creates,
                Some(now) if now.attempt >= attempt => false,
                Some(now) if creates => now.is_over(),
                Some(now) => !now.is_over() && now.hold.is_none(),
            };
            let before = boxed(now);
            if !gives_way {
                return Write::Conflict(before);
            }
            let (copies, deleted_until) = now.map(|now| (now.copies.clone(), now.deleted_until)).unwrap_or_default();
            let opened = AppointmentRecord { attempt, hold: Some(hold.clone()), copies, deleted_until };
            items.insert(key.clone(), opened);
            Write::Done(before)
        };
        self.write(label, Box::new(change)).await
    }

    async fn replace(
        &self,
        key: &AppointmentKey,
        expected: Uuid,
        next: &AppointmentRecord,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let (key, next) = (key.clone(), kept(next.clone()));
        let label = format!("replace by {}", standing(&next));
        let change = move |items: &mut Items| {
            let now = items.get(&key);
            if now.is_none_or(|now| now.attempt != expected) {
                return Write::Conflict(boxed(now));
            }
            items.insert(key.clone(), next.clone());
            Write::Done(None)
        };
        self.write(&label, Box::new(change)).await
    }
}
