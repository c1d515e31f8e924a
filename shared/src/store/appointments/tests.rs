use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection, option, prelude::*};
use uuid::Uuid;

use super::format::{from_item, head, to_item};
use crate::{
    domain::{EmailAddress, EventId, Fingerprint},
    scheduling::records::{
        appointment::{AppointmentRecord, Intent, Lock, Placement},
        event::{Deletion, Record, State},
    },
    store::item::{Item, number, text},
};

/// DynamoDB's limit is 400 KB.
const MAX_BYTES: usize = 300 * 1024;
const LIFE: TimeDelta = TimeDelta::days(400);

proptest! {
    #[test]
    fn an_item_is_parsed_to_the_record_it_was_written_from(record in records()) {
        prop_assert_eq!(from_item(&to_item(&record, Utc::now(), LIFE).unwrap()).unwrap(), record);
    }

    #[test]
    fn attributes_follow_from_the_record(record in records()) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let item = to_item(&record, now, LIFE).unwrap();
        prop_assert_eq!(&item["state"], &text(if record.is_over() { "deleted" } else { "active" }));
        prop_assert!(item.contains_key("ttl") || !record.is_over());
        prop_assert_eq!(item.contains_key("lock_expires"), record.lock.is_some());
        // DynamoDB refuses an empty set.
        let is_empty = |value: &AttributeValue| value.as_ss().is_ok_and(Vec::is_empty);
        prop_assert!(!item.values().any(is_empty));
        if let Some(lock) = &record.lock {
            for (name, value) in head(State::Active, record.token, Some(lock)) {
                prop_assert_eq!(&item[&name], &value);
            }
        }
    }
}

#[test]
fn deleted_copies_are_not_stored() {
    let deleted = Record { state: State::Deleted, ..copy(mailbox(1)) };
    let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), deleted)]), ..empty() };
    let kept = from_item(&to_item(&record, Utc::now(), LIFE).unwrap()).unwrap();
    assert!(kept.copies.is_empty() && kept.is_over());
}

#[test]
fn the_organizer_and_the_deletion_of_a_copy_are_not_stored() {
    let deletion = Some(Deletion { organizer: mailbox(2), until: Utc::now() });
    let odd = Record { organizer: mailbox(2), deletion, ..copy(mailbox(1)) };
    let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), odd)]), ..empty() };
    let kept = from_item(&to_item(&record, Utc::now(), LIFE).unwrap()).unwrap();
    assert_eq!(kept.copies[&mailbox(1)], copy(mailbox(1)));
}

#[test]
fn the_ttl_is_an_hour_for_a_trace_and_the_end_of_the_deletion_for_a_tombstone() {
    let (now, end) = (DateTime::from_timestamp(1_800_000_000, 5).unwrap(), DateTime::from_timestamp(1_900_000_000, 0));
    let ttl = |record: &AppointmentRecord| to_item(record, now, LIFE).unwrap()["ttl"].clone();
    assert_eq!(ttl(&empty()), number(1_800_003_600));
    assert_eq!(ttl(&AppointmentRecord { deleted_until: end, ..empty() }), number(1_900_000_000));
}

#[test]
fn an_item_of_an_earlier_version_is_read_and_one_of_a_newer_version_is_refused() {
    let record = AppointmentRecord { ends_at: None, ..empty() };
    let with_version = |version| {
        let mut item = to_item(&record, Utc::now(), LIFE).unwrap();
        item.insert("v".to_owned(), number(version));
        from_item(&item)
    };
    assert_eq!(with_version(1).unwrap(), record);
    let newer = with_version(3).unwrap_err();
    assert!(newer.is_definitive());
    assert_eq!(newer.to_string(), "DynamoDB: an item has version 3, newer than 2, the newest that this release reads");
    assert!(with_version(0).is_err());
}

#[test]
fn a_payload_that_is_not_a_hash_is_refused() {
    for payload in ["00", &"A".repeat(64), &format!("{:+>32}{:032}", 1, 1), &"é".repeat(32)] {
        let odd = Record { payload: Some(Fingerprint::from_stored(payload)), ..copy(mailbox(1)) };
        let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), odd)]), ..empty() };
        assert!(to_item(&record, Utc::now(), LIFE).is_err(), "{payload:?} was written");
    }
}

#[test]
fn an_inconsistent_item_is_malformed() {
    let record = AppointmentRecord { copies: BTreeMap::from([(mailbox(1), copy(mailbox(1)))]), ..empty() };
    let good = to_item(&record, Utc::now(), LIFE).unwrap();
    assert!(from_item(&good).is_ok());
    for (name, value) in
        [("state", text("deleted")), ("v", text("2")), ("copies", text("")), ("fencing_token", text("x"))]
    {
        let mut bad = good.clone();
        bad.insert(name.to_owned(), value);
        assert!(from_item(&bad).is_err(), "{name}");
    }
}

#[test]
fn five_hundred_copies_fit_into_an_item() {
    let mailboxes: BTreeSet<_> = (0..500).map(mailbox).collect();
    let placement = Placement {
        incarnation: Uuid::new_v4(),
        payload: Fingerprint::from_stored("0".repeat(64)),
        mailboxes,
        ends_at: Some(Utc::now()),
    };
    let record = AppointmentRecord {
        copies: placement.mailboxes.iter().map(|mailbox| (mailbox.clone(), copy(mailbox.clone()))).collect(),
        lock: Some(Lock { expires: Utc::now(), intent: Some(Intent::Update(placement)) }),
        ends_at: Some(Utc::now()),
        deleted_until: Some(Utc::now()),
        ..empty()
    };
    let size = size(&to_item(&record, Utc::now(), LIFE).unwrap());
    // A smaller size would mean that the count is incomplete.
    assert!((150 * 1024..MAX_BYTES).contains(&size), "{size} bytes");
}

/// The size as DynamoDB documents it: 3 bytes for a map and 1 for each of its entries; for a number at most 1 byte, and 1 more for
/// every two digits.
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
        other => panic!("unexpected attribute type: {other:?}"),
    }
}

fn empty() -> AppointmentRecord {
    AppointmentRecord { token: Uuid::now_v7(), ..AppointmentRecord::default() }
}

/// An address as long as they come in practice.
fn mailbox(n: usize) -> EmailAddress {
    format!("{n:x>64}@subsidiary.contoso.com").parse().unwrap()
}

/// A copy that has every attribute.
fn copy(organizer: EmailAddress) -> Record {
    let time = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
    Record {
        state: State::Creating,
        incarnation: Uuid::max(),
        token: Uuid::max(),
        claim_expires: time,
        in_doubt_until: Some(time + TimeDelta::minutes(2)),
        outstanding_creates: 12,
        ambiguous_creates: 34,
        payload: Some(Fingerprint::from_stored("0123456789abcdef".repeat(4))),
        organizer,
        event: Some(EventId("A".repeat(152))),
        uid: None,
        ends_at: None,
        deletion: None,
    }
}

fn records() -> impl Strategy<Value = AppointmentRecord> {
    let ends = (option::of(instants()), option::of(seconds()));
    let parts = (uuids(), option::of(locks()), collection::vec((addresses(), copies()), 0..6), ends);
    parts.prop_map(|(token, lock, copies, (ends_at, deleted_until))| {
        let copies = copies.into_iter().map(|(organizer, copy)| (organizer.clone(), Record { organizer, ..copy }));
        AppointmentRecord { token, lock, copies: copies.collect(), ends_at, deleted_until }
    })
}

fn locks() -> impl Strategy<Value = Lock> {
    let placements = (uuids(), payloads(), collection::btree_set(addresses(), 0..4), option::of(instants()))
        .prop_map(|(incarnation, payload, mailboxes, ends_at)| Placement { incarnation, payload, mailboxes, ends_at });
    let intents = placements.prop_flat_map(|placement| {
        prop_oneof![Just(Intent::Create(placement.clone())), Just(Intent::Update(placement)), Just(Intent::Delete)]
    });
    (instants(), option::of(intents)).prop_map(|(expires, intent)| Lock { expires, intent })
}

fn copies() -> impl Strategy<Value = Record> {
    let counts = || prop_oneof![Just(0), any::<u32>()];
    let states = prop_oneof![Just(State::Creating), Just(State::Active), Just(State::Deleting)];
    let claims = (states, uuids(), uuids(), instants(), option::of(instants()));
    let events = option::of("[^\u{0}]{1,200}".prop_map(EventId));
    (claims, counts(), counts(), option::of(payloads()), events).prop_map(
        |(claim, outstanding_creates, ambiguous_creates, payload, event)| {
            let (state, incarnation, token, claim_expires, in_doubt_until) = claim;
            let claim = Record { state, incarnation, token, claim_expires, in_doubt_until, ..copy(mailbox(0)) };
            Record { outstanding_creates, ambiguous_creates, payload, event, ..claim }
        },
    )
}

fn addresses() -> impl Strategy<Value = EmailAddress> {
    "[a-zA-Z0-9!#$%&'*+=?^_`{|}~é-]{1,20}@([a-zA-Z0-9]{1,9}\\.){1,3}com".prop_map(|text| text.parse().unwrap())
}

fn payloads() -> impl Strategy<Value = Fingerprint> {
    "[0-9a-f]{64}".prop_map(Fingerprint::from_stored)
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
