use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection, option, prelude::*};
use uuid::Uuid;

use super::form::{from_item, head, to_item};
use crate::{
    calendar::EventId,
    domain::{EmailAddress, Fingerprint},
    scheduling::{
        appointments::record::{AppointmentRecord, Hold, Placing, Purpose},
        record::{Deletion, Record, State},
    },
    store::item::{Item, number, text},
};

/// The most that DynamoDB takes is 400 KB.
const ROOM: usize = 300 * 1024;

proptest! {
    #[test]
    fn a_record_is_read_as_it_was_written(record in records()) {
        prop_assert_eq!(from_item(&to_item(&record, Utc::now()).unwrap()).unwrap(), record);
    }

    #[test]
    fn the_state_is_that_of_the_record(record in records()) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let item = to_item(&record, now).unwrap();
        prop_assert_eq!(&item["state"], &text(if record.is_over() { "deleted" } else { "active" }));
        prop_assert_eq!(item.contains_key("ttl"), record.is_over());
        prop_assert_eq!(item.contains_key("held_until"), record.hold.is_some());
        // DynamoDB refuses an empty set.
        let is_empty = |value: &AttributeValue| value.as_ss().is_ok_and(Vec::is_empty);
        prop_assert!(!item.values().any(is_empty));
        if let Some(hold) = &record.hold {
            for (name, value) in head(State::Active, record.attempt, Some(hold)) {
                prop_assert_eq!(&item[&name], &value);
            }
        }
    }
}

#[test]
fn a_deleted_copy_is_none() {
    let deleted = Record { state: State::Deleted, ..copy(mailbox(1)) };
    let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), deleted)]), ..empty() };
    let kept = from_item(&to_item(&record, Utc::now()).unwrap()).unwrap();
    assert!(kept.copies.is_empty() && kept.is_over());
}

#[test]
fn of_a_copy_neither_its_organizer_nor_a_deletion_is_kept() {
    let deletion = Some(Deletion { organizer: mailbox(2), until: Utc::now() });
    let odd = Record { organizer: mailbox(2), deletion, ..copy(mailbox(1)) };
    let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), odd)]), ..empty() };
    let kept = from_item(&to_item(&record, Utc::now()).unwrap()).unwrap();
    assert_eq!(kept.copies[&mailbox(1)], copy(mailbox(1)));
}

#[test]
fn a_trace_is_forgotten_an_hour_later_and_a_tombstone_when_it_ends() {
    let (now, end) = (DateTime::from_timestamp(1_800_000_000, 5).unwrap(), DateTime::from_timestamp(1_900_000_000, 0));
    let ttl = |record: &AppointmentRecord| to_item(record, now).unwrap()["ttl"].clone();
    assert_eq!(ttl(&empty()), number(1_800_003_600));
    assert_eq!(ttl(&AppointmentRecord { deleted_until: end, ..empty() }), number(1_900_000_000));
}

#[test]
fn a_payload_that_is_no_hash_is_not_written() {
    for payload in ["00", &"A".repeat(64), &format!("{:+>32}{:032}", 1, 1), &"é".repeat(32)] {
        let odd = Record { payload: Fingerprint::from_stored(payload), ..copy(mailbox(1)) };
        let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), odd)]), ..empty() };
        assert!(to_item(&record, Utc::now()).is_err(), "{payload:?} was written");
    }
}

#[test]
fn an_item_that_contradicts_itself_is_not_read() {
    let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), copy(mailbox(1)))]), ..empty() };
    let good = to_item(&record, Utc::now()).unwrap();
    assert!(from_item(&good).is_ok());
    for (name, value) in [("state", text("deleted")), ("v", text("2")), ("copies", text("")), ("attempt", text("x"))] {
        let mut bad = good.clone();
        bad.insert(name.to_owned(), value);
        assert!(from_item(&bad).is_err(), "{name}");
    }
}

#[test]
fn five_hundred_copies_leave_room() {
    let mailboxes: BTreeSet<_> = (0..500).map(mailbox).collect();
    let placing = Placing { incarnation: Uuid::new_v4(), payload: Fingerprint::from_stored("0".repeat(64)), mailboxes };
    let record = AppointmentRecord {
        copies: placing.mailboxes.iter().map(|mailbox| (mailbox.clone(), copy(mailbox.clone()))).collect(),
        hold: Some(Hold { until: Utc::now(), purpose: Some(Purpose::Update(placing)) }),
        deleted_until: Some(Utc::now()),
        ..empty()
    };
    let size = size(&to_item(&record, Utc::now()).unwrap());
    // Less than this, and something was not counted.
    assert!((150 * 1024..ROOM).contains(&size), "{size} bytes");
}

/// As DynamoDB counts, where it says how: a map takes three bytes and one more for each entry, a number at most one byte for
/// two digits and one more.
fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::M(entries) => 3 + entries.len() + size(entries),
        other => panic!("what is {other:?}?"),
    }
}

fn empty() -> AppointmentRecord {
    AppointmentRecord { attempt: Uuid::now_v7(), hold: None, copies: BTreeMap::new(), deleted_until: None }
}

/// An address as long as they come in practice.
fn mailbox(n: usize) -> EmailAddress {
    format!("{n:x>64}@subsidiary.contoso.com").parse().unwrap()
}

/// A copy of which everything is on record.
fn copy(organizer: EmailAddress) -> Record {
    let time = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
    Record {
        state: State::Creating,
        incarnation: Uuid::max(),
        attempt: Uuid::max(),
        claim_expires: time,
        unsettled_until: Some(time + TimeDelta::minutes(2)),
        unanswered: 12,
        inconclusive: 34,
        payload: Fingerprint::from_stored("0123456789abcdef".repeat(4)),
        organizer,
        event: Some(EventId("A".repeat(152))),
        deletion: None,
    }
}

fn records() -> impl Strategy<Value = AppointmentRecord> {
    let parts = (uuids(), option::of(holds()), collection::vec((addresses(), copies()), 0..6), option::of(seconds()));
    parts.prop_map(|(attempt, hold, copies, deleted_until)| {
        let copies = copies.into_iter().map(|(organizer, copy)| (organizer.clone(), Record { organizer, ..copy }));
        AppointmentRecord { attempt, hold, copies: copies.collect(), deleted_until }
    })
}

fn holds() -> impl Strategy<Value = Hold> {
    let placings = (uuids(), payloads(), collection::btree_set(addresses(), 0..4))
        .prop_map(|(incarnation, payload, mailboxes)| Placing { incarnation, payload, mailboxes });
    let purposes = placings.prop_flat_map(|placing| {
        prop_oneof![Just(Purpose::Create(placing.clone())), Just(Purpose::Update(placing)), Just(Purpose::Delete)]
    });
    (instants(), option::of(purposes)).prop_map(|(until, purpose)| Hold { until, purpose })
}

fn copies() -> impl Strategy<Value = Record> {
    let counts = || prop_oneof![Just(0), any::<u32>()];
    let states = prop_oneof![Just(State::Creating), Just(State::Active), Just(State::Deleting)];
    let claims = (states, uuids(), uuids(), instants(), option::of(instants()));
    let events = option::of("[^\u{0}]{1,200}".prop_map(EventId));
    (claims, counts(), counts(), payloads(), events).prop_map(|(claim, unanswered, inconclusive, payload, event)| {
        let (state, incarnation, attempt, claim_expires, unsettled_until) = claim;
        let claim = Record { state, incarnation, attempt, claim_expires, unsettled_until, ..copy(mailbox(0)) };
        Record { unanswered, inconclusive, payload, event, ..claim }
    })
}

fn addresses() -> impl Strategy<Value = EmailAddress> {
    "[a-zA-Z0-9!#$%&'*+=?^_`{|}~é-]{1,20}@([a-zA-Z0-9]{1,9}\\.){1,3}com".prop_map(|text| text.parse().unwrap())
}

fn payloads() -> impl Strategy<Value = Fingerprint> {
    prop_oneof!["[0-9a-f]{64}".prop_map(Fingerprint::from_stored), Just(Fingerprint::in_doubt())]
}

fn uuids() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (0..4_000_000_000_000_i64).prop_map(|millis| DateTime::from_timestamp_millis(millis).unwrap())
}

fn seconds() -> impl Strategy<Value = DateTime<Utc>> {
    (0..4_000_000_000_i64).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}
