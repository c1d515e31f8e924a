//! The model's store of appointments against the real one: the same operations, in the same order, with the same results.

mod invention;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use convene::{
    call::Deadline,
    domain::{EmailAddress, EventId},
    scheduling::records::{
        AppointmentRecords, Write,
        appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent, Lock, Placement},
        event::State,
    },
};
use uuid::Uuid;

use crate::{
    conformance::whole_second,
    coverage::Coverage,
    fake_appointments::FakeAppointmentRecords,
    ground::{Ground, RECORD_LIFE},
};
use invention::Invention;

const SEQUENCES: u64 = 40;
const OPERATIONS: usize = 100;
/// The results of operations, and how often each must occur.
const REACHED: [(&str, usize); 12] = [
    ("create: done over nothing", 50),
    ("create: done over what is over", 50),
    ("create: conflict", 100),
    ("update: done", 20),
    ("update: conflict", 100),
    ("update: conflict with nothing", 10),
    ("delete: done", 20),
    ("delete: conflict", 100),
    ("delete: conflict with nothing", 10),
    ("replace: done", 300),
    ("replace: conflict", 100),
    ("replace: conflict with nothing", 10),
];

#[test]
fn the_fake_store_of_appointments_does_what_dynamodb_does() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let mut coverage = Coverage::new(SEQUENCES, &REACHED);
    while let Some(seed) = coverage.next_seed() {
        let fake = FakeAppointmentRecords::new(ground.calm_world(seed));
        let mut invention = Invention::begin(seed);
        for number in 0..OPERATIONS {
            let (key, request) = invention.next(&fake);
            let told = ground.in_virtual_time(fake.apply(&key, &request)).expect("written");
            let really = ground.in_real_time(real.apply(&key, &request)).expect("written");
            assert_eq!(told, really, "seed {seed}, operation {number}: {request:?}");
            coverage.note(outcome(&request, &really));
        }
        for key in &invention.keys {
            let there = fake.items().get(key).cloned();
            assert_eq!(there, ground.in_real_time(read(&real, key)), "seed {seed}: {key:?} at the end");
        }
    }
    ground.clear();
}

#[test]
fn an_open_that_is_repeated_meets_itself() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let mut invention = Invention::begin(0);
    let (key, token) = (invention.keys[0].clone(), Uuid::now_v7());
    let lock = Lock { expires: invention.instant(), intent: Some(Intent::Create(invention.placement())) };
    let opened = ground.in_real_time(real.apply(&key, &acquire(token, &lock))).expect("written");
    assert_eq!(opened, Write::Done(None));
    let repeated = ground.in_real_time(real.apply(&key, &acquire(token, &lock))).expect("written");
    let itself = AppointmentRecord { token, lock: Some(lock.clone()), ..AppointmentRecord::default() };
    assert_eq!(repeated, Write::Conflict(Some(Box::new(itself))));
    // Nor does it take lock once more where nothing came of it meanwhile.
    let trace = AppointmentRecord { token: Uuid::now_v7(), ..AppointmentRecord::default() };
    assert_eq!(ground.in_real_time(real.apply(&key, &replace(token, &trace))).expect("written"), Write::Done(None));
    let late = ground.in_real_time(real.apply(&key, &acquire(token, &lock))).expect("written");
    assert_eq!(late, Write::Conflict(Some(Box::new(trace))));
    ground.clear();
}

#[test]
fn a_hold_without_a_purpose_is_not_taken() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let invention = Invention::begin(0);
    let (key, lock) = (&invention.keys[0], Lock { expires: Utc::now(), intent: None });
    assert!(ground.in_real_time(real.apply(key, &acquire(Uuid::now_v7(), &lock))).is_err());
    assert_eq!(ground.in_real_time(read(&real, key)), None);
    ground.clear();
}

#[test]
fn appointments_are_erased_with_their_tenant_only() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let mut invention = Invention::begin(0);
    let lock = Lock { expires: invention.instant(), intent: Some(Intent::Create(invention.placement())) };
    for key in &invention.keys {
        ground.in_real_time(real.apply(key, &acquire(Uuid::now_v7(), &lock))).expect("opened");
    }
    let (tenant, deadline) = (&invention.keys[0].tenant, Deadline::after(Duration::from_mins(1), Utc::now()));
    let erased = ground.in_real_time(ground.services.erasure.erase(tenant, &deadline)).expect("erased");
    assert!(erased.finished);
    for key in &invention.keys {
        assert_eq!(ground.in_real_time(read(&real, key)).is_none(), key.tenant == *tenant, "{key:?}");
    }
    ground.clear();
}

#[test]
fn hundreds_of_copies_are_kept_and_instants_to_the_millisecond_and_ends_to_the_second() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let mut invention = Invention::begin(0);
    let key = invention.keys[0].clone();
    let exact = Utc::now().with_nanosecond(987_654_321).expect("a time");
    let millis = DateTime::from_timestamp_millis(exact.timestamp_millis()).expect("a time");
    let mailboxes: BTreeSet<EmailAddress> =
        (0..500).map(|n| format!("{n:a>64}@contoso.com").parse().expect("an address")).collect();
    let placement = Placement { mailboxes, ends_at: Some(millis), ..invention.placement() };
    let lock = Lock { expires: exact, intent: Some(Intent::Create(placement.clone())) };
    let token = Uuid::now_v7();
    ground.in_real_time(real.apply(&key, &acquire(token, &lock))).expect("opened");
    let mut record = AppointmentRecord {
        token: Uuid::now_v7(),
        lock: Some(Lock { expires: exact, intent: Some(Intent::Update(placement.clone())) }),
        copies: placement.mailboxes.iter().map(|mailbox| (mailbox.clone(), invention.copy(mailbox))).collect(),
        ends_at: Some(exact),
        deleted_until: Some(exact + TimeDelta::days(30)),
    };
    for copy in record.copies.values_mut() {
        (copy.claim_expires, copy.in_doubt_until) = (exact, Some(exact));
        (copy.state, copy.event) = (State::Active, Some(EventId("A".repeat(152))));
    }
    ground.in_real_time(real.apply(&key, &replace(token, &record))).expect("replaced");
    let kept = ground.in_real_time(read(&real, &key)).expect("a record");
    record.lock = record.lock.map(|lock| Lock { expires: millis, ..lock });
    record.ends_at = Some(millis);
    record.deleted_until = record.deleted_until.map(whole_second);
    for copy in record.copies.values_mut() {
        (copy.claim_expires, copy.in_doubt_until) = (millis, Some(millis));
    }
    // Too much to be shown.
    assert!(kept == record, "something came back as something else");
    ground.clear();
}

fn acquire(token: Uuid, lock: &Lock) -> AppointmentRequest {
    AppointmentRequest::Acquire { token, lock: lock.clone() }
}

fn replace(expected: Uuid, next: &AppointmentRecord) -> AppointmentRequest {
    AppointmentRequest::Replace { expected, next: Box::new(next.clone()) }
}

/// The port has no read: a write that nothing can be expected of meets what is there.
async fn read(records: &Arc<dyn AppointmentRecords>, key: &AppointmentKey) -> Option<AppointmentRecord> {
    let next = AppointmentRecord { token: Uuid::nil(), ..AppointmentRecord::default() };
    match records.apply(key, &replace(Uuid::nil(), &next)).await.expect("read") {
        Write::Conflict(met) => met.map(|met| *met),
        Write::Done(_) => panic!("no attempt is nil"),
    }
}

fn outcome(request: &AppointmentRequest, told: &Write<AppointmentRecord>) -> &'static str {
    let intent = match request {
        AppointmentRequest::Acquire { lock, .. } => lock.intent.as_ref(),
        AppointmentRequest::Replace { .. } => None,
    };
    match (intent, told) {
        (None, Write::Done(_)) => "replace: done",
        (None, Write::Conflict(None)) => "replace: conflict with nothing",
        (None, Write::Conflict(Some(_))) => "replace: conflict",
        (Some(Intent::Create(_)), Write::Done(None)) => "create: done over nothing",
        (Some(Intent::Create(_)), Write::Done(Some(_))) => "create: done over what is over",
        (Some(Intent::Create(_)), Write::Conflict(_)) => "create: conflict",
        (Some(Intent::Update(_)), Write::Done(_)) => "update: done",
        (Some(Intent::Update(_)), Write::Conflict(None)) => "update: conflict with nothing",
        (Some(Intent::Update(_)), Write::Conflict(Some(_))) => "update: conflict",
        (Some(Intent::Delete), Write::Done(_)) => "delete: done",
        (Some(Intent::Delete), Write::Conflict(None)) => "delete: conflict with nothing",
        (Some(Intent::Delete), Write::Conflict(Some(_))) => "delete: conflict",
    }
}
