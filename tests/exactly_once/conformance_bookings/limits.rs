//! What the random operations do not reach: items of a newer release, and the limits of DynamoDB.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use convene::{
    domain::{BookingContent, EmailAddress, EventId, Guest, TenantId, TimeSpan},
    scheduling::records::{
        Consistency, RecordsError,
        booking::{
            Actor, BookingClaim, BookingKey, BookingRecord, Held, Hold, LedgerEdit, MAX_CONTENT_BYTES, Permit, Purpose,
            ReplayHold, ReplayKey, TurnHold, Unfinished, UnfinishedKind,
        },
        event::next_token,
        ledger::{BookedTime, Entry},
    },
};
use convene_tests::bookings;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{conformance::whole_second, ground::Ground};

/// The longest immutable id of an event.
const EVENT: usize = 152;

/// An address of the greatest length.
fn longest_address(number: usize) -> EmailAddress {
    // 64 bytes before the `@`, and at most 63 in each part after it.
    let address = format!("{number:a>64}@{}.{}.{}", "b".repeat(63), "c".repeat(63), "d".repeat(61));
    assert_eq!(address.len(), EmailAddress::MAX_BYTES);
    bookings::address(&address)
}

/// The hour around a midnight: it touches two days.
fn at_midnight() -> TimeSpan {
    let hour = bookings::hour(23);
    TimeSpan::new(hour.start() + TimeDelta::minutes(30), hour.end() + TimeDelta::minutes(30)).expect("a span")
}

fn items(ground: &Ground) -> Vec<Value> {
    let mut found = ground.aws("Scan", &json!({"TableName": "BookingsTable"}));
    serde_json::from_value(found["Items"].take()).expect("items")
}

#[test]
fn items_of_a_newer_release_are_neither_read_nor_changed() {
    let ground = Ground::prepare();
    let real = ground.services.booking_records();
    let members = [bookings::address("a@contoso.com"), bookings::address("b@contoso.com")];
    let key = bookings::key("contoso");
    let record = bookings::record(&members, bookings::hour(9), whole_second(Utc::now()));
    let hold = bookings::hold(key.id, &record);
    assert_eq!(ground.in_real_time(real.hold(&key, &hold)).expect("held"), Held::Done);
    for mut item in items(&ground) {
        assert_eq!(item["v"]["N"], "1", "{item}");
        item["v"]["N"] = json!("2");
        ground.aws("PutItem", &json!({"TableName": "BookingsTable", "Item": item}));
    }
    let before = items(&ground);
    assert_eq!(before.len(), 5, "a record, two ledgers, a turn and a replay key");

    let newer = |error: RecordsError| {
        let text = error.to_string();
        assert!(matches!(error, RecordsError::Internal(_)) && text.contains("newer than 1, the newest"), "{text}");
    };
    let tenant = &key.tenant;
    let claim = BookingClaim {
        purpose: Purpose::Cancel,
        permit: Permit::Tenant { configuration: None },
        now: Utc::now(),
        token: next_token(record.event.token),
        claim_expires: Utc::now(),
        in_doubt_until: Utc::now(),
        by: Actor::Guest,
        reason: None,
    };
    let again = BookingRecord { event: claimed_anew(&record), ..record.clone() };
    let other = BookingKey { id: bookings::key("contoso").id, ..key.clone() };
    ground.in_real_time(async {
        newer(real.read(&key).await.expect_err("newer"));
        newer(real.claim(&key, &claim).await.expect_err("newer"));
        let window = record.time.span;
        newer(real.ledgers(tenant, &members, window, Consistency::Strong).await.expect_err("newer"));
        newer(real.turns(tenant, record.configuration).await.expect_err("newer"));
        newer(real.replay(tenant, &hold.replay_keys[0].key).await.expect_err("newer"));
        for held in [
            real.hold(&key, &bookings::hold(key.id, &again)).await,
            real.hold(&other, &Hold { replay_keys: Vec::new(), ..bookings::hold(other.id, &again) }).await,
            real.hold(&other, &Hold { days: Vec::new(), turn: None, ..bookings::hold(other.id, &again) }).await,
            real.hold(&other, &Hold { days: vec![], replay_keys: vec![], ..bookings::hold(other.id, &again) }).await,
        ] {
            newer(held.expect_err("newer"));
        }
        let entry = Entry { event: Some(EventId("e".to_owned())), ..bookings::entry(key.id, &record, record.time) };
        let (member, attempt) = (members[0].clone(), next_token(Uuid::nil()));
        let add = LedgerEdit::Add { member: member.clone(), entry: entry.clone(), attempt };
        newer(real.edit_ledgers(tenant, &[add]).await.expect_err("newer"));
        // These may be lost.
        let learn = LedgerEdit::Learn { member: member.clone(), entry: entry.clone() };
        let remove = LedgerEdit::Remove { member: member.clone(), key: entry.key };
        real.edit_ledgers(tenant, &[learn, remove]).await.expect("nothing to edit");
        real.remove_turn(tenant, record.configuration, &member, key.id).await.expect("nothing to remove");
    });
    assert_eq!(items(&ground), before);
    ground.clear();
}

fn claimed_anew(record: &BookingRecord) -> convene::scheduling::records::event::Record {
    convene::scheduling::records::event::Record {
        token: next_token(record.event.token),
        incarnation: Uuid::new_v4(),
        ..record.event.clone()
    }
}

/// A hold of so many members on two days each, with so many replay keys and a turn.
fn large_hold(key: &BookingKey, members: usize, replay_keys: usize) -> Hold {
    let members: Vec<_> = (0..members).map(longest_address).collect();
    let record = bookings::record(&members, at_midnight(), whole_second(Utc::now()));
    let replay_keys = (0..replay_keys).map(|number| ReplayKey::Given(number.to_string()));
    Hold {
        replay_keys: replay_keys.map(|key| ReplayHold { key, read: None }).collect(),
        turn: Some(TurnHold { host: members[0].clone(), outdated: Vec::new() }),
        ..bookings::hold(key.id, &record)
    }
}

#[test]
fn a_transaction_has_at_most_100_items() {
    let ground = Ground::prepare();
    let (real, key) = (ground.services.booking_records(), bookings::key("contoso"));
    // The record, 96 ledgers and the turn.
    let too_large = ground.in_real_time(real.hold(&key, &large_hold(&key, 48, 3)));
    let refusal = too_large.expect_err("too large");
    assert!(matches!(&refusal, RecordsError::Internal(why) if why.contains("101 items")), "{refusal}");
    assert_eq!(items(&ground), Vec::<Value>::new());
    let held = ground.in_real_time(real.hold(&key, &large_hold(&key, 48, 2)));
    assert_eq!((held.expect("held"), items(&ground).len()), (Held::Done, 100));
    ground.clear();
}

#[test]
fn the_largest_booking_of_40_members_fits() {
    let ground = Ground::prepare();
    let (real, key) = (ground.services.booking_records(), bookings::key("contoso"));
    let mut hold = large_hold(&key, 40, 2);
    let guest = |number| Guest { name: "n".repeat(200), email: longest_address(number).as_written().to_owned() };
    hold.record.content = BookingContent {
        title: "t".repeat(1000),
        description: "d".repeat(16_000),
        location: "l".repeat(1000),
        guest: guest(0),
        additional_guests: (1..=50).map(guest).collect(),
        answers: (0..50).map(|number| (format!("{number:k>100}"), "ü".repeat(2048))).collect::<BTreeMap<_, _>>(),
        time_zone: Some("America/Argentina/ComodRivadavia".to_owned()),
        language: Some("en".to_owned()),
    };
    assert_eq!(ground.in_real_time(real.hold(&key, &hold)).expect("held"), Held::Done);
    let kept = ground.in_real_time(real.read(&key)).expect("read").expect("a record");
    assert!(*kept == hold.record, "something came back as something else");
    ground.clear();
}

#[test]
fn the_largest_contents_of_a_move_fit_into_its_record() {
    let ground = Ground::prepare();
    let (real, key) = (ground.services.booking_records(), bookings::key("contoso"));
    let mut hold = large_hold(&key, 40, 0);
    let content = |bytes: usize| {
        let empty = BookingContent { description: String::new(), ..bookings::content("guest") };
        let length = bytes - serde_json::to_string(&empty).expect("JSON").len();
        BookingContent { description: "d".repeat(length), ..empty }
    };
    let moving = |bytes| {
        let target = BookedTime { span: bookings::hour(30), number: 1 };
        let kind = UnfinishedKind::Move { target, content: Some(Box::new(content(bytes))) };
        Some(Unfinished { kind, by: Actor::Guest, in_doubt_until: whole_second(Utc::now()) })
    };
    hold.record.content = content(MAX_CONTENT_BYTES / 2);
    hold.record.unfinished = moving(MAX_CONTENT_BYTES / 2 + 1);
    assert!(!hold.record.fits());
    hold.record.unfinished = moving(MAX_CONTENT_BYTES / 2);
    assert!(hold.record.fits());
    assert_eq!(ground.in_real_time(real.hold(&key, &hold)).expect("held"), Held::Done);
    let kept = ground.in_real_time(real.read(&key)).expect("read").expect("a record");
    assert!(*kept == hold.record, "something came back as something else");
    ground.clear();
}

#[test]
fn a_day_holds_the_longest_entries_of_every_five_minutes() {
    let ground = Ground::prepare();
    let (real, tenant) = (ground.services.booking_records(), TenantId::new("contoso").expect("a name"));
    let (member, organizer) = (longest_address(1), longest_address(2));
    let midnight = bookings::hour(0).start();
    let record = bookings::record(std::slice::from_ref(&organizer), bookings::hour(0), whole_second(Utc::now()));
    let entries: Vec<_> = (0..288)
        .map(|number| {
            let start = midnight + TimeDelta::minutes(5 * number);
            let span = TimeSpan::new(start, start + TimeDelta::minutes(5)).expect("a span");
            let time = BookedTime { span, number: u32::MAX };
            Entry {
                event: Some(EventId("A".repeat(EVENT))),
                ..bookings::entry(bookings::key("contoso").id, &record, time)
            }
        })
        .collect();
    let add = |entry: &Entry| LedgerEdit::Add {
        member: member.clone(),
        entry: entry.clone(),
        attempt: next_token(Uuid::nil()),
    };
    let edits: Vec<_> = entries.iter().map(add).collect();
    ground.in_real_time(real.edit_ledgers(&tenant, &edits)).expect("edited");
    let window = bookings::hour(3);
    let ledgers = real.ledgers(&tenant, std::slice::from_ref(&member), window, Consistency::Strong);
    let [day] = <[_; 1]>::try_from(ground.in_real_time(ledgers).expect("read").remove(0)).expect("one day");
    let mut found = day.entries;
    found.sort_by_key(|entry| entry.key.time);
    assert!(found == entries, "something came back as something else");
    ground.clear();
}
