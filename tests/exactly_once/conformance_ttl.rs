//! When DynamoDB may remove an item: no event's record before its life after the event is over, and no tombstone before its end. The model's stores forget nothing,
//! so they cannot show this.

use std::{ops::RangeInclusive, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use convene::{
    domain::{ExternalId, Fingerprint, TenantId},
    scheduling::records::{
        Write,
        appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest, Intent, Lock, Placement},
        event::{Deletion, EventKind, Record, RecordKey, State, next_token},
        requests::RecordRequest,
    },
};
use uuid::Uuid;

use crate::{
    conformance::whole_second,
    ground::{Ground, RECORD_LIFE},
};

const PAYLOAD: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn claim(after: Uuid) -> Record {
    let organizer = "organizer@contoso.com".parse().expect("an address");
    let expires = whole_second(Utc::now());
    Record::claim(Fingerprint::from_stored(PAYLOAD), organizer, Uuid::new_v4(), next_token(after), expires)
}

fn tombstone(claim: &Record, until: DateTime<Utc>) -> Record {
    let deletion = Some(Deletion { organizer: claim.organizer.clone(), until });
    Record { state: State::Deleted, deletion, token: next_token(claim.token), ..claim.clone() }
}

/// The time to live of an item that was written just now and is kept for an event with this end.
fn life_after(end: DateTime<Utc>) -> RangeInclusive<Option<i64>> {
    let at = |now: DateTime<Utc>| Some((end.max(now) + RECORD_LIFE).timestamp());
    at(Utc::now() - TimeDelta::minutes(1))..=at(Utc::now())
}

#[test]
fn a_meeting_is_kept_for_its_life_after_its_end_which_a_request_extends() {
    let ground = Ground::prepare();
    let real = ground.services.meeting_records(RECORD_LIFE);
    let (tenant, id) = (TenantId::new("contoso").expect("a name"), ExternalId::new("end").expect("an id"));
    let key = RecordKey { tenant, id, kind: EventKind::Meeting };
    let apply = |request| ground.in_real_time(real.apply(&key, &request)).expect("applied");
    let stored = |name| ground.stored_seconds("contoso#meeting#end", name);
    let past = whole_second(Utc::now()) - TimeDelta::days(9);
    let soon = whole_second(Utc::now()) + TimeDelta::days(9);
    let later = soon + TimeDelta::days(1);
    let first = Record { ends_at: Some(past), ..claim(Uuid::nil()) };
    apply(RecordRequest::Claim(Box::new(first.clone())));
    assert!(life_after(past).contains(&stored("ttl")), "a record of a past meeting lives from now");
    let active = Record { state: State::Active, ends_at: Some(soon), ..first.clone() };
    apply(RecordRequest::Replace { expected: Box::new(first), next: Box::new(active.clone()), is_last: true });
    assert!(life_after(soon).contains(&stored("ttl")));
    let organizer = active.organizer.clone();
    let extend = |ends_at| apply(RecordRequest::ReadAndExtend { organizer: organizer.clone(), ends_at });
    assert_eq!(extend(later), Write::Done(Some(Box::new(active.clone()))), "the record as it was");
    assert_eq!(stored("ends_at"), Some(later.timestamp_millis()));
    assert!(life_after(later).contains(&stored("ttl")));
    // A repeat finds its own end. An earlier end leaves the record as it is.
    let extended = Record { ends_at: Some(later), ..active };
    for end in [later, soon] {
        assert_eq!(extend(end), Write::Conflict(Some(Box::new(extended.clone()))));
        assert!(life_after(later).contains(&stored("ttl")));
    }
    let claim_expires = whole_second(Utc::now());
    let token = next_token(extended.token);
    let deleting = Record { state: State::Deleting, token, claim_expires, ..extended.clone() };
    apply(RecordRequest::ClaimDelete { organizer: organizer.clone(), token, claim_expires });
    assert_eq!(stored("ttl"), None, "a delete that is under way");
    apply(RecordRequest::Replace { expected: Box::new(deleting), next: Box::new(extended), is_last: true });
    assert!(life_after(later).contains(&stored("ttl")), "a delete that failed");
    ground.clear();
}

#[test]
fn an_appointment_is_kept_for_its_life_after_its_end_unless_its_lock_does_not_know_the_end() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let (tenant, id) = (TenantId::new("contoso").expect("a name"), ExternalId::new("end").expect("an id"));
    let key = AppointmentKey { tenant, id };
    let apply = |request| {
        let written = ground.in_real_time(real.apply(&key, &request)).expect("written");
        assert!(matches!(written, Write::Done(_)), "{request:?}: {written:?}");
    };
    let ttl = || ground.stored_seconds("contoso#appointment#end", "ttl");
    let (soon, later) = (Utc::now() + TimeDelta::days(9), Utc::now() + TimeDelta::days(10));
    let placement = |ends_at| Placement {
        incarnation: Uuid::new_v4(),
        payload: Fingerprint::from_stored(PAYLOAD),
        mailboxes: ["a@contoso.com".parse().expect("one")].into(),
        ends_at: Some(ends_at),
    };
    let lock = |intent| Lock { expires: Utc::now() + Duration::from_secs(30), intent: Some(intent) };
    let first = next_token(Uuid::nil());
    let second = next_token(first);
    let tokens = [first, second, next_token(second)];
    apply(AppointmentRequest::Acquire { token: tokens[0], lock: lock(Intent::Create(placement(soon))) });
    assert!(life_after(soon).contains(&ttl()));
    let locked = AppointmentRecord {
        token: tokens[1],
        lock: Some(lock(Intent::Create(placement(soon)))),
        ..AppointmentRecord::default()
    };
    let created = AppointmentRecord { lock: None, ..locked.apply_intent() };
    apply(AppointmentRequest::Replace { expected: tokens[0], next: Box::new(created.clone()) });
    assert!(life_after(soon).contains(&ttl()));
    apply(AppointmentRequest::Acquire { token: tokens[2], lock: lock(Intent::Update(placement(later))) });
    assert_eq!(ttl(), None);
    let changed = created.locked(tokens[2], lock(Intent::Update(placement(later)))).apply_intent();
    apply(AppointmentRequest::Replace { expected: tokens[2], next: Box::new(changed) });
    assert!(life_after(later).contains(&ttl()));
    ground.clear();
}

#[test]
fn a_meeting_that_is_claimed_is_not_removed_and_its_tombstone_outlives_the_claim() {
    let ground = Ground::prepare();
    let real = ground.services.meeting_records(RECORD_LIFE);
    let (tenant, id) = (TenantId::new("contoso").expect("a name"), ExternalId::new("ttl").expect("an id"));
    let key = RecordKey { tenant, id, kind: EventKind::Meeting };
    let apply = |request| {
        let written = ground.in_real_time(real.apply(&key, &request)).expect("written");
        assert!(matches!(written, Write::Done(_)), "{request:?}: {written:?}");
    };
    let ttl = || ground.stored_seconds("contoso#meeting#ttl", "ttl");
    let first = claim(Uuid::nil());
    apply(RecordRequest::Claim(Box::new(first.clone())));
    assert_eq!(ttl(), None);
    let until = whole_second(Utc::now()) + TimeDelta::days(30);
    let deleted = tombstone(&first, until);
    apply(RecordRequest::Replace { expected: Box::new(first), next: Box::new(deleted.clone()), is_last: true });
    assert_eq!(ttl(), Some(until.timestamp()));
    // The request does not know the deletion, as after an answer that was lost.
    let second = claim(deleted.token);
    apply(RecordRequest::Claim(Box::new(second.clone())));
    assert_eq!(ttl(), None);
    apply(RecordRequest::Release(Box::new(second)));
    assert_eq!(ttl(), Some(until.timestamp()));
    ground.clear();
}

#[test]
fn an_appointment_that_is_locked_is_not_removed() {
    let ground = Ground::prepare();
    let real = ground.services.appointment_records(RECORD_LIFE);
    let (tenant, id) = (TenantId::new("contoso").expect("a name"), ExternalId::new("ttl").expect("an id"));
    let key = AppointmentKey { tenant, id };
    let apply = |request| {
        let written = ground.in_real_time(real.apply(&key, &request)).expect("written");
        assert!(matches!(written, Write::Done(_)), "{request:?}: {written:?}");
    };
    let ttl = || ground.stored_seconds("contoso#appointment#ttl", "ttl");
    let acquire = |token| {
        let (incarnation, payload) = (Uuid::new_v4(), Fingerprint::from_stored(PAYLOAD));
        let placement = Placement {
            incarnation,
            payload,
            mailboxes: ["a@contoso.com".parse().expect("one")].into(),
            ends_at: None,
        };
        let expires = Utc::now() + Duration::from_secs(30);
        AppointmentRequest::Acquire { token, lock: Lock { expires, intent: Some(Intent::Create(placement)) } }
    };
    let first = next_token(Uuid::nil());
    let second = next_token(first);
    let tokens = [first, second, next_token(second)];
    apply(acquire(tokens[0]));
    assert_eq!(ttl(), None);
    let until = whole_second(Utc::now()) + TimeDelta::days(30);
    let over = AppointmentRecord { token: tokens[1], deleted_until: Some(until), ..AppointmentRecord::default() };
    apply(AppointmentRequest::Replace { expected: tokens[0], next: Box::new(over) });
    assert_eq!(ttl(), Some(until.timestamp()));
    apply(acquire(tokens[2]));
    assert_eq!(ttl(), None);
    ground.clear();
}
