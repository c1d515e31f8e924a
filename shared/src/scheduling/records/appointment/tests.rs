use chrono::TimeZone;

use super::*;

fn at(minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 10, minute, 0).single().expect("a time")
}

fn mailbox(name: &str) -> EmailAddress {
    format!("{name}@contoso.com").parse().expect("an address")
}

fn payload(digit: &str) -> Fingerprint {
    Fingerprint::from_stored(digit.repeat(64))
}

fn copy(name: &str, state: State) -> (EmailAddress, Record) {
    let record = Record {
        state,
        incarnation: Uuid::new_v4(),
        token: Uuid::now_v7(),
        claim_expires: at(0),
        in_doubt_until: None,
        outstanding_creates: 0,
        ambiguous_creates: 0,
        payload: Some(payload("a")),
        organizer: mailbox(name),
        event: None,
        uid: None,
        ends_at: None,
        deletion: None,
    };
    (mailbox(name), record)
}

/// Three copies in three states, locked with an intent.
fn locked_for(intent: impl FnOnce(Placement) -> Intent) -> (AppointmentRecord, Placement) {
    let placement = Placement {
        incarnation: Uuid::new_v4(),
        payload: payload("b"),
        mailboxes: ["active", "creating", "new"].into_iter().map(mailbox).collect(),
        ends_at: Some(at(40)),
    };
    let copies = [copy("active", State::Active), copy("creating", State::Creating), copy("other", State::Active)];
    let lock = Some(Lock { expires: at(5), intent: Some(intent(placement.clone())) });
    let record =
        AppointmentRecord { token: Uuid::now_v7(), lock, copies: copies.into(), ..AppointmentRecord::default() };
    (record, placement)
}

#[test]
fn a_create_may_have_begun_to_create_what_is_missing() {
    let (before, placement) = locked_for(Intent::Create);
    let after = before.clone().apply_intent();
    for name in ["active", "creating", "other"] {
        assert_eq!(after.copies[&mailbox(name)], before.copies[&mailbox(name)], "{name}");
    }
    let new = &after.copies[&mailbox("new")];
    assert_eq!((new.state, new.token, new.claim_expires), (State::Creating, before.token, at(5)));
    assert_eq!((new.outstanding_creates, &new.payload), (1, &Some(payload("b"))));
    assert_eq!(new.incarnation, placement.incarnation_of(&mailbox("NEW")));
    assert_ne!(new.incarnation, placement.incarnation_of(&mailbox("other")));
    assert_eq!(after.lock, Some(Lock { expires: at(5), intent: None }));
    assert_eq!(after.clone().apply_intent(), after);
}

#[test]
fn an_update_may_have_begun_to_change_and_to_delete_besides() {
    let (before, _) = locked_for(Intent::Update);
    let after = before.clone().apply_intent();
    let states = after.copies.iter().map(|(mailbox, copy)| (mailbox.folded(), copy.state));
    let expected = [
        ("active@contoso.com", State::Active),
        ("creating@contoso.com", State::Creating),
        ("new@contoso.com", State::Creating),
        ("other@contoso.com", State::Deleting),
    ];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    assert_eq!(after.copies[&mailbox("active")].payload, None);
    let other = &after.copies[&mailbox("other")];
    assert_eq!((other.token, other.claim_expires), (before.token, at(5)));
}

#[test]
fn a_delete_may_have_begun_to_delete_what_is_there() {
    let (before, _) = locked_for(|_| Intent::Delete);
    let after = before.clone().apply_intent();
    assert_eq!(after.copies.len(), 3);
    assert_eq!(after.copies[&mailbox("active")].state, State::Deleting);
    // It may not exist. The delete settles it.
    assert_eq!(after.copies[&mailbox("creating")], before.copies[&mailbox("creating")]);
}

#[test]
fn taking_over_keeps_what_the_dead_holder_may_have_done() {
    let (before, _) = locked_for(Intent::Update);
    let token = Uuid::now_v7();
    let lock = Lock { expires: at(9), intent: Some(Intent::Delete) };
    let after = before.clone().apply_intent().locked(token, lock).apply_intent();
    let other = &after.copies[&mailbox("other")];
    // The dead holder began this delete, and its request may still be executed.
    assert_eq!((other.state, other.token, other.claim_expires), (State::Deleting, before.token, at(5)));
    let active = &after.copies[&mailbox("active")];
    assert_eq!((active.state, active.token, active.claim_expires), (State::Deleting, token, at(9)));
}

fn forget_at(record: &AppointmentRecord) -> Option<DateTime<Utc>> {
    record.forget_at(at(0), TimeDelta::days(400))
}

#[test]
fn a_record_outlives_the_latest_end_of_its_copies_and_of_its_intent() {
    let (held, _) = locked_for(Intent::Update);
    let end = |minute| Some(at(minute) + TimeDelta::days(400));
    assert_eq!(forget_at(&held), end(40));
    assert_eq!(held.clone().apply_intent().ends_at, Some(at(40)));
    let later = AppointmentRecord { ends_at: Some(at(50)), ..held };
    assert_eq!(forget_at(&later), end(50));
    assert_eq!(later.clone().apply_intent().ends_at, Some(at(50)));
    let past = AppointmentRecord { ends_at: Some(at(0) - TimeDelta::days(9)), lock: None, ..later };
    assert_eq!(forget_at(&past), end(0));
}

#[test]
fn only_what_is_over_is_forgotten_while_the_end_is_unknown() {
    let (held, _) = locked_for(|_| Intent::Delete);
    assert_eq!(forget_at(&held), None);
    let standing = AppointmentRecord { lock: None, ..held };
    assert_eq!(forget_at(&standing), None);
    let mut deleted = AppointmentRecord { deleted_until: Some(at(30)), ..standing };
    // One that has a copy, or may come to have one, is not over.
    assert_eq!(forget_at(&deleted), None);
    deleted.copies.remove(&mailbox("creating"));
    assert_eq!(forget_at(&deleted), None);
    deleted.copies.values_mut().for_each(|copy| copy.state = State::Deleting);
    let nearly = AppointmentRecord { deleted_until: Some(at(1)), ..deleted.clone() };
    assert_eq!(forget_at(&nearly), Some(at(0) + TRACE_LIFE));
    let deleted = AppointmentRecord { deleted_until: Some(at(0) + 2 * TRACE_LIFE), ..deleted };
    assert_eq!(forget_at(&deleted), Some(at(0) + 2 * TRACE_LIFE));
    let trace = AppointmentRecord { copies: BTreeMap::new(), deleted_until: None, ..deleted };
    assert_eq!(forget_at(&trace), Some(at(0) + TRACE_LIFE));
}

#[test]
fn there_is_room_for_a_thousand_copies_and_an_end_to_it() {
    let of = |count: usize, length: usize| {
        let mailboxes = (0..count).map(|number| format!("{number:0>length$}"));
        let copies = mailboxes.map(|name| copy(&name, State::Active)).collect();
        AppointmentRecord { copies, ..AppointmentRecord::default() }
    };
    assert!(of(1002, 64).fits());
    assert!(!of(1500, 10).fits());
}
