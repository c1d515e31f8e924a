//! Formats of items that no operation writes, and the partitions.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use uuid::Uuid;

use super::{keys, ledger, replays};
use crate::{
    domain::{BookingId, ConfigurationId, EmailAddress, Fingerprint, TenantId, TimeSpan},
    scheduling::records::{
        booking::{BookingKey, ReplayKey},
        ledger::{BookedTime, Entry, EntryKey},
    },
    store::item::{Item, number, text},
};

fn address() -> EmailAddress {
    "Member#1@Contoso.com".parse().expect("an address")
}

fn entry() -> Entry {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time");
    let span = TimeSpan::new(at(1_900_000_000), at(1_900_001_800)).expect("a span");
    let time = BookedTime { span, number: 7 };
    Entry { key: EntryKey { booking: BookingId(Uuid::max()), time }, organizer: address(), since: at(5), event: None }
}

fn day_item() -> Item {
    let tenant = TenantId::new("contoso").expect("a name");
    let mut item = keys::ledger(&tenant, &address(), entry().key.time.span.start().date_naive());
    item.insert("v".to_owned(), number(1));
    item.insert(ledger::attribute(entry().key), ledger::value(&address(), &entry()));
    item
}

#[test]
fn a_day_without_a_version_has_its_entries() {
    let day = ledger::day(&address(), &day_item()).expect("a day");
    assert_eq!((day.version, day.entries), (None, vec![entry()]));
    assert_eq!(day.day, entry().key.time.span.start().date_naive());
}

#[test]
fn an_entry_has_a_short_name_and_no_attribute_for_what_the_ledger_implies() {
    let name = ledger::attribute(entry().key);
    assert_eq!(name, "e#ffffffffffffffffffffffffffffffff#1900000000#1900001800#7");
    let AttributeValue::M(value) = ledger::value(&address(), &entry()) else { panic!("a map") };
    assert_eq!(value.keys().collect::<Vec<_>>(), ["t"]);
}

#[test]
fn an_entry_that_cannot_be_parsed_is_an_error() {
    let name = ledger::attribute(entry().key);
    for bad in [name.replace("#7", ""), name.replace("#7", "#-1"), name.replace("ffff#", "#"), "e#".to_owned()] {
        let mut item = day_item();
        item.insert(bad.clone(), ledger::value(&address(), &entry()));
        let error = ledger::day(&address(), &item).expect_err("malformed");
        assert!(error.is_definitive() && error.to_string().contains(&bad), "{error}");
    }
    let mut item = day_item();
    item.insert(name, text("not a map"));
    assert!(ledger::day(&address(), &item).is_err());
}

#[test]
fn every_item_is_in_a_partition_of_its_tenant_that_erasure_reads() {
    let tenant = TenantId::new("contoso").expect("a name");
    let partitions: BTreeSet<_> = keys::partitions(&tenant).collect();
    assert_eq!(partitions.len(), 64);
    let mut used = BTreeSet::new();
    for number in 0..200_u128 {
        let id = Uuid::from_u128(number);
        let member: EmailAddress = format!("member{number}@contoso.com").parse().expect("an address");
        for item in [
            keys::booking(&BookingKey { tenant: tenant.clone(), id: BookingId(id) }),
            keys::ledger(&tenant, &member, entry().key.time.span.start().date_naive()),
            keys::turn(&tenant, ConfigurationId(id), &member),
            keys::replay(&tenant, &ReplayKey::Given(number.to_string())),
            keys::replay(&tenant, &ReplayKey::Content(Fingerprint::from_stored(format!("{number:064x}")))),
        ] {
            used.insert(item["pk"].as_s().expect("a text").clone());
        }
    }
    assert_eq!(used, partitions);
}

#[test]
fn a_replay_key_needs_a_version() {
    let item = Item::from([("payload".to_owned(), text("")), ("booking".to_owned(), text(Uuid::max().to_string()))]);
    assert!(replays::from_item(&item).is_err());
}
