//! A record store with DynamoDB's semantics and DynamoDB's bad days: lost requests, lost answers with the SDK's repeat,
//! and writes that arrive late.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use convene::{
    domain::EmailAddress,
    scheduling::record::{MeetingRecords, Record, RecordKey, RecordsError, State, Write},
};
use uuid::Uuid;

use crate::{
    history::Number,
    world::{World, now},
};

type Items = BTreeMap<RecordKey, Record>;
type Change = Box<dyn Fn(&mut Items) -> Write + Send + Sync>;

/// What becomes of a write.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Fine,
    /// It never arrives.
    Lost,
    /// It is carried out, and its answer is lost for good.
    Unanswered,
    /// Its answer is lost and the SDK repeats it: it meets itself.
    Repeated,
    /// A first try that seemed lost arrives after the repeat of it, by so much.
    LateDouble(Duration),
    /// It is carried out so much later, whether or not anybody waits for it.
    Slow(Duration),
}

/// Records in memory.
#[derive(Clone)]
pub struct FakeRecords {
    world: World,
    items: Arc<Mutex<Items>>,
    script: Arc<Mutex<VecDeque<(String, Fate)>>>,
    caller: Option<Number>,
}

impl FakeRecords {
    pub fn new(world: World) -> Self {
        Self { world, items: Arc::default(), script: Arc::default(), caller: None }
    }

    /// The records, as a call uses them.
    pub fn used_by(&self, caller: Number) -> Self {
        Self { caller: Some(caller), ..self.clone() }
    }

    /// Every record, to look at or to tamper with.
    pub fn items(&self) -> MutexGuard<'_, BTreeMap<RecordKey, Record>> {
        self.items.lock().expect("not poisoned")
    }

    /// Decides what becomes of the next write of a kind.
    pub fn script(&self, write: &str, fate: Fate) {
        self.script.lock().expect("not poisoned").push_back((write.to_owned(), fate));
    }

    fn fate(&self, write: &str) -> Fate {
        let mut script = self.script.lock().expect("not poisoned");
        if let Some(place) = script.iter().position(|(name, _)| name == write) {
            return script.remove(place).expect("it is there").1;
        }
        if !self.world.fault() {
            return Fate::Fine;
        }
        match self.world.below(5) {
            0 => Fate::Lost,
            1 => Fate::Unanswered,
            2 => Fate::Repeated,
            3 => Fate::LateDouble(self.world.time_below(Duration::from_secs(20))),
            _ => Fate::Slow(self.world.time_below(Duration::from_secs(28))),
        }
    }

    async fn write(&self, name: &str, change: Change) -> Result<Write, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        let fate = self.fate(name);
        let apply = |how: &str| {
            let result = change(&mut self.items());
            self.world.say(|| format!("  store {name}: {}{how}", brief(&result)));
            result
        };
        match fate {
            Fate::Fine => Ok(apply("")),
            Fate::Lost => {
                self.world.say(|| format!("  store {name}: never arrived"));
                Err(RecordsError("lost before".to_owned()))
            }
            Fate::Unanswered => {
                apply(", answer lost for good");
                Err(RecordsError("lost after".to_owned()))
            }
            Fate::Repeated => {
                apply(", answer lost");
                tokio::time::sleep(Duration::from_millis(100)).await;
                Ok(apply(", repeated"))
            }
            Fate::LateDouble(late) => {
                let result = apply("");
                // What was carried out must not be carried out again. What met another's claim may be, instead of not at all.
                if matches!(result, Write::Conflict(_)) {
                    self.open_until(now() + late);
                }
                drop(self.later(name.to_owned(), late, change));
                Ok(result)
            }
            Fate::Slow(late) => {
                self.open_until(now() + late);
                Ok(self.later(name.to_owned(), late, change).await.expect("it does not panic"))
            }
        }
    }

    fn open_until(&self, time: DateTime<Utc>) {
        if let Some(caller) = self.caller {
            self.world.history.record_open_until(caller, time);
        }
    }

    /// Carries a write out later, whatever becomes of its sender.
    fn later(&self, name: String, late: Duration, change: Change) -> tokio::task::JoinHandle<Write> {
        let records = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            let result = change(&mut records.items());
            records.world.say(|| format!("  store {name}: {} after {late:?}", brief(&result)));
            result
        })
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
