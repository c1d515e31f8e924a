//! Operations on the records of appointments, by chance.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use convene::{
    domain::{EmailAddress, EventId, ExternalId, Fingerprint, TenantId},
    scheduling::records::{
        appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent, Lock, Placement},
        event::{Record, State},
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{conformance::whole_second, fake_appointments::FakeAppointmentRecords};

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
            id: ExternalId::new(format!("{name} {seed}")).expect("an id"),
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
    pub fn next(&mut self, fake: &FakeAppointmentRecords) -> (AppointmentKey, AppointmentRequest) {
        let key = any_of(&mut self.chance, &self.keys).clone();
        let there = fake.items().get(&key).map(|record| record.token);
        let any = self.token();
        let operation = if self.chance.random_ratio(1, 2) {
            AppointmentRequest::Acquire { token: any, lock: self.lock(true) }
        } else {
            let expected = there.filter(|_| self.chance.random_ratio(3, 4)).unwrap_or(any);
            AppointmentRequest::Replace { expected, next: Box::new(self.record()) }
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
            token: self.token(),
            lock: self.chance.random_ratio(1, 4).then(|| self.lock(false)),
            copies,
            ends_at: self.chance.random_ratio(2, 3).then(|| self.instant()),
            deleted_until: self.chance.random_ratio(1, 3).then(|| whole_second(Utc::now()) + TimeDelta::days(30)),
        }
    }

    fn lock(&mut self, has_purpose: bool) -> Lock {
        let intent = match self.chance.random_range(0..if has_purpose { 3 } else { 4 }) {
            0 => Some(Intent::Create(self.placement())),
            1 => Some(Intent::Update(self.placement())),
            2 => Some(Intent::Delete),
            _ => None,
        };
        Lock { expires: self.instant(), intent }
    }

    pub fn placement(&mut self) -> Placement {
        Placement {
            incarnation: Uuid::new_v4(),
            payload: self.payload(),
            mailboxes: self.some_mailboxes(),
            ends_at: self.chance.random_ratio(2, 3).then(|| self.instant()),
        }
    }

    pub fn copy(&mut self, mailbox: &EmailAddress) -> Record {
        let states = [State::Creating, State::Active, State::Active, State::Deleting, State::Deleted];
        Record {
            uid: None,
            state: *any_of(&mut self.chance, &states),
            incarnation: Uuid::new_v4(),
            token: self.token(),
            claim_expires: self.instant(),
            in_doubt_until: self.chance.random_ratio(1, 2).then(|| self.instant()),
            outstanding_creates: self.chance.random_range(0..3),
            ambiguous_creates: self.chance.random_range(0..3),
            payload: self.chance.random_ratio(3, 4).then(|| self.payload()),
            organizer: mailbox.clone(),
            event: self
                .chance
                .random_ratio(1, 2)
                .then(|| EventId(format!("AAMk{}+/==é", self.chance.random_range(0..9)))),
            ends_at: None,
            deletion: None,
        }
    }

    fn payload(&mut self) -> Fingerprint {
        let number = self.chance.random_range(1..4_u128);
        Fingerprint::from_stored(format!("{:064x}", u128::MAX - number))
    }

    fn some_mailboxes(&mut self) -> BTreeSet<EmailAddress> {
        let chance = &mut self.chance;
        self.mailboxes.iter().filter(|_| chance.random_ratio(1, 2)).cloned().collect()
    }

    fn token(&mut self) -> Uuid {
        *any_of(&mut self.chance, &self.attempts)
    }

    pub fn instant(&mut self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.chance.random_range(1_700_000_000_000..1_900_000_000_000)).expect("a time")
    }
}

fn any_of<'a, T>(chance: &mut StdRng, of: &'a [T]) -> &'a T {
    &of[chance.random_range(0..of.len())]
}
