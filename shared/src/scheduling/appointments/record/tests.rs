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
        attempt: Uuid::now_v7(),
        claim_expires: at(0),
        unsettled_until: None,
        unanswered: 0,
        inconclusive: 0,
        payload: payload("a"),
        organizer: mailbox(name),
        event: None,
        deletion: None,
    };
    (mailbox(name), record)
}

/// Three copies in three states, and somebody about to do something with them.
fn held_for(purpose: impl FnOnce(Placing) -> Purpose) -> (AppointmentRecord, Placing) {
    let placing = Placing {
        incarnation: Uuid::new_v4(),
        payload: payload("b"),
        mailboxes: ["active", "creating", "new"].into_iter().map(mailbox).collect(),
    };
    let copies = [copy("active", State::Active), copy("creating", State::Creating), copy("other", State::Active)];
    let hold = Some(Hold { until: at(5), purpose: Some(purpose(placing.clone())) });
    let record = AppointmentRecord { attempt: Uuid::now_v7(), hold, copies: copies.into(), deleted_until: None };
    (record, placing)
}

#[test]
fn a_create_may_have_begun_to_create_what_is_missing() {
    let (before, placing) = held_for(Purpose::Create);
    let after = before.clone().spelled_out();
    for name in ["active", "creating", "other"] {
        assert_eq!(after.copies[&mailbox(name)], before.copies[&mailbox(name)], "{name}");
    }
    let new = &after.copies[&mailbox("new")];
    assert_eq!((new.state, new.attempt, new.claim_expires), (State::Creating, before.attempt, at(5)));
    assert_eq!((new.unanswered, &new.payload), (1, &payload("b")));
    assert_eq!(new.incarnation, placing.incarnation_of(&mailbox("NEW")));
    assert_ne!(new.incarnation, placing.incarnation_of(&mailbox("other")));
    assert_eq!(after.hold, Some(Hold { until: at(5), purpose: None }));
    assert_eq!(after.clone().spelled_out(), after);
}

#[test]
fn an_update_may_have_begun_to_change_and_to_delete_besides() {
    let (before, _) = held_for(Purpose::Update);
    let after = before.clone().spelled_out();
    let states = after.copies.iter().map(|(mailbox, copy)| (mailbox.folded(), copy.state));
    let expected = [
        ("active@contoso.com", State::Active),
        ("creating@contoso.com", State::Creating),
        ("new@contoso.com", State::Creating),
        ("other@contoso.com", State::Deleting),
    ];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    assert_eq!(after.copies[&mailbox("active")].payload, Fingerprint::in_doubt());
    let other = &after.copies[&mailbox("other")];
    assert_eq!((other.attempt, other.claim_expires), (before.attempt, at(5)));
}

#[test]
fn a_delete_may_have_begun_to_delete_what_is_there() {
    let (before, _) = held_for(|_| Purpose::Delete);
    let after = before.clone().spelled_out();
    assert_eq!(after.copies.len(), 3);
    assert_eq!(after.copies[&mailbox("active")].state, State::Deleting);
    // It may not be there. Whoever comes next finds out.
    assert_eq!(after.copies[&mailbox("creating")], before.copies[&mailbox("creating")]);
}

#[test]
fn whoever_takes_over_leaves_what_the_last_one_may_have_done() {
    let (before, _) = held_for(Purpose::Update);
    let attempt = Uuid::now_v7();
    let hold = Hold { until: at(9), purpose: Some(Purpose::Delete) };
    let after = before.clone().spelled_out().opened(attempt, hold).spelled_out();
    let other = &after.copies[&mailbox("other")];
    // Begun by the last one, whose request may still be carried out.
    assert_eq!((other.state, other.attempt, other.claim_expires), (State::Deleting, before.attempt, at(5)));
    let active = &after.copies[&mailbox("active")];
    assert_eq!((active.state, active.attempt, active.claim_expires), (State::Deleting, attempt, at(9)));
}

#[test]
fn only_what_is_over_is_forgotten() {
    let (held, _) = held_for(Purpose::Create);
    assert_eq!(held.forget_at(at(0)), None);
    let standing = AppointmentRecord { hold: None, ..held };
    assert_eq!(standing.forget_at(at(0)), None);
    let mut deleted = AppointmentRecord { deleted_until: Some(at(30)), ..standing };
    // One that has a copy, or may come to have one, is not over.
    assert_eq!(deleted.forget_at(at(0)), None);
    deleted.copies.remove(&mailbox("creating"));
    assert_eq!(deleted.forget_at(at(0)), None);
    deleted.copies.values_mut().for_each(|copy| copy.state = State::Deleting);
    let nearly = AppointmentRecord { deleted_until: Some(at(1)), ..deleted.clone() };
    assert_eq!(nearly.forget_at(at(0)), Some(at(0) + TRACE_LIFE));
    let deleted = AppointmentRecord { deleted_until: Some(at(0) + 2 * TRACE_LIFE), ..deleted };
    assert_eq!(deleted.forget_at(at(0)), Some(at(0) + 2 * TRACE_LIFE));
    let trace = AppointmentRecord { copies: BTreeMap::new(), deleted_until: None, ..deleted };
    assert_eq!(trace.forget_at(at(0)), Some(at(0) + TRACE_LIFE));
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
