//! The model's record store against the real one: the same operations, in the same order, with the same results.
//!
//! What the model proves, it proves of its own store. This is what makes it true of DynamoDB.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use convene::{
    domain::{EmailAddress, EventId, ExternalId, Fingerprint, TenantId},
    scheduling::records::{
        EventRecords, Write,
        event::{Deletion, EventKind, Record, RecordKey, State},
        requests::RecordRequest,
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{
    coverage::Coverage,
    fake_records::FakeRecords,
    ground::{Ground, RECORD_LIFE},
};

const SEQUENCES: u64 = 30;
const OPERATIONS: usize = 100;
/// The results of operations, and how often each must occur.
const REACHED: [(&str, usize); 4] = [("conflict", 301), ("done", 301), ("done over a record", 31), ("extended", 21)];

/// Two stores and chance.
struct Pair {
    ground: Ground,
    chance: StdRng,
    fake: FakeRecords,
    real: Arc<dyn EventRecords>,
    /// A few attempts, oldest first: operations are to meet their own traces and older ones.
    attempts: Vec<Uuid>,
    incarnations: Vec<Uuid>,
    keys: Vec<RecordKey>,
}

#[test]
fn the_fake_store_does_what_dynamodb_does() {
    let mut pair = Pair::new(Ground::prepare());
    let mut coverage = Coverage::new(SEQUENCES, &REACHED);
    while let Some(seed) = coverage.next_seed() {
        pair.begin(seed);
        for number in 0..OPERATIONS {
            let (key, request) = pair.invent();
            let (fake, real) = pair.perform(&key, &request);
            assert_eq!(fake, real, "seed {seed}, operation {number}: {request:?}");
            for outcome in outcomes(&request, &real) {
                coverage.note(*outcome);
            }
        }
        pair.compare_all(seed);
    }
    pair.ground.clear();
}

fn outcomes(request: &RecordRequest, told: &Write<Record>) -> &'static [&'static str] {
    match (request, told) {
        (RecordRequest::Read, _) => &[],
        (_, Write::Conflict(_)) => &["conflict"],
        (RecordRequest::ReadAndExtend { .. }, Write::Done(Some(_))) => &["done", "done over a record", "extended"],
        (RecordRequest::ReadAndExtend { .. }, Write::Done(None)) => &["done", "extended"],
        (_, Write::Done(Some(_))) => &["done", "done over a record"],
        (_, Write::Done(None)) => &["done"],
    }
}

#[test]
fn instants_are_kept_to_the_millisecond_and_tombstones_to_the_second() {
    let mut pair = Pair::new(Ground::prepare());
    pair.begin(0);
    let (key, attempt) = (pair.keys[0].clone(), pair.attempts[0]);
    let exact = Utc::now().with_nanosecond(987_654_321).expect("a time");
    let organizer: EmailAddress = "Somebody@Contoso.com".parse().expect("an address");
    let record = Record {
        claim_expires: exact,
        in_doubt_until: Some(exact + TimeDelta::nanoseconds(1_000_000)),
        deletion: Some(Deletion { organizer, until: exact + TimeDelta::days(30) }),
        event: Some(EventId("AAMk+/=é".to_owned())),
        ends_at: Some(exact),
        organizer: "Organizer@Contoso.com".parse().expect("an address"),
        ..pair.record(attempt)
    };
    let stored = pair
        .ground
        .in_real_time(pair.real.apply(&key, &RecordRequest::Claim(Box::new(record.clone()))))
        .expect("stored");
    assert_eq!(stored, Write::Done(None));
    let kept = match pair.ground.in_real_time(pair.real.apply(&key, &RecordRequest::Read)).expect("read") {
        Write::Done(record) => *record.expect("a record"),
        Write::Conflict(_) => panic!("a read has no condition"),
    };
    let millis = |time: DateTime<Utc>| DateTime::from_timestamp_millis(time.timestamp_millis());
    assert_eq!(Some(kept.claim_expires), millis(record.claim_expires));
    assert_eq!(kept.ends_at, millis(exact));
    assert_eq!(kept.in_doubt_until, record.in_doubt_until.and_then(millis));
    let (deleted, deletion) = (record.deletion.as_ref().expect("one"), kept.deletion.clone().expect("one"));
    assert_eq!(deletion.until.timestamp_millis(), deleted.until.timestamp() * 1000);
    assert_eq!(deletion.organizer, deleted.organizer);
    let (claim_expires, in_doubt_until, deletion) = (kept.claim_expires, kept.in_doubt_until, Some(deletion));
    assert_eq!(kept, Record { claim_expires, in_doubt_until, deletion, ends_at: kept.ends_at, ..record });
    pair.ground.clear();
}

impl Pair {
    fn new(ground: Ground) -> Self {
        let (fake, real) = (FakeRecords::new(ground.calm_world(0)), ground.services.meeting_records(RECORD_LIFE));
        let (attempts, incarnations, keys) = (Vec::new(), Vec::new(), Vec::new());
        Self { ground, chance: StdRng::seed_from_u64(0), fake, real, attempts, incarnations, keys }
    }

    /// Empty stores, as far as the new keys go.
    fn begin(&mut self, seed: u64) {
        self.chance = StdRng::seed_from_u64(seed);
        self.fake = FakeRecords::new(self.ground.calm_world(seed));
        self.attempts = (0..6).map(|_| Uuid::now_v7()).collect();
        self.incarnations = (0..3).map(|_| Uuid::new_v4()).collect();
        let key = |tenant, name: &str| RecordKey {
            tenant: TenantId::new(tenant).expect("a name"),
            id: ExternalId::new(format!("{name} {seed}")).expect("an id"),
            kind: EventKind::Meeting,
        };
        self.keys = vec![key("contoso", "one"), key("contoso", "one#meeting#ü"), key("fabrikam", "one")];
    }

    /// Any operation, most often one that has to do with what is there.
    fn invent(&mut self) -> (RecordKey, RecordRequest) {
        let key = self.keys[self.chance.random_range(0..self.keys.len())].clone();
        let attempt = self.any_attempt();
        let fresh = self.record(attempt);
        let there = self.fake.items().get(&key).cloned();
        let expected = match there {
            Some(there) if self.chance.random_ratio(3, 4) => there,
            _ => {
                let attempt = self.any_attempt();
                self.record(attempt)
            }
        };
        let request = match self.chance.random_range(0..14) {
            0 => RecordRequest::Read,
            1..=3 => RecordRequest::Claim(Box::new(fresh)),
            4..=7 => RecordRequest::Replace { expected: Box::new(expected), next: Box::new(fresh), is_last: false },
            8 => RecordRequest::Release(Box::new(expected)),
            9..=10 => RecordRequest::ReadAndExtend { organizer: self.any_organizer(), ends_at: self.any_instant() },
            _ => RecordRequest::ClaimDelete {
                organizer: self.any_organizer(),
                token: attempt,
                claim_expires: self.any_instant(),
            },
        };
        (key, request)
    }

    fn perform(&self, key: &RecordKey, request: &RecordRequest) -> (Write, Write) {
        let fake = self.ground.in_virtual_time(self.fake.apply(key, request)).expect("applied");
        let real = self.ground.in_real_time(self.real.apply(key, request)).expect("applied");
        (fake, real)
    }

    fn compare_all(&self, seed: u64) {
        for key in &self.keys {
            let (fake, real) = self.perform(key, &RecordRequest::Read);
            assert_eq!(fake, real, "seed {seed}: {key:?} at the end");
        }
    }

    fn record(&mut self, attempt: Uuid) -> Record {
        let states = [State::Creating, State::Active, State::Active, State::Deleting, State::Deleted];
        let state = states[self.chance.random_range(0..states.len())];
        let open = self.chance.random_ratio(1, 2);
        let known = self.chance.random_ratio(1, 2);
        Record {
            uid: None,
            state,
            incarnation: self.incarnations[self.chance.random_range(0..self.incarnations.len())],
            token: attempt,
            claim_expires: self.any_instant(),
            in_doubt_until: open.then(|| self.any_instant()),
            outstanding_creates: self.chance.random_range(0..4),
            ambiguous_creates: self.chance.random_range(0..4),
            payload: Some(Fingerprint::from_stored(format!("{:064x}", self.chance.random_range(0..9_u64)))),
            organizer: self.any_organizer(),
            event: known.then(|| EventId(format!("AAMk{}==", self.chance.random_range(0..9)))),
            ends_at: self.chance.random_ratio(2, 3).then(|| self.any_instant()),
            deletion: self.chance.random_ratio(1, 3).then(|| Deletion {
                organizer: self.any_organizer(),
                until: whole_second(Utc::now()) + TimeDelta::days(30),
            }),
        }
    }

    fn any_attempt(&mut self) -> Uuid {
        self.attempts[self.chance.random_range(0..self.attempts.len())]
    }

    fn any_organizer(&mut self) -> EmailAddress {
        let spellings = ["organizer@contoso.com", "Organizer@CONTOSO.com", "somebody@contoso.com"];
        spellings[self.chance.random_range(0..spellings.len())].parse().expect("an address")
    }

    fn any_instant(&mut self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.chance.random_range(1_700_000_000_000..1_900_000_000_000)).expect("a time")
    }
}

/// A time as a tombstone keeps it.
pub fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    time.with_nanosecond(0).expect("a time")
}
