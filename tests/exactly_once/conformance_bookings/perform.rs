//! One operation on both stores.

use std::sync::Arc;

use convene::{
    domain::{BookingId, ConfigurationId, EmailAddress, TenantId, TimeSpan},
    scheduling::records::{
        BookingRecords, Consistency, Write,
        booking::{
            BookingClaim, BookingKey, BookingRecord, Conflicts, Held, Hold, HoldCheck, LedgerEdit, Permit, Replay,
            ReplayKey, Turn,
        },
        ledger::LedgerDay,
    },
};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{bookings::records::FakeBookings, ground::Ground};

/// An operation of the port.
#[derive(Debug, Clone)]
pub enum Operation {
    Read(BookingKey),
    Claim(BookingKey, Box<BookingClaim>),
    Replace(BookingKey, Box<BookingRecord>, Box<BookingRecord>),
    /// With what kind of hold it is.
    Hold(&'static str, BookingKey, Box<Hold>),
    Ledgers(TenantId, Vec<EmailAddress>, TimeSpan),
    Edit(TenantId, Vec<LedgerEdit>),
    Turns(TenantId, ConfigurationId),
    RemoveTurn(TenantId, ConfigurationId, EmailAddress, BookingId),
    Replay(TenantId, ReplayKey),
    /// What the store of configurations writes.
    Configuration(ConfigurationId, Uuid),
    /// What the store of sessions writes: when the session of this hash ends, in seconds.
    Session(String, i64),
}

/// The result of an operation. What the port returns in no particular order is sorted.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Record(Option<Box<BookingRecord>>),
    Written(Write<BookingRecord>),
    Held(Held),
    Ledgers(Vec<Vec<LedgerDay>>),
    Turns(Vec<Turn>),
    Replay(Option<Replay>),
    Nothing,
}

/// The stores that are compared.
pub struct Stores<'a> {
    pub ground: &'a Ground,
    pub fake: FakeBookings,
    pub real: Arc<dyn BookingRecords>,
}

impl Stores<'_> {
    /// Performs an operation on both stores. Returns what it came to. `checked`: what it may have written is read afterwards.
    pub fn perform(&self, operation: &Operation, checked: bool, at: &str) -> Vec<String> {
        if let Some(item) = self.put(operation) {
            self.ground.aws("PutItem", &json!({"TableName": "BookingsTable", "Item": item}));
            return Vec::new();
        }
        let fake = self.ground.in_virtual_time(perform(&self.fake, operation));
        let real = self.ground.in_real_time(perform(self.real.as_ref(), operation));
        assert_eq!(fake, real, "{at}: {operation:?}");
        for check in checks(operation).iter().filter(|_| checked) {
            let fake = self.ground.in_virtual_time(perform(&self.fake, check));
            let real = self.ground.in_real_time(perform(self.real.as_ref(), check));
            assert_eq!(fake, real, "{at}: {check:?} after {operation:?}");
        }
        labels(operation, &real)
    }

    /// Writes an item that is not of the port into the fake store. Returns it as the real store has it.
    fn put(&self, operation: &Operation) -> Option<Value> {
        let mut items = self.fake.items();
        match operation {
            Operation::Configuration(id, version) => {
                items.configurations.insert(*id, *version);
                let pk = format!("@configuration#{id}");
                Some(json!({"pk": {"S": pk}, "sk": {"S": "-"}, "version": {"S": version.to_string()}}))
            }
            Operation::Session(hash, end) => {
                items.sessions.insert(hash.clone(), *end);
                let pk = format!("@session#{hash}");
                Some(json!({"pk": {"S": pk}, "sk": {"S": "-"}, "expires_at": {"N": end.to_string()}}))
            }
            _ => None,
        }
    }

    /// The present state according to the fake store.
    pub fn now<T>(&self, read: impl AsyncFnOnce(&FakeBookings) -> T) -> T {
        self.ground.in_virtual_time(read(&self.fake))
    }
}

async fn perform(records: &dyn BookingRecords, operation: &Operation) -> Outcome {
    match operation {
        Operation::Read(key) => Outcome::Record(records.read(key).await.expect("read")),
        Operation::Claim(key, claim) => Outcome::Written(records.claim(key, claim).await.expect("claimed")),
        Operation::Replace(key, expected, next) => {
            Outcome::Written(records.replace(key, expected, next).await.expect("replaced"))
        }
        Operation::Hold(_, key, hold) => {
            let mut outcome = records.hold(key, hold).await.expect("held");
            if let Held::Conflict(conflicts) = &mut outcome {
                conflicts.days.iter_mut().for_each(sort);
            }
            Outcome::Held(outcome)
        }
        Operation::Ledgers(tenant, members, window) => {
            let read = records.ledgers(tenant, members, *window, Consistency::Strong).await;
            let mut ledgers = read.expect("ledgers");
            ledgers.iter_mut().flatten().for_each(sort);
            Outcome::Ledgers(ledgers)
        }
        Operation::Edit(tenant, edits) => {
            records.edit_ledgers(tenant, edits).await.expect("edited");
            Outcome::Nothing
        }
        Operation::Turns(tenant, configuration) => {
            let mut turns = records.turns(tenant, *configuration).await.expect("turns");
            for turn in &mut turns {
                turn.bookings.sort_unstable();
            }
            turns.sort_unstable_by(|one, other| one.host.cmp(&other.host));
            Outcome::Turns(turns)
        }
        Operation::RemoveTurn(tenant, configuration, host, booking) => {
            records.remove_turn(tenant, *configuration, host, *booking).await.expect("removed");
            Outcome::Nothing
        }
        Operation::Replay(tenant, key) => Outcome::Replay(records.replay(tenant, key).await.expect("replay")),
        Operation::Configuration(..) | Operation::Session(..) => Outcome::Nothing,
    }
}

fn sort(day: &mut LedgerDay) {
    day.entries.sort_unstable_by_key(|entry| entry.key);
}

/// Reads of what an operation may have written.
fn checks(operation: &Operation) -> Vec<Operation> {
    match operation {
        Operation::Claim(key, _) | Operation::Replace(key, ..) => vec![Operation::Read(key.clone())],
        Operation::Hold(_, key, hold) => {
            let tenant = &key.tenant;
            let mut checks = vec![Operation::Read(key.clone())];
            checks.push(Operation::Turns(tenant.clone(), hold.record.configuration));
            let replay = |replay: &convene::scheduling::records::booking::ReplayHold| replay.key.clone();
            checks.extend(hold.replay_keys.iter().map(|held| Operation::Replay(tenant.clone(), replay(held))));
            checks.push(Operation::Ledgers(tenant.clone(), hold.record.members.clone(), hold.record.time.span));
            checks
        }
        Operation::Edit(tenant, edits) => {
            let touched = edits.iter().map(|edit| match edit {
                LedgerEdit::Add { member, entry, .. } | LedgerEdit::Learn { member, entry } => (member, entry.key),
                LedgerEdit::Remove { member, key } => (member, *key),
            });
            touched
                .map(|(member, key)| Operation::Ledgers(tenant.clone(), vec![member.clone()], key.time.span))
                .collect()
        }
        Operation::RemoveTurn(tenant, configuration, ..) => {
            vec![Operation::Turns(tenant.clone(), *configuration)]
        }
        _ => Vec::new(),
    }
}

fn labels(operation: &Operation, outcome: &Outcome) -> Vec<String> {
    let single = |text: String| vec![text];
    match (operation, outcome) {
        (Operation::Claim(..), Outcome::Written(Write::Conflict(None))) => {
            single("claim: conflict with nothing".to_owned())
        }
        (Operation::Claim(_, claim), Outcome::Written(written)) => {
            let permit = match claim.permit {
                Permit::Tenant { configuration: None } => "Tenant",
                Permit::Tenant { .. } => "Tenant for a configuration",
                Permit::Guest { salt: None, .. } => "Guest",
                Permit::Guest { .. } => "Guest with a salt",
                Permit::Organizer(_) => "Organizer",
            };
            let result = if matches!(written, Write::Done(_)) { "done" } else { "conflict" };
            single(format!("claim {:?} by {permit}: {result}", claim.purpose))
        }
        (_, Outcome::Record(found)) => {
            single(format!("read: {}", if found.is_some() { "a record" } else { "nothing" }))
        }
        (_, Outcome::Written(Write::Done(_))) => single("replace: done".to_owned()),
        (_, Outcome::Written(Write::Conflict(None))) => single("replace: conflict with nothing".to_owned()),
        (_, Outcome::Written(Write::Conflict(Some(_)))) => single("replace: conflict".to_owned()),
        (Operation::Hold(kind, _, hold), Outcome::Held(outcome)) => hold_labels(kind, hold, outcome),
        (_, Outcome::Ledgers(ledgers)) if ledgers.iter().flatten().any(|day| !day.entries.is_empty()) => {
            single("ledgers: entries".to_owned())
        }
        (_, Outcome::Turns(turns)) if turns.iter().any(|turn| !turn.bookings.is_empty()) => {
            single("turns: bookings".to_owned())
        }
        (_, Outcome::Replay(Some(_))) => single("replay: used".to_owned()),
        (Operation::Edit(_, edits), _) => {
            let kind = |edit: &LedgerEdit| match edit {
                LedgerEdit::Add { .. } => "edit: Add",
                LedgerEdit::Learn { .. } => "edit: Learn",
                LedgerEdit::Remove { .. } => "edit: Remove",
            };
            edits.iter().map(|edit| kind(edit).to_owned()).collect()
        }
        (Operation::RemoveTurn(..), _) => single("remove turn".to_owned()),
        _ => Vec::new(),
    }
}

fn hold_labels(kind: &str, hold: &Hold, outcome: &Held) -> Vec<String> {
    let mut labels = Vec::new();
    match outcome {
        Held::Done => {
            labels.push(format!("hold {kind}: done"));
            for (holds, what) in [
                (hold.days.iter().any(|day| day.entry.is_some() && !day.void.is_empty()), "with void entries"),
                (hold.turn.is_some(), "with a turn"),
                (hold.checks.len() == 2, "with checks"),
                (hold.replay_keys.iter().any(|replay| replay.read.is_some()), "over a replay key"),
            ] {
                labels.extend(holds.then(|| format!("hold: done {what}")));
            }
        }
        Held::Conflict(conflicts) => {
            let Conflicts { record, days, replays, checks } = conflicts.as_ref();
            let several = usize::from(record.is_some()) + days.len() + replays.len() + checks.len() > 1;
            for (conflicts, what) in [
                (record.is_some(), "conflict of the record"),
                (!days.is_empty(), "conflict of a day"),
                (!replays.is_empty(), "conflict of a replay key"),
                (checks.iter().any(|check| matches!(check, HoldCheck::Configuration { .. })), "another configuration"),
                (checks.iter().any(|check| matches!(check, HoldCheck::Session { .. })), "no session"),
                (several, "several conflicts"),
            ] {
                labels.extend(conflicts.then(|| format!("hold: {what}")));
            }
        }
        Held::Contended => labels.push("hold: contended".to_owned()),
    }
    labels
}
