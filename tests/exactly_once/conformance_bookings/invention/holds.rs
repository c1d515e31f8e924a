//! Holds by chance, and what they must know of the fake store.

use chrono::{NaiveDate, TimeDelta};
use convene::{
    domain::{EmailAddress, TenantId, TimeSpan},
    scheduling::records::{
        BookingRecords, Consistency,
        booking::{
            Actor, BookingKey, BookingRecord, DayHold, Hold, HoldCheck, ReplayHold, ReplayKey, TurnHold, Unfinished,
        },
        event::next_token,
        ledger::{Entry, LedgerDay, days},
    },
};
use convene_tests::bookings;
use rand::RngExt;
use uuid::Uuid;

use super::{
    super::perform::{Operation, Stores},
    Invention, VERSIONS,
};
use crate::conformance::whole_second;

impl Invention {
    pub(super) fn hold(&mut self, stores: &Stores<'_>, key: BookingKey, present: Option<&BookingRecord>) -> Operation {
        // DynamoDB remembers what it has carried out. The fake store knows it only as long as the record shows it.
        let is_on_record = |(held, hold): &(BookingKey, Hold)| {
            let known = stores.now(async |fake| fake.read(held).await.expect("read"));
            known.is_some_and(|known| known.event.token == hold.record.event.token)
        };
        if let Some((key, hold)) = self.held.take().filter(is_on_record)
            && self.chance.random_ratio(1, 3)
        {
            return Operation::Hold("repeated", key, Box::new(hold));
        }
        let mut record = self.record();
        // Tokens of holds are never used twice.
        self.newest = next_token(self.newest);
        record.event.token = self.newest;
        let (mut kind, mut expected) = ("new", None);
        match present {
            Some(present) if self.chance.random_ratio(2, 3) => {
                kind = "moving";
                let is_known = self.chance.random_ratio(4, 5);
                expected = Some(if is_known { Box::new(present.clone()) } else { self.boxed() });
                let kind = self.moving();
                record.unfinished = Some(Unfinished { kind, by: Actor::Guest, in_doubt_until: self.instant() });
            }
            Some(present) if !self.hold_tokens.contains(&present.event.token) && self.chance.random_ratio(1, 2) => {
                // As if carried out longer ago than DynamoDB remembers its token.
                (kind, record) = ("on record", present.clone());
            }
            _ => {}
        }
        let days = self.day_holds(stores, &key, &record);
        let hold = Hold {
            days,
            expected,
            replay_keys: if kind == "moving" { Vec::new() } else { self.replays(stores, &key.tenant) },
            turn: self.chance.random_ratio(1, 2).then(|| TurnHold {
                host: record.members[0].clone(),
                outdated: self.keys.iter().map(|other| other.id).filter(|_| self.chance.random_ratio(1, 2)).collect(),
            }),
            checks: self.checks(),
            now: self.begun,
            record,
        };
        if kind != "on record" {
            self.hold_tokens.insert(hold.record.event.token);
            self.held = Some((key.clone(), hold.clone()));
        }
        Operation::Hold(kind, key, Box::new(hold))
    }

    fn day_holds(&mut self, stores: &Stores<'_>, key: &BookingKey, record: &BookingRecord) -> Vec<DayHold> {
        let time = record.target().unwrap_or(record.time);
        let margin = TimeDelta::hours(self.any(&[0, 3]));
        let widened = TimeSpan::new(time.span.start() - margin, time.span.end() + margin).expect("a span");
        let own: Vec<_> = days(time.span).collect();
        let mut holds = Vec::new();
        for member in &record.members {
            for day in days(widened) {
                let known = ledger_day(stores, &key.tenant, member, day);
                let mut read = known.unwrap_or_else(|| bookings::empty_day(member, day));
                if self.chance.random_ratio(1, 12) {
                    read.version = self.chance.random_ratio(1, 2).then(Uuid::now_v7);
                }
                let entry = own
                    .contains(&day)
                    .then(|| Entry { since: whole_second(record.created_at), ..bookings::entry(key.id, record, time) });
                let void = read.entries.iter().map(|entry| entry.key);
                let void = void.filter(|_| self.chance.random_ratio(1, 3)).collect();
                holds.push(DayHold { read, entry, void });
            }
        }
        holds
    }

    fn checks(&mut self) -> Vec<HoldCheck> {
        if self.chance.random_ratio(2, 3) {
            return Vec::new();
        }
        let (id, version) = (self.any(&self.configurations.clone()), self.any(&VERSIONS));
        vec![HoldCheck::Configuration { id, version }, HoldCheck::Session { hash: self.session() }]
    }

    fn replays(&mut self, stores: &Stores<'_>, tenant: &TenantId) -> Vec<ReplayHold> {
        let mut keys = vec![self.replay_key(), self.replay_key()];
        keys.sort();
        keys.dedup();
        let hold = |key: ReplayKey| {
            let read = stores.now(async |fake| fake.replay(tenant, &key).await.expect("read"));
            ReplayHold { key, read: read.filter(|_| self.chance.random_ratio(1, 2)) }
        };
        keys.into_iter().map(hold).collect()
    }
}

/// A ledger as the fake store has it.
pub(super) fn ledger_day(
    stores: &Stores<'_>,
    tenant: &TenantId,
    member: &EmailAddress,
    day: NaiveDate,
) -> Option<LedgerDay> {
    let start = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let window = TimeSpan::new(start, start + TimeDelta::hours(1)).expect("a span");
    let members = [member.clone()];
    let read = stores.now(async |fake| fake.ledgers(tenant, &members, window, Consistency::Strong).await);
    read.expect("read").remove(0).pop()
}
