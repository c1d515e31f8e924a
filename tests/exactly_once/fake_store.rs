//! DynamoDB's semantics and DynamoDB's bad days, whatever is stored: lost requests, lost answers with the SDK's repeat, and
//! writes that arrive late.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, Utc};
use convene::scheduling::records::{RecordsError, Write};

use crate::{
    history::Number,
    world::{World, now},
};

/// What a write does once it is carried out, however often that is.
pub type Change<K, T> = Box<dyn Fn(&mut BTreeMap<K, T>) -> Write<T> + Send + Sync>;

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

/// What is stored.
pub trait Stored: Clone + Send + Sync + 'static {
    /// What a trace says of it.
    fn brief(&self) -> String;
}

/// Records in memory.
#[derive(Clone)]
pub struct FakeStore<K, T> {
    pub world: World,
    items: Arc<Mutex<BTreeMap<K, T>>>,
    script: Arc<Mutex<VecDeque<(String, Fate)>>>,
    caller: Option<Number>,
}

impl<K: Ord + Clone + Send + Sync + 'static, T: Stored> FakeStore<K, T> {
    pub fn new(world: World) -> Self {
        Self { world, items: Arc::default(), script: Arc::default(), caller: None }
    }

    /// The records, as a call uses them.
    pub fn used_by(&self, caller: Number) -> Self {
        Self { caller: Some(caller), ..self.clone() }
    }

    /// Every record, to look at or to tamper with.
    pub fn items(&self) -> MutexGuard<'_, BTreeMap<K, T>> {
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

    /// Sends a write to its fate.
    pub async fn write(&self, name: &str, change: Change<K, T>) -> Result<Write<T>, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        let fate = self.fate(name);
        if let Some(caller) = self.caller.filter(|_| !matches!(fate, Fate::Fine)) {
            self.world.history.is_unclear(caller);
        }
        let apply = |how: &str| {
            let result = change(&mut self.items());
            self.world.say(|| format!("  store {name}: {}{how}", brief(&result)));
            result
        };
        match fate {
            Fate::Fine => Ok(apply("")),
            Fate::Lost => {
                self.world.say(|| format!("  store {name}: never arrived"));
                Err(RecordsError::Unavailable("lost before".to_owned()))
            }
            Fate::Unanswered => {
                apply(", answer lost for good");
                Err(RecordsError::Unavailable("lost after".to_owned()))
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
    fn later(&self, name: String, late: Duration, change: Change<K, T>) -> tokio::task::JoinHandle<Write<T>> {
        let records = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            let result = change(&mut records.items());
            records.world.say(|| format!("  store {name}: {} after {late:?}", brief(&result)));
            result
        })
    }
}

fn brief<T: Stored>(write: &Write<T>) -> String {
    match write {
        Write::Done(_) => "done".to_owned(),
        Write::Conflict(None) => "conflict with nothing".to_owned(),
        Write::Conflict(Some(met)) => format!("conflict with {}", met.brief()),
    }
}

/// A record as a write tells it.
pub fn boxed<T: Clone>(record: Option<&T>) -> Option<Box<T>> {
    record.map(|record| Box::new(record.clone()))
}
