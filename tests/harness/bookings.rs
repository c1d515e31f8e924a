//! Records of bookings, and holds, as the use case makes them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use convene::{
    domain::{
        BookingContent, BookingId, ConfigurationId, EmailAddress, Fingerprint, Guest, TenantId, TimeSpan, parse_utc,
    },
    scheduling::records::{
        booking::{
            Actor, BookingKey, BookingRecord, Change, ChangeKind, DayHold, Hold, ReplayHold, ReplayKey, TurnHold,
        },
        event::{Record, next_token},
        ledger::{BookedTime, Entry, EntryKey, LedgerDay, days},
    },
};
use uuid::Uuid;

/// An address.
pub fn address(text: &str) -> EmailAddress {
    text.parse().expect("an address")
}

/// The hour that begins so many hours after 2100-03-01T00:00:00Z. No item about it ends during a test.
pub fn hour(hour: i64) -> TimeSpan {
    let start = parse_utc("2100-03-01T00:00:00Z").expect("a time") + TimeDelta::hours(hour);
    TimeSpan::new(start, start + TimeDelta::hours(1)).expect("a span")
}

/// What a booking is about.
pub fn content(guest: &str) -> BookingContent {
    BookingContent {
        title: "Meet".to_owned(),
        description: String::new(),
        location: String::new(),
        guest: Guest { name: guest.to_owned(), email: format!("{guest}@example.com") },
        additional_guests: Vec::new(),
        answers: [("Topic".to_owned(), "Ü".to_owned())].into(),
        time_zone: Some("Europe/Berlin".to_owned()),
        language: None,
    }
}

/// The key of a new booking.
pub fn key(tenant: &str) -> BookingKey {
    BookingKey { tenant: TenantId::new(tenant).expect("a name"), id: BookingId(Uuid::new_v4()) }
}

/// The claim of a booking of these members. The first one is the organizer.
pub fn record(members: &[EmailAddress], span: TimeSpan, now: DateTime<Utc>) -> BookingRecord {
    let content = content("guest");
    let configuration = ConfigurationId(Uuid::new_v4());
    let payload = Fingerprint::of_booking(configuration, span, None, &content);
    let expires = now + TimeDelta::seconds(30);
    BookingRecord {
        event: Record::claim(payload, members[0].clone(), Uuid::new_v4(), next_token(Uuid::nil()), expires),
        configuration,
        time: BookedTime { span, number: 0 },
        last_number: 0,
        members: members.to_vec(),
        invited: members.to_vec(),
        pending: false,
        online_meeting: false,
        has_turn: true,
        unfinished: None,
        ending: None,
        created_at: now,
        notice: None,
        guest_salt: "guest salt".to_owned(),
        organizer_salt_hash: "organizer hash".to_owned(),
        content,
        kept_until: span.end() + TimeDelta::days(30),
        change: Change { sequence: 0, kind: ChangeKind::Requested, by: Actor::Guest, at: now, reason: None },
    }
}

/// A ledger without an item.
pub fn empty_day(member: &EmailAddress, day: NaiveDate) -> LedgerDay {
    LedgerDay { member: member.clone(), day, version: None, entries: Vec::new() }
}

/// An entry of a booking.
pub fn entry(id: BookingId, record: &BookingRecord, time: BookedTime) -> Entry {
    Entry {
        key: EntryKey { booking: id, time },
        organizer: record.event.organizer.clone(),
        since: record.created_at,
        event: record.event.event.clone(),
    }
}

/// The hold of a new booking whose members have no ledgers yet, with a replay key and a turn of the organizer.
pub fn hold(id: BookingId, record: &BookingRecord) -> Hold {
    let days_of = |member: &EmailAddress| {
        let hold = |day| DayHold {
            read: empty_day(member, day),
            entry: Some(entry(id, record, record.time)),
            void: Vec::new(),
        };
        days(record.time.span).map(hold).collect::<Vec<_>>()
    };
    let payload = record.event.payload.clone().expect("a payload");
    Hold {
        record: record.clone(),
        expected: None,
        days: record.members.iter().flat_map(days_of).collect(),
        replay_keys: vec![ReplayHold { key: ReplayKey::Content(payload), read: None }],
        turn: Some(TurnHold { host: record.event.organizer.clone(), outdated: Vec::new() }),
        checks: Vec::new(),
        now: record.created_at,
    }
}
