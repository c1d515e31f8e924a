//! Records of meetings, as DynamoDB keeps them.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    domain::EmailAddress,
    scheduling::record::{MeetingRecords, Record, RecordKey, RecordsError, State, Write},
};
use uuid::Uuid;

pub use crate::fake_store::Fate;
use crate::fake_store::{FakeStore, Stored, boxed};

type Items = BTreeMap<RecordKey, Record>;

/// Records of meetings.
pub type FakeRecords = FakeStore<RecordKey, Record>;

impl Stored for Record {
    fn brief(&self) -> String {
        format!("{:?}", self.state)
    }
}

fn unchanged(now: Option<&Record>, expected: &Record) -> bool {
    now.is_some_and(|now| now.incarnation == expected.incarnation && now.attempt == expected.attempt)
}

#[async_trait]
impl MeetingRecords for FakeRecords {
    async fn read(&self, key: &RecordKey) -> Result<Option<Record>, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        if self.world.fault() && self.world.below(3) == 0 {
            return Err(RecordsError::Unavailable("lost".to_owned()));
        }
        Ok(self.items().get(key).cloned())
    }

    async fn claim(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        let (key, claim) = (key.clone(), claim.clone());
        let change = move |items: &mut Items| {
            let now = items.get(&key);
            if now.is_some_and(|now| now.state != State::Deleted || now.attempt >= claim.attempt) {
                return Write::Conflict(boxed(now));
            }
            let deletion = claim.deletion.clone().or_else(|| now.and_then(|now| now.deletion.clone()));
            Write::Done(items.insert(key.clone(), Record { deletion, ..claim.clone() }).map(Box::new))
        };
        self.write("claim", Box::new(change)).await
    }

    async fn replace(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        let (key, expected, next) = (key.clone(), expected.clone(), next.clone());
        let label = format!("replace by {:?}", next.state);
        let change = move |items: &mut Items| {
            let now = items.get(&key);
            if !unchanged(now, &expected) {
                return Write::Conflict(boxed(now));
            }
            items.insert(key.clone(), next.clone());
            Write::Done(None)
        };
        self.write(&label, Box::new(change)).await
    }

    async fn remove(&self, key: &RecordKey, expected: &Record) -> Result<Write, RecordsError> {
        let (key, expected) = (key.clone(), expected.clone());
        let change = move |items: &mut Items| match items.get_mut(&key) {
            Some(now) if unchanged(Some(now), &expected) => {
                let before = now.clone();
                *now = Record { state: State::Deleted, event: None, unsettled_until: None, ..before.clone() };
                Write::Done(Some(Box::new(before)))
            }
            now => Write::Conflict(boxed(now.as_deref())),
        };
        self.write("remove", Box::new(change)).await
    }

    async fn claim_delete(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        attempt: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        let (key, organizer) = (key.clone(), organizer.clone());
        let change = move |items: &mut Items| match items.get_mut(&key) {
            Some(now) if now.state == State::Active && now.organizer == organizer && now.attempt < attempt => {
                let before = now.clone();
                now.state = State::Deleting;
                now.attempt = attempt;
                now.claim_expires = claim_expires;
                Write::Done(Some(Box::new(before)))
            }
            now => Write::Conflict(boxed(now.as_deref())),
        };
        self.write("claim delete", Box::new(change)).await
    }
}
