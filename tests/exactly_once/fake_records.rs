//! A record store with DynamoDB's semantics and DynamoDB's bad days: lost requests, lost answers with the SDK's repeat,
//! and repeats that arrive late.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    domain::EmailAddress,
    scheduling::record::{MeetingRecords, Record, RecordKey, RecordsError, State, Write},
};
use uuid::Uuid;

use crate::world::World;

/// Records in memory.
#[derive(Clone)]
pub struct FakeRecords {
    world: World,
    items: Arc<Mutex<BTreeMap<RecordKey, Record>>>,
}

type Change = Arc<dyn Fn(&mut BTreeMap<RecordKey, Record>) -> Write + Send + Sync>;

impl FakeRecords {
    pub fn new(world: World) -> Self {
        Self { world, items: Arc::default() }
    }

    /// Every record, for checking at the end.
    pub fn all(&self) -> Vec<(RecordKey, Record)> {
        self.items.lock().expect("not poisoned").iter().map(|(key, record)| (key.clone(), record.clone())).collect()
    }

    async fn write(&self, name: &str, change: Change) -> Result<Write, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        let apply = || change(&mut self.items.lock().expect("not poisoned"));
        if !self.world.fault() {
            let result = apply();
            self.world.say(|| format!("  store {name}: {}", brief(&result)));
            return Ok(result);
        }
        match self.world.below(5) {
            0 => {
                self.world.say(|| format!("  store {name}: never arrived"));
                Err(RecordsError("lost before".to_owned()))
            }
            1 => {
                let result = apply();
                self.world.say(|| format!("  store {name}: {}, answer lost for good", brief(&result)));
                Err(RecordsError("lost after".to_owned()))
            }
            2 => {
                // The answer is lost and the SDK repeats the request: it meets its own write.
                apply();
                tokio::time::sleep(Duration::from_millis(100)).await;
                let result = apply();
                self.world.say(|| format!("  store {name}: repeated, {}", brief(&result)));
                Ok(result)
            }
            3 => {
                // A first try that seemed lost arrives after the repeat of it.
                let late = Duration::from_millis(self.world.below(20_000));
                let (items, change, world) = (Arc::clone(&self.items), Arc::clone(&change), self.world.clone());
                let label = name.to_owned();
                tokio::spawn(async move {
                    tokio::time::sleep(late).await;
                    let result = change(&mut items.lock().expect("not poisoned"));
                    world.say(|| format!("  store {label}: late double, {}", brief(&result)));
                });
                Ok(apply())
            }
            _ => {
                tokio::time::sleep(Duration::from_secs(self.world.below(28))).await;
                let result = apply();
                self.world.say(|| format!("  store {name}: slow, {}", brief(&result)));
                Ok(result)
            }
        }
    }
}

fn brief(write: &Write) -> String {
    match write {
        Write::Done(_) => "done".to_owned(),
        Write::Conflict(None) => "conflict with nothing".to_owned(),
        Write::Conflict(Some(met)) => format!("conflict with {:?}", met.state),
    }
}

fn boxed(record: Option<&Record>) -> Option<Box<Record>> {
    record.map(|record| Box::new(record.clone()))
}

fn unchanged(now: Option<&Record>, expected: &Record) -> bool {
    now.is_some_and(|now| now.incarnation == expected.incarnation && now.attempt == expected.attempt)
}

#[async_trait]
impl MeetingRecords for FakeRecords {
    async fn read(&self, key: &RecordKey) -> Result<Option<Record>, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        if self.world.fault() && self.world.below(3) == 0 {
            return Err(RecordsError("lost".to_owned()));
        }
        Ok(self.items.lock().expect("not poisoned").get(key).cloned())
    }

    async fn claim(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        let (key, claim) = (key.clone(), claim.clone());
        let change = move |items: &mut BTreeMap<RecordKey, Record>| {
            let now = items.get(&key);
            if now.is_some_and(|now| now.state != State::Deleted || now.attempt >= claim.attempt) {
                return Write::Conflict(boxed(now));
            }
            Write::Done(items.insert(key.clone(), claim.clone()).map(Box::new))
        };
        self.write("claim", Arc::new(change)).await
    }

    async fn replace(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        let (key, expected, next) = (key.clone(), expected.clone(), next.clone());
        let label = format!("replace by {:?}", next.state);
        let change = move |items: &mut BTreeMap<RecordKey, Record>| {
            let now = items.get(&key);
            if !unchanged(now, &expected) {
                return Write::Conflict(boxed(now));
            }
            items.insert(key.clone(), next.clone());
            Write::Done(None)
        };
        self.write(&label, Arc::new(change)).await
    }

    async fn remove(&self, key: &RecordKey, expected: &Record) -> Result<Write, RecordsError> {
        let (key, expected) = (key.clone(), expected.clone());
        let change = move |items: &mut BTreeMap<RecordKey, Record>| {
            let now = items.get(&key);
            if !unchanged(now, &expected) {
                return Write::Conflict(boxed(now));
            }
            items.remove(&key);
            Write::Done(None)
        };
        self.write("remove", Arc::new(change)).await
    }

    async fn claim_delete(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        attempt: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        let (key, organizer) = (key.clone(), organizer.clone());
        let change = move |items: &mut BTreeMap<RecordKey, Record>| match items.get_mut(&key) {
            Some(now) if now.state == State::Active && now.organizer == organizer && now.attempt < attempt => {
                let before = now.clone();
                now.state = State::Deleting;
                now.attempt = attempt;
                now.claim_expires = claim_expires;
                Write::Done(Some(Box::new(before)))
            }
            now => Write::Conflict(boxed(now.as_deref())),
        };
        self.write("claim delete", Arc::new(change)).await
    }
}
