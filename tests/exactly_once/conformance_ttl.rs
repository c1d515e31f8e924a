//! When DynamoDB may remove an item: never one that is in use, and no tombstone before its end. The model's stores forget nothing,
//! so they cannot show this.

use std::{collections::BTreeMap, time::Duration};

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

use crate::{conformance::whole_second, ground::Ground};

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

#[test]
fn a_meeting_that_is_claimed_is_not_removed_and_its_tombstone_outlives_the_claim() {
    let ground = Ground::prepare();
    let real = ground.services.meeting_records();
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
    let real = ground.services.appointment_records();
    let (tenant, id) = (TenantId::new("contoso").expect("a name"), ExternalId::new("ttl").expect("an id"));
    let key = AppointmentKey { tenant, id };
    let apply = |request| {
        let written = ground.in_real_time(real.apply(&key, &request)).expect("written");
        assert!(matches!(written, Write::Done(_)), "{request:?}: {written:?}");
    };
    let ttl = || ground.stored_seconds("contoso#appointment#ttl", "ttl");
    let acquire = |token| {
        let (incarnation, payload) = (Uuid::new_v4(), Fingerprint::from_stored(PAYLOAD));
        let placement = Placement { incarnation, payload, mailboxes: ["a@contoso.com".parse().expect("one")].into() };
        let expires = Utc::now() + Duration::from_secs(30);
        AppointmentRequest::Acquire { token, lock: Lock { expires, intent: Some(Intent::Create(placement)) } }
    };
    let first = next_token(Uuid::nil());
    let second = next_token(first);
    let tokens = [first, second, next_token(second)];
    apply(acquire(tokens[0]));
    assert_eq!(ttl(), None);
    let until = whole_second(Utc::now()) + TimeDelta::days(30);
    let over = AppointmentRecord { token: tokens[1], lock: None, copies: BTreeMap::new(), deleted_until: Some(until) };
    apply(AppointmentRequest::Replace { expected: tokens[0], next: Box::new(over) });
    assert_eq!(ttl(), Some(until.timestamp()));
    apply(acquire(tokens[2]));
    assert_eq!(ttl(), None);
    ground.clear();
}
