//! Records of bookings, the ledger, turns and replay keys, as DynamoDB keeps them, on its bad days.

use std::{
    collections::{BTreeMap, VecDeque, btree_map},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use convene::{
    domain::{BookingId, ConfigurationId, EmailAddress, TenantId, TimeSpan},
    scheduling::records::{
        BookingRecords, Consistency, RecordsError, Write,
        booking::{
            BookingClaim, BookingKey, BookingRecord, Conflicts, Held, Hold, HoldCheck, LedgerEdit, Replay, ReplayKey,
            Turn,
        },
        ledger::{Entry, EntryKey, LedgerDay, days},
    },
};
use uuid::Uuid;

use crate::world::World;

/// A member's ledger of a day.
#[derive(Debug, Clone, Default)]
struct Day {
    version: Option<Uuid>,
    entries: BTreeMap<EntryKey, Entry>,
}

/// Everything that is stored.
#[derive(Debug, Clone, Default)]
pub struct Items {
    pub bookings: BTreeMap<BookingKey, BookingRecord>,
    /// Every time that was ever claimed, and for whom.
    pub claimed: Vec<(Vec<EmailAddress>, TimeSpan)>,
    days: BTreeMap<(TenantId, EmailAddress, NaiveDate), Day>,
    turns: BTreeMap<(TenantId, ConfigurationId, EmailAddress), BTreeMap<BookingId, DateTime<Utc>>>,
    replays: BTreeMap<(TenantId, ReplayKey), Replay>,
    /// The version of each configuration.
    pub configurations: BTreeMap<ConfigurationId, Uuid>,
    /// When each session ends, in seconds since 1970, by its hash.
    pub sessions: BTreeMap<String, i64>,
}

impl Items {
    fn holds(&self, check: &HoldCheck, now: DateTime<Utc>) -> bool {
        match check {
            HoldCheck::Configuration { id, version } => self.configurations.get(id) == Some(version),
            HoldCheck::Session { hash } => self.sessions.get(hash).is_some_and(|end| *end > now.timestamp()),
        }
    }
}

/// The store.
#[derive(Clone)]
pub struct FakeBookings {
    world: World,
    items: Arc<Mutex<Items>>,
    script: Arc<Mutex<VecDeque<(&'static str, StoreFate)>>>,
}

/// What becomes of a write.
#[derive(Debug, Clone, Copy)]
pub enum StoreFate {
    /// It is carried out so much later, even if its sender has died.
    Slow(Duration),
    /// It is carried out at once, and again so much later.
    Repeated(Duration),
    /// Other transactions are writing the same items. Only for a hold.
    Contended,
}

/// What a write does once it is carried out, however often that is.
type Change<T> = Box<dyn Fn(&mut Items) -> T + Send + Sync>;

impl FakeBookings {
    pub fn new(world: World) -> Self {
        Self { world, items: Arc::default(), script: Arc::default() }
    }

    /// Decides what becomes of the next write whose name contains this.
    pub fn script(&self, write: &'static str, fate: StoreFate) {
        self.script.lock().expect("not poisoned").push_back((write, fate));
    }

    /// The items of all days end.
    pub fn forget_days(&self) {
        self.items().days.clear();
    }

    fn scripted(&self, name: &str, is_it: impl Fn(StoreFate) -> bool) -> Option<StoreFate> {
        let mut script = self.script.lock().expect("not poisoned");
        let place = script.iter().position(|(part, fate)| name.contains(part) && is_it(*fate))?;
        script.remove(place).map(|(_, fate)| fate)
    }

    pub fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().expect("not poisoned")
    }

    async fn read_with<T>(&self, read: impl FnOnce(&Items) -> T) -> Result<T, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        if self.world.fault() && self.world.below(3) == 0 {
            return Err(RecordsError::Unavailable("lost".to_owned()));
        }
        Ok(read(&self.items()))
    }

    /// Sends a write to its fate.
    async fn write<T: Send + 'static + std::fmt::Debug>(
        &self,
        name: &str,
        change: Change<T>,
    ) -> Result<T, RecordsError> {
        self.world.pause(Duration::from_millis(20)).await;
        let apply = |how: &str| {
            let result = change(&mut self.items());
            self.world.say(|| format!("  store {name}: {result:?}{how}"));
            result
        };
        match self.scripted(name, |fate| !matches!(fate, StoreFate::Contended)) {
            Some(StoreFate::Slow(delay)) => {
                return Ok(self.after(name, delay, change).await.expect("it does not panic"));
            }
            Some(StoreFate::Repeated(delay)) => {
                let result = apply("");
                drop(self.after(name, delay, change));
                return Ok(result);
            }
            _ => {}
        }
        if !self.world.fault() {
            return Ok(apply(""));
        }
        match self.world.below(5) {
            0 => Err(RecordsError::Unavailable("lost before".to_owned())),
            1 => {
                apply(", answer lost for good");
                Err(RecordsError::Unavailable("lost after".to_owned()))
            }
            2 => {
                apply(", answer lost");
                tokio::time::sleep(Duration::from_millis(100)).await;
                Ok(apply(", repeated"))
            }
            3 => {
                let result = apply("");
                drop(self.later(name, Duration::from_secs(20), change));
                Ok(result)
            }
            _ => Ok(self.later(name, Duration::from_secs(28), change).await.expect("it does not panic")),
        }
    }

    /// Carries a write out later, whatever becomes of its sender.
    fn later<T: Send + 'static + std::fmt::Debug>(
        &self,
        name: &str,
        most: Duration,
        change: Change<T>,
    ) -> tokio::task::JoinHandle<T> {
        self.after(name, self.world.time_below(most), change)
    }

    fn after<T: Send + 'static + std::fmt::Debug>(
        &self,
        name: &str,
        late: Duration,
        change: Change<T>,
    ) -> tokio::task::JoinHandle<T> {
        let (store, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            let result = change(&mut store.items());
            store.world.say(|| format!("  store {name}: {result:?} after {late:?}"));
            result
        })
    }
}

#[async_trait]
impl BookingRecords for FakeBookings {
    async fn read(&self, key: &BookingKey) -> Result<Option<Box<BookingRecord>>, RecordsError> {
        self.read_with(|items| items.bookings.get(key).cloned().map(Box::new)).await
    }

    async fn claim(&self, key: &BookingKey, claim: &BookingClaim) -> Result<Write<BookingRecord>, RecordsError> {
        let (key, claim) = (key.clone(), claim.clone());
        let change = move |items: &mut Items| {
            let Some(found) = items.bookings.get(&key).cloned() else { return Write::Conflict(None) };
            match claim.apply(&found) {
                Some(claimed) => {
                    items.bookings.insert(key.clone(), claimed);
                    Write::Done(Some(Box::new(found)))
                }
                None => Write::Conflict(Some(Box::new(found))),
            }
        };
        self.write("claim", Box::new(change)).await
    }

    async fn replace(
        &self,
        key: &BookingKey,
        expected: &BookingRecord,
        next: &BookingRecord,
    ) -> Result<Write<BookingRecord>, RecordsError> {
        let (key, expected, next) = (key.clone(), expected.clone(), next.clone());
        let name = format!("replace {} by {:?} {:?}", short(key.id), next.event.state, next.change.kind);
        let change = move |items: &mut Items| match items.bookings.get(&key) {
            Some(found) if found.is_version_of(&expected) => {
                items.bookings.insert(key.clone(), next.clone());
                Write::Done(None)
            }
            found => Write::Conflict(found.cloned().map(Box::new)),
        };
        self.write(&name, Box::new(change)).await
    }

    async fn hold(&self, key: &BookingKey, hold: &Hold) -> Result<Held, RecordsError> {
        let is_scripted = self.scripted("hold", |fate| matches!(fate, StoreFate::Contended)).is_some();
        if is_scripted || self.world.fault() && self.world.below(3) == 0 {
            self.world.note("contended");
            return Ok(Held::Contended);
        }
        let (key, hold) = (key.clone(), hold.clone());
        let name = format!("hold {} {:?}", short(key.id), hold.record.times().collect::<Vec<_>>());
        self.write(&name, Box::new(move |items: &mut Items| carry_out(items, &key, &hold))).await
    }

    async fn ledgers(
        &self,
        tenant: &TenantId,
        members: &[EmailAddress],
        window: TimeSpan,
        _consistency: Consistency,
    ) -> Result<Vec<Vec<LedgerDay>>, RecordsError> {
        self.read_with(|items| {
            let of = |member: &EmailAddress| {
                let days = days(window).filter_map(|day| ledger_day(items, tenant, member, day));
                days.collect::<Vec<_>>()
            };
            members.iter().map(of).collect()
        })
        .await
    }

    async fn edit_ledgers(&self, tenant: &TenantId, edits: &[LedgerEdit]) -> Result<(), RecordsError> {
        let mut result = Ok(());
        for edit in edits {
            let (tenant, edit) = (tenant.clone(), edit.clone());
            let name = format!("edit {edit:?}");
            // Each item is written by itself, and may be lost by itself.
            let write = self.write(&name, Box::new(move |items: &mut Items| change_entries(items, &tenant, &edit)));
            result = result.and(write.await);
        }
        result
    }

    async fn turns(&self, tenant: &TenantId, configuration: ConfigurationId) -> Result<Vec<Turn>, RecordsError> {
        self.read_with(|items| {
            let own = items.turns.iter().filter(|((of, id, _), _)| of == tenant && *id == configuration);
            own.map(|((_, _, host), bookings)| Turn {
                host: host.clone(),
                bookings: bookings.iter().map(|(id, at)| (*id, *at)).collect(),
            })
            .collect()
        })
        .await
    }

    async fn remove_turn(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
        host: &EmailAddress,
        booking: BookingId,
    ) -> Result<(), RecordsError> {
        let key = (tenant.clone(), configuration, host.clone());
        let change = move |items: &mut Items| {
            if let Some(turn) = items.turns.get_mut(&key) {
                turn.remove(&booking);
            }
        };
        self.write("remove turn", Box::new(change)).await
    }

    async fn replay(&self, tenant: &TenantId, key: &ReplayKey) -> Result<Option<Replay>, RecordsError> {
        self.read_with(|items| items.replays.get(&(tenant.clone(), key.clone())).cloned()).await
    }
}

/// The first digits of an id, for traces.
pub fn short(id: BookingId) -> String {
    id.to_string()[..8].to_owned()
}

fn ledger_day(items: &Items, tenant: &TenantId, member: &EmailAddress, day: NaiveDate) -> Option<LedgerDay> {
    let stored = items.days.get(&(tenant.clone(), member.clone(), day))?;
    // Ids are random, and a seed is to replay: in the order in which they were added.
    let mut entries: Vec<_> = stored.entries.values().cloned().collect();
    entries.sort_by_key(|entry| (entry.since, entry.key.time));
    Some(LedgerDay { member: member.clone(), day, version: stored.version, entries })
}

/// What a transaction does, as DynamoDB does it.
fn carry_out(items: &mut Items, key: &BookingKey, hold: &Hold) -> Held {
    let found = items.bookings.get(key);
    if found.is_some_and(|found| found.event.token == hold.record.event.token) {
        return Held::Done;
    }
    let is_expected = match (&hold.expected, found) {
        (None, None) => true,
        (Some(expected), Some(found)) => found.is_version_of(expected),
        _ => false,
    };
    let mut conflicts = Conflicts::default();
    if !is_expected {
        conflicts.record = found.cloned().map(Box::new);
    }
    for day in &hold.days {
        let read = &day.read;
        let now = ledger_day(items, &key.tenant, &read.member, read.day);
        if now.as_ref().and_then(|now| now.version) != read.version {
            let gone = LedgerDay { version: None, entries: Vec::new(), ..read.clone() };
            conflicts.days.push(now.unwrap_or(gone));
        }
    }
    for replay in &hold.replay_keys {
        let now = items.replays.get(&(key.tenant.clone(), replay.key.clone()));
        // One that was read may have ended since.
        if let Some(now) = now.filter(|now| Some(now.booking) != replay.read.as_ref().map(|read| read.booking)) {
            conflicts.replays.push((replay.key.clone(), now.clone()));
        }
    }
    conflicts.checks = hold.checks.iter().filter(|check| !items.holds(check, hold.now)).cloned().collect();
    let Conflicts { days, replays, checks, .. } = &conflicts;
    if !is_expected || !days.is_empty() || !replays.is_empty() || !checks.is_empty() {
        return Held::Conflict(Box::new(conflicts));
    }
    items.bookings.insert(key.clone(), hold.record.clone());
    items.claimed.extend(hold.record.times().map(|time| (hold.record.members.clone(), time.span)));
    for day in hold.days.iter().filter(|day| day.entry.is_some()) {
        let stored = items.days.entry((key.tenant.clone(), day.read.member.clone(), day.read.day)).or_default();
        stored.version = Some(hold.record.event.token);
        stored.entries.retain(|key, _| !day.void.contains(key));
        stored.entries.extend(day.entry.clone().map(|entry| (entry.key, entry)));
    }
    for replay in &hold.replay_keys {
        let payload = hold.record.event.payload.clone().expect("a payload");
        items.replays.insert(
            (key.tenant.clone(), replay.key.clone()),
            Replay { payload, booking: key.id, since: hold.record.created_at },
        );
    }
    if let Some(turn) = &hold.turn {
        let of = (key.tenant.clone(), hold.record.configuration, turn.host.clone());
        let bookings = items.turns.entry(of).or_default();
        bookings.retain(|id, _| !turn.outdated.contains(id));
        bookings.insert(key.id, hold.record.created_at);
    }
    Held::Done
}

fn change_entries(items: &mut Items, tenant: &TenantId, edit: &LedgerEdit) {
    let (member, key) = match edit {
        LedgerEdit::Add { member, entry, .. } | LedgerEdit::Learn { member, entry } => (member, entry.key),
        LedgerEdit::Remove { member, key } => (member, *key),
    };
    for day in days(key.time.span) {
        let of = (tenant.clone(), member.clone(), day);
        match edit {
            LedgerEdit::Add { entry, attempt, .. } => {
                let stored = items.days.entry(of).or_default();
                if let btree_map::Entry::Vacant(place) = stored.entries.entry(key) {
                    place.insert(entry.clone());
                    stored.version = Some(*attempt);
                }
            }
            LedgerEdit::Learn { entry, .. } => {
                let known = items.days.get_mut(&of).and_then(|stored| stored.entries.get_mut(&key));
                if let (Some(known), Some(_)) = (known, &entry.event) {
                    known.event.clone_from(&entry.event);
                }
            }
            LedgerEdit::Remove { .. } => {
                if let Some(stored) = items.days.get_mut(&of) {
                    stored.entries.remove(&key);
                }
            }
        }
    }
}
