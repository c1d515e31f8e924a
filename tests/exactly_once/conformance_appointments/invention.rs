//! Operations on the records of appointments, by chance.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use convene::{
    calendar::EventId,
    domain::{EmailAddress, Fingerprint, MeetingId, TenantId},
    scheduling::{
        appointments::record::{AppointmentKey, AppointmentRecord, Hold, Placing, Purpose},
        record::{Record, State},
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{conformance::whole_second, fake_appointments::FakeAppointmentRecords};

/// What is done to a record.
#[derive(Debug, Clone)]
pub enum Operation {
    Open { attempt: Uuid, hold: Hold },
    Replace { expected: Uuid, next: Box<AppointmentRecord> },
}

/// What chance comes up with.
pub struct Invention {
    chance: StdRng,
    /// A few attempts, oldest first: operations are to meet their own traces and older ones.
    attempts: Vec<Uuid>,
    mailboxes: Vec<EmailAddress>,
    pub keys: Vec<AppointmentKey>,
}

impl Invention {
    pub fn begin(seed: u64) -> Self {
        let key = |tenant, name: &str| AppointmentKey {
            tenant: TenantId::new(tenant).expect("a name"),
            id: MeetingId::new(format!("{name} {seed}")).expect("an id"),
        };
        // With everything that a name in a map must not be taken apart at.
        let addresses = ["a@contoso.com", "B.b@Contoso.COM", "o'c#$+{x}@fabrikam.com", "müller@example.com"];
        Self {
            chance: StdRng::seed_from_u64(seed),
            attempts: (0..12).map(|_| Uuid::now_v7()).collect(),
            mailboxes: addresses.map(|address| address.parse().expect("an address")).to_vec(),
            keys: vec![key("contoso", "one"), key("contoso", "one#appointment#ü"), key("fabrikam", "one")],
        }
    }

    /// Any operation, most often one that has to do with what is there.
    pub fn next(&mut self, fake: &FakeAppointmentRecords) -> (AppointmentKey, Operation) {
        let key = any_of(&mut self.chance, &self.keys).clone();
        let there = fake.items().get(&key).map(|record| record.attempt);
        let any = self.attempt();
        let operation = if self.chance.random_ratio(1, 2) {
            Operation::Open { attempt: any, hold: self.hold(true) }
        } else {
            let expected = there.filter(|_| self.chance.random_ratio(3, 4)).unwrap_or(any);
            Operation::Replace { expected, next: Box::new(self.record()) }
        };
        (key, operation)
    }

    fn record(&mut self) -> AppointmentRecord {
        let mut copies = BTreeMap::new();
        if self.chance.random_ratio(2, 3) {
            for mailbox in self.some_mailboxes() {
                copies.insert(mailbox.clone(), self.copy(&mailbox));
            }
        }
        AppointmentRecord {
            attempt: self.attempt(),
            hold: self.chance.random_ratio(1, 4).then(|| self.hold(false)),
            copies,
            deleted_until: self.chance.random_ratio(1, 3).then(|| whole_second(Utc::now()) + TimeDelta::days(30)),
        }
    }

    fn hold(&mut self, has_purpose: bool) -> Hold {
        let purpose = match self.chance.random_range(0..if has_purpose { 3 } else { 4 }) {
            0 => Some(Purpose::Create(self.placing())),
            1 => Some(Purpose::Update(self.placing())),
            2 => Some(Purpose::Delete),
            _ => None,
        };
        Hold { until: self.instant(), purpose }
    }

    pub fn placing(&mut self) -> Placing {
        Placing { incarnation: Uuid::new_v4(), payload: self.payload(), mailboxes: self.some_mailboxes() }
    }

    pub fn copy(&mut self, mailbox: &EmailAddress) -> Record {
        let states = [State::Creating, State::Active, State::Active, State::Deleting, State::Deleted];
        Record {
            state: *any_of(&mut self.chance, &states),
            incarnation: Uuid::new_v4(),
            attempt: self.attempt(),
            claim_expires: self.instant(),
            unsettled_until: self.chance.random_ratio(1, 2).then(|| self.instant()),
            unanswered: self.chance.random_range(0..3),
            inconclusive: self.chance.random_range(0..3),
            payload: self.payload(),
            organizer: mailbox.clone(),
            event: self
                .chance
                .random_ratio(1, 2)
                .then(|| EventId(format!("AAMk{}+/==é", self.chance.random_range(0..9)))),
            deletion: None,
        }
    }

    fn payload(&mut self) -> Fingerprint {
        match self.chance.random_range(0..4_u64) {
            0 => Fingerprint::in_doubt(),
            n => Fingerprint::from_stored(format!("{:064x}", u128::MAX - u128::from(n))),
        }
    }

    fn some_mailboxes(&mut self) -> BTreeSet<EmailAddress> {
        let chance = &mut self.chance;
        self.mailboxes.iter().filter(|_| chance.random_ratio(1, 2)).cloned().collect()
    }

    fn attempt(&mut self) -> Uuid {
        *any_of(&mut self.chance, &self.attempts)
    }

    pub fn instant(&mut self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.chance.random_range(1_700_000_000_000..1_900_000_000_000)).expect("a time")
    }
}

fn any_of<'a, T>(chance: &mut StdRng, of: &'a [T]) -> &'a T {
    &of[chance.random_range(0..of.len())]
}
