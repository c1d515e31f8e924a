//! Operations on the records and ledgers of bookings, by chance.

mod holds;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use convene::{
    domain::{BookingId, ConfigurationId, EmailAddress, EventId, EventUid, Fingerprint, TenantId, TimeSpan},
    scheduling::records::{
        BookingRecords,
        booking::{
            Actor, BookingClaim, BookingKey, BookingRecord, Change, ChangeKind, Ending, Hold, LedgerEdit,
            OrganizerPermit, Permit, Purpose, ReplayKey, Unfinished, UnfinishedKind,
        },
        event::{Deletion, Record, State, next_token},
        ledger::{BookedTime, Entry, EntryKey, days},
    },
};
use convene_tests::bookings;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::perform::{Operation, Stores};
use crate::conformance::whole_second;
use holds::ledger_day;

const STATES: [State; 7] =
    [State::Creating, State::Active, State::Active, State::Active, State::Active, State::Deleting, State::Deleted];
const ACTORS: [Actor; 5] = [Actor::Guest, Actor::Organizer, Actor::Caller, Actor::Outlook, Actor::System];
const CHANGES: [ChangeKind; 10] = [
    ChangeKind::Requested,
    ChangeKind::Pending,
    ChangeKind::Booked,
    ChangeKind::Confirmed,
    ChangeKind::Rescheduled,
    ChangeKind::MembersChanged,
    ChangeKind::Cancelled,
    ChangeKind::Rejected,
    ChangeKind::Expired,
    ChangeKind::Failed,
];
const PURPOSES: [Purpose; 3] = [Purpose::Cancel, Purpose::Reject, Purpose::Confirm];
/// The versions of configurations.
const VERSIONS: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(u128::MAX)];
/// In milliseconds around the start of a booking and the end of its changes.
const MOMENTS: [i64; 8] = [-90_000_000, -1000, -1000, -1, 0, 1, 999, 1000];

/// What chance comes up with.
pub struct Invention {
    seed: u64,
    chance: StdRng,
    /// The time of all holds.
    begun: DateTime<Utc>,
    /// The latest token: those that follow are greater.
    newest: Uuid,
    /// Older tokens.
    tokens: Vec<Uuid>,
    keys: Vec<BookingKey>,
    members: Vec<EmailAddress>,
    configurations: Vec<ConfigurationId>,
    /// A booking that can be claimed.
    aimed: Option<BookingKey>,
    /// The tokens of holds, which DynamoDB remembers.
    hold_tokens: BTreeSet<Uuid>,
    /// The latest hold.
    held: Option<(BookingKey, Hold)>,
}

impl Invention {
    pub fn begin(seed: u64) -> Self {
        let tenant = |name| TenantId::new(name).expect("a name");
        let [one, other] = [(); 2].map(|()| BookingId(Uuid::new_v4()));
        let key = |name, id| BookingKey { tenant: tenant(name), id };
        // With everything that a sort key must not be taken apart at.
        let addresses = ["a", "b#2100-03-01", "o'c#$+{x}"].map(|name| format!("{name}{seed}@contoso.com"));
        Self {
            seed,
            begun: Utc::now(),
            chance: StdRng::seed_from_u64(seed),
            newest: next_token(Uuid::nil()),
            tokens: (0..4).map(|_| Uuid::now_v7()).collect(),
            keys: vec![key("contoso", one), key("contoso", other), key("fabrikam", one)],
            members: addresses.iter().map(|address| bookings::address(address)).collect(),
            configurations: (0..2).map(|_| ConfigurationId(Uuid::new_v4())).collect(),
            aimed: None,
            hold_tokens: BTreeSet::new(),
            held: None,
        }
    }

    /// Any operation, most often one that concerns what is stored.
    pub fn next(&mut self, stores: &Stores<'_>) -> Operation {
        let (aimed, key) = (self.aimed.take(), self.any(&self.keys.clone()));
        let (is_aimed, key) = (aimed.is_some(), aimed.unwrap_or(key));
        let present = stores.now(async |fake| fake.read(&key).await.expect("read"));
        if is_aimed {
            return Operation::Claim(key, Box::new(self.claim(present.as_deref(), true)));
        }
        match self.chance.random_range(0..42) {
            0..=1 => Operation::Read(key),
            2..=10 => Operation::Claim(key, Box::new(self.claim(present.as_deref(), false))),
            11..=14 => {
                // A booking that can be confirmed, which is claimed next.
                self.aimed = Some(key.clone());
                let (mut next, token) = (self.boxed(), self.newest);
                (next.event.state, next.event.token, next.pending, next.unfinished) =
                    (State::Active, token, true, None);
                Operation::Replace(key, present.unwrap_or_else(|| self.boxed()), next)
            }
            15..=20 => {
                let expected = present.filter(|_| self.chance.random_ratio(3, 4)).unwrap_or_else(|| self.boxed());
                Operation::Replace(key, expected, self.boxed())
            }
            21..=30 => self.hold(stores, key, present.as_deref()),
            31..=32 => Operation::Ledgers(key.tenant, self.members.clone(), self.window()),
            33..=36 => Operation::Edit(key.tenant.clone(), self.edits(stores, &key.tenant)),
            37 => Operation::Turns(key.tenant, self.any(&self.configurations.clone())),
            38 => {
                let (configuration, host) = (self.any(&self.configurations.clone()), self.any(&self.members.clone()));
                Operation::RemoveTurn(key.tenant, configuration, host, self.any(&self.keys.clone()).id)
            }
            39 => Operation::Replay(key.tenant, self.replay_key()),
            40 => Operation::Configuration(self.any(&self.configurations.clone()), self.any(&VERSIONS)),
            _ => Operation::Session(self.session(), self.any(&self.ends())),
        }
    }

    /// Reads of everything.
    pub fn reads(&self) -> Vec<Operation> {
        let mut reads: Vec<_> = self.keys.iter().cloned().map(Operation::Read).collect();
        for tenant in ["contoso", "fabrikam"].map(|name| TenantId::new(name).expect("a name")) {
            let window = TimeSpan::new(bookings::hour(0).start(), bookings::hour(100).end()).expect("a span");
            reads.push(Operation::Ledgers(tenant.clone(), self.members.clone(), window));
            reads.extend(self.configurations.iter().map(|of| Operation::Turns(tenant.clone(), *of)));
        }
        reads
    }

    fn any<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.chance.random_range(0..of.len())].clone()
    }

    fn token(&mut self) -> Uuid {
        self.newest = next_token(self.newest);
        self.tokens.push(self.newest);
        if self.chance.random_ratio(4, 5) { self.newest } else { self.any(&self.tokens.clone()) }
    }

    /// An hour of three days; some touch two of them.
    fn span(&mut self) -> TimeSpan {
        let hour = bookings::hour(self.chance.random_range(20..52));
        let half = TimeDelta::minutes(self.any(&[0, 30]));
        TimeSpan::new(hour.start() + half, hour.end() + half).expect("a span")
    }

    fn window(&mut self) -> TimeSpan {
        let (one, other) = (self.span(), self.span());
        TimeSpan::new(one.start().min(other.start()), one.end().max(other.end())).expect("a span")
    }

    fn time(&mut self) -> BookedTime {
        BookedTime { span: self.span(), number: self.chance.random_range(0..3) }
    }

    /// A time within a day of 2100-03-02, to the millisecond.
    fn instant(&mut self) -> DateTime<Utc> {
        bookings::hour(24).start() + TimeDelta::milliseconds(self.chance.random_range(0..86_400_000))
    }

    fn replay_key(&mut self) -> ReplayKey {
        let hash = format!("{:032x}{:032x}", self.seed, 1);
        match self.chance.random_range(0..5) {
            4 => ReplayKey::InSession(hash),
            0 => ReplayKey::Given(format!("a key {}", self.seed)),
            1 => ReplayKey::Given(hash),
            2 => ReplayKey::Content(Fingerprint::from_stored(hash)),
            _ => ReplayKey::Content(Fingerprint::from_stored(format!("{:032x}{:032x}", self.seed, 2))),
        }
    }

    fn boxed(&mut self) -> Box<BookingRecord> {
        Box::new(self.record())
    }

    fn record(&mut self) -> BookingRecord {
        let (time, now) = (self.time(), whole_second(Utc::now()));
        let count = self.chance.random_range(1..=self.members.len());
        let members = self.members[..count].to_vec();
        let event = self.event();
        let unfinished = self.chance.random_ratio(1, 4).then(|| self.unfinished());
        let ending = self.chance.random_ratio(1, 4).then(|| self.ending());
        let maybe = |chance: &mut StdRng| chance.random_ratio(1, 2);
        BookingRecord {
            event,
            configuration: self.any(&self.configurations.clone()),
            time,
            last_number: self.chance.random_range(0..5),
            pending: self.chance.random_ratio(3, 4),
            has_turn: self.chance.random_ratio(1, 2),
            unfinished,
            ending,
            notice: maybe(&mut self.chance).then(TimeDelta::zero),
            change: Change {
                sequence: self.chance.random_range(0..9),
                kind: self.any(&CHANGES),
                by: self.any(&ACTORS),
                at: self.instant(),
                reason: maybe(&mut self.chance).then(|| "because of “it”".to_owned()),
            },
            ..bookings::record(&members, time.span, now)
        }
    }

    fn event(&mut self) -> Record {
        let known = self.chance.random_ratio(1, 2);
        let number = self.chance.random_range(0..9_u32);
        Record {
            state: self.any(&STATES),
            incarnation: Uuid::new_v4(),
            token: self.token(),
            claim_expires: self.instant(),
            in_doubt_until: self.chance.random_ratio(1, 2).then(|| self.instant()),
            outstanding_creates: number,
            ambiguous_creates: number / 2,
            payload: Some(Fingerprint::from_stored(format!("{number:064x}"))),
            organizer: self.any(&self.members.clone()),
            event: known.then(|| EventId(format!("AAMk{number}=="))),
            uid: known.then(|| EventUid(format!("0400{number}"))),
            ends_at: self.chance.random_ratio(1, 2).then(|| self.instant()),
            deletion: self
                .chance
                .random_ratio(1, 4)
                .then(|| Deletion { organizer: self.any(&self.members.clone()), until: whole_second(self.instant()) }),
        }
    }

    fn unfinished(&mut self) -> Unfinished {
        let kind = if self.chance.random_ratio(1, 2) { self.moving() } else { UnfinishedKind::Confirm };
        Unfinished { kind, by: self.any(&ACTORS), in_doubt_until: self.instant() }
    }

    fn ending(&mut self) -> Ending {
        let kind = self.any(&[ChangeKind::Cancelled, ChangeKind::Rejected, ChangeKind::Expired]);
        Ending { kind, by: self.any(&ACTORS), reason: self.reason() }
    }

    fn reason(&mut self) -> Option<String> {
        self.chance.random_ratio(1, 2).then(|| "a reason".to_owned())
    }

    fn moving(&mut self) -> UnfinishedKind {
        let content = self.chance.random_ratio(1, 2).then(|| Box::new(bookings::content("another guest")));
        UnfinishedKind::Move { target: self.time(), content }
    }

    fn session(&mut self) -> String {
        let name = self.any(&["a", "b"]);
        format!("{name}{}", self.seed)
    }

    /// When sessions end, in seconds: around the time of every hold.
    fn ends(&self) -> [i64; 4] {
        [-1, 0, 1, 1000].map(|seconds| self.begun.timestamp() + seconds)
    }

    /// `is_aimed`: most often one that can succeed.
    fn claim(&mut self, present: Option<&BookingRecord>, is_aimed: bool) -> BookingClaim {
        let right = self.chance.random_ratio(if is_aimed { 7 } else { 4 }, 8);
        let of = |own: Option<&str>| own.filter(|_| right).unwrap_or("another").to_owned();
        let is_own = self.chance.random_ratio(if is_aimed { 15 } else { 4 }, 16);
        let configuration = present.map(|record| record.configuration).filter(|_| is_own);
        let configuration = configuration.unwrap_or_else(|| self.any(&self.configurations.clone()));
        let permit = match self.chance.random_range(0..6) {
            0 => Permit::Tenant { configuration: None },
            1 => Permit::Tenant { configuration: Some(configuration) },
            2 => Permit::Guest { configuration, salt: None },
            3 => Permit::Guest { configuration, salt: Some(of(present.map(|record| record.guest_salt.as_str()))) },
            _ => {
                let salt_hash = of(present.map(|record| record.organizer_salt_hash.as_str()));
                Permit::Organizer(OrganizerPermit { configuration, salt_hash })
            }
        };
        let start = present.map_or_else(|| self.instant(), |record| record.time.span.start());
        let token = self.token();
        let token = if is_aimed { self.newest } else { token };
        let moment = if is_aimed && self.chance.random_ratio(2, 3) { MOMENTS[0] } else { self.any(&MOMENTS) };
        BookingClaim {
            purpose: self.any(&PURPOSES),
            permit,
            now: start + TimeDelta::milliseconds(moment),
            token,
            claim_expires: self.instant(),
            in_doubt_until: self.instant(),
            by: self.any(&ACTORS),
            reason: self.reason(),
        }
    }

    /// Edits of different entries. Of two that add to one ledger, the store decides which is later.
    fn edits(&mut self, stores: &Stores<'_>, tenant: &TenantId) -> Vec<LedgerEdit> {
        let member = self.any(&self.members.clone());
        let mut known: Vec<EntryKey> = Vec::new();
        for day in days(self.window()) {
            let entries = ledger_day(stores, tenant, &member, day).map_or_else(Vec::new, |day| day.entries);
            known.extend(entries.into_iter().map(|entry| entry.key));
        }
        known.sort_unstable();
        known.dedup();
        known.truncate(2);
        let unknown = EntryKey { booking: self.any(&self.keys.clone()).id, time: self.time() };
        known.extend((!known.contains(&unknown)).then_some(unknown));
        let mut edits = Vec::new();
        for (number, key) in known.into_iter().enumerate() {
            let event = self.chance.random_ratio(3, 4).then(|| EventId("AAMk/ü".to_owned()));
            let organizer = self.any(&self.members.clone());
            let entry = Entry { key, organizer, since: whole_second(self.instant()), event };
            let member = member.clone();
            edits.push(match self.chance.random_range(0..3) {
                0 if number == 0 => LedgerEdit::Add { member, entry, attempt: self.token() },
                0 | 1 => LedgerEdit::Learn { member, entry },
                _ => LedgerEdit::Remove { member, key },
            });
        }
        edits
    }
}
