//! Bookings, by the use case itself. Requests that are under way together are one round.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use convene::{
    domain::{BookingContent, Cloud, EmailAddress, EventChange, EventId, TimeSpan},
    scheduling::{
        bookings::{Booked, BookingError, BookingRequest, BookingScheduler, Freshness, Reschedule, attendees},
        records::{
            BookingRecords,
            booking::{Actor, BookingRecord, LedgerEdit, Permit},
            event::next_token,
            ledger::{Entry, EntryKey},
        },
    },
    services::{Services, Settings},
    slots::Method,
};
use convene_local::{Options, TenantSeed};
use convene_tests::{
    Product, Rounds, bookings,
    configurations::{Configuration, book, book_with, call, principal},
};
use serde_json::json;
use uuid::Uuid;

struct Fixture {
    backends: Product,
    rounds: Rounds,
    services: Services,
    scheduler: BookingScheduler,
}

impl Fixture {
    /// A process that has reached everything before, and nothing counted yet.
    async fn start() -> Self {
        let tenants = vec![TenantSeed::new("contoso", 40).expect("a tenant")];
        let backends = Product::start_with(Options { backends_only: true, tenants, ..Options::default() }).await;
        let mut rounds = Rounds::new(backends.http().clone());
        let mut environment: BTreeMap<_, _> = backends.environment().clone();
        let dynamodb = rounds.before(&backends.ready().dynamodb).await;
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb);
        let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
        let services = Services::new(settings);
        let mut principal = principal(&services).await;
        let tenant = Arc::make_mut(&mut principal.tenant);
        let login = tenant.cloud.login().to_owned().try_into().expect("a URL");
        let graph = rounds.before(tenant.cloud.graph()).await.try_into().expect("a URL");
        tenant.cloud = Cloud::Custom { login, graph };
        let scheduler = services.bookings(&principal);
        let fixture = Self { backends, rounds, services, scheduler };
        fixture.book(9, false).await;
        fixture.rounds.take();
        fixture
    }

    async fn book(&self, hour: i64, pending: bool) -> Booked {
        let configuration = collective();
        let span = configuration.span(at(hour));
        book(&self.scheduler, &configuration, span, &format!("guest{hour}"), pending).await.expect("booked")
    }

    /// A booking in the calendar, and nothing counted yet.
    async fn booked(&self, hour: i64, pending: bool) -> Booked {
        let booked = self.book(hour, pending).await;
        self.rounds.take();
        booked
    }

    fn assert_rounds(&self, expected: &[&[&str]]) {
        assert_eq!(self.rounds.take(), expected);
    }
}

fn collective() -> Configuration {
    Configuration::new(1, Method::Collective, 30, &[member(0), member(1)])
}

fn member(number: usize) -> EmailAddress {
    match number {
        0 => bookings::address("organizer@contoso.com"),
        number => bookings::address(&format!("attendee{number}@contoso.com")),
    }
}

/// This hour of a day in two weeks.
fn at(hour: i64) -> DateTime<Utc> {
    let day = Utc::now().date_naive().checked_add_days(Days::new(14)).expect("a day");
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(hour)
}

fn invitation(record: &BookingRecord) -> EventChange {
    let guest = bookings::address(&record.content.guest.email);
    // The new body has no links of the organizer. It takes no read of the event, which is no online meeting.
    let (attendees, body) = (Some(attendees(record, &[guest])), Some("Agreed".into()));
    EventChange { attendees, body, tentative: Some(false), ..EventChange::default() }
}

const TENANT: Permit = Permit::Tenant { configuration: None };

const LOOK: [&str; 3] = ["GetItem replay", "2 × Query ledger", "getSchedule"];

/// Claim, delete, commit.
const ENDED: [&[&str]; 3] = [&["UpdateItem booking"], &["DELETE event"], &["PutItem booking", "2 × UpdateItem ledger"]];

#[tokio::test]
async fn booking_takes_four_where_the_configuration_is_known() {
    let fixture = Fixture::start().await;
    fixture.book(10, false).await;
    fixture.assert_rounds(&[
        &LOOK,
        &["TransactWriteItems"],
        &["POST events"],
        &["PutItem booking", "2 × UpdateItem ledger"],
    ]);
    // A repeat finds the booking, and looks whether it is still there.
    fixture.book(10, false).await;
    fixture.assert_rounds(&[&LOOK, &["GetItem booking"], &["GET event"]]);
    let round_robin = Configuration::new(2, Method::MaxAvailability, 30, &[member(2), member(3)]);
    let span = round_robin.span(at(10));
    book(&fixture.scheduler, &round_robin, span, "another", false).await.expect("booked");
    fixture.assert_rounds(&[
        &["GetItem replay", "2 × Query ledger", "Query turn", "getSchedule"],
        &["TransactWriteItems"],
        &["POST events"],
        &["PutItem booking", "UpdateItem ledger"],
    ]);
}

#[tokio::test]
async fn a_repeat_says_too_that_there_is_no_teams_meeting() {
    let fixture = Fixture::start().await;
    let mailbox = json!({"directory": "contoso.com", "address": "offline@contoso.com", "teams": false});
    fixture.backends.simulator().control(reqwest::Method::POST, "/mailboxes", Some(mailbox)).await;
    let offline = bookings::address("offline@contoso.com");
    for (id, organizer, is_unavailable) in [(4, offline, true), (5, member(0), false)] {
        let configuration = Configuration::new(id, Method::Collective, 30, &[organizer]);
        for is_replay in [false, true] {
            let span = configuration.span(at(12));
            let online = book_with(&fixture.scheduler, &configuration, span, "guest", |request| BookingRequest {
                online_meeting: true,
                ..request
            });
            let booked = online.await.expect("booked");
            assert_eq!((booked.is_replay, booked.teams_unavailable), (is_replay, is_unavailable));
        }
    }
    assert!(!fixture.book(13, false).await.teams_unavailable);
}

#[tokio::test]
async fn reading_takes_two_and_cancelling_three() {
    let fixture = Fixture::start().await;
    let Booked { id, .. } = fixture.booked(10, false).await;
    fixture.scheduler.read(&call(), id, &TENANT).await.expect("read");
    fixture.assert_rounds(&[&["GetItem booking"], &["GET event"]]);
    let permit = collective().guest(id);
    fixture.scheduler.cancel(&call(), id, &permit, Actor::Guest, None).await.expect("cancelled");
    fixture.assert_rounds(&ENDED);
    // With a reason, which the attendees are told.
    let Booked { id, .. } = fixture.booked(11, false).await;
    let (permit, reason) = (collective().guest(id), Some("I am ill".to_owned()));
    fixture.scheduler.cancel(&call(), id, &permit, Actor::Guest, reason).await.expect("cancelled");
    let mut cancelled = ENDED;
    cancelled[1] = &["POST event"];
    fixture.assert_rounds(&cancelled);
    // The host of a round-robin was booked no more.
    let round_robin = Configuration::new(2, Method::MaxAvailability, 30, &[member(2), member(3)]);
    let booked = book(&fixture.scheduler, &round_robin, round_robin.span(at(10)), "another", false).await;
    let Booked { id, .. } = booked.expect("booked");
    fixture.rounds.take();
    fixture.scheduler.cancel(&call(), id, &TENANT, Actor::Caller, None).await.expect("cancelled");
    cancelled[1..].copy_from_slice(&[&["DELETE event"], &["PutItem booking", "UpdateItem ledger", "UpdateItem turn"]]);
    fixture.assert_rounds(&cancelled);
}

#[tokio::test]
async fn finding_takes_one_and_a_booking_of_another_configuration_is_not_found() {
    let fixture = Fixture::start().await;
    let Booked { id, record, .. } = fixture.booked(10, false).await;
    let other = Configuration::new(3, Method::Collective, 30, &[member(0), member(1)]);
    for permit in [TENANT, collective().guest(id), Permit::Organizer(collective().organizer(id))] {
        let found = fixture.scheduler.find(&call(), id, &permit).await.expect("found");
        assert_eq!((found.change.sequence, found.change.kind), (record.change.sequence, record.change.kind));
        fixture.assert_rounds(&[&["GetItem booking"]]);
    }
    for permit in [other.guest(id), Permit::Organizer(other.organizer(id))] {
        let found = fixture.scheduler.find(&call(), id, &permit).await;
        assert!(matches!(found, Err(BookingError::NotFound)), "{found:?}");
        let cancelled = fixture.scheduler.cancel(&call(), id, &permit, Actor::Guest, None).await;
        assert!(matches!(cancelled, Err(BookingError::NotFound)), "{cancelled:?}");
    }
    fixture.rounds.take();
    let day = TimeSpan::new(at(8), at(16)).expect("a span");
    let listed = fixture.scheduler.list(&call(), &other.bookable(), day, Some(id.into()), Freshness::Current).await;
    assert!(matches!(listed, Err(BookingError::NotFound)), "{listed:?}");
    fixture.assert_rounds(&[&["GetItem booking"]]);
}

#[tokio::test]
async fn confirming_and_rejecting_take_three() {
    let fixture = Fixture::start().await;
    let Booked { id, .. } = fixture.booked(10, true).await;
    let permit = collective().organizer(id);
    fixture.scheduler.confirm(&call(), id, &permit, Actor::Organizer, &invitation).await.expect("confirmed");
    fixture.assert_rounds(&[&["UpdateItem booking"], &["PATCH event"], &["PutItem booking"]]);
    let Booked { id, .. } = fixture.booked(11, true).await;
    let permit = collective().organizer(id);
    fixture.scheduler.reject(&call(), id, &permit, Actor::Organizer, None).await.expect("rejected");
    fixture.assert_rounds(&ENDED);
}

#[tokio::test]
async fn moving_takes_four_and_the_read_of_its_record() {
    let fixture = Fixture::start().await;
    let (Booked { id, .. }, configuration) = (fixture.booked(10, false).await, collective());
    let request = Reschedule {
        booking: id.into(),
        permit: &TENANT,
        target: configuration.span(at(12)),
        by: Actor::Guest,
        content: &|content| BookingContent { title: "Meet again".to_owned(), ..content.clone() },
        checks: &[],
        change: &|_, _| EventChange::default(),
    };
    let moved = fixture.scheduler.reschedule(&call(), &configuration.bookable(), &request).await.expect("moved");
    assert_eq!(moved.record.content.title, "Meet again");
    fixture.assert_rounds(&[
        &["GetItem booking"],
        // Calendar views, in which the booking's own event does not count.
        &["$batch", "2 × Query ledger"],
        &["TransactWriteItems"],
        &["PATCH event"],
        &["PutItem booking", "2 × UpdateItem ledger"],
    ]);
}

#[tokio::test]
async fn listing_takes_one_and_one_more_where_a_booking_must_be_verified() {
    let fixture = Fixture::start().await;
    let (Booked { id, record, .. }, configuration) = (fixture.booked(10, false).await, collective());
    let day = TimeSpan::new(at(8), at(16)).expect("a span");
    let list = async || {
        fixture.scheduler.list(&call(), &configuration.bookable(), day, None, Freshness::Current).await.expect("listed")
    };
    let slots = list().await.slots.len();
    fixture.assert_rounds(&[&["2 × Query ledger", "getSchedule"]]);
    // A person deletes the event, and the entries are old.
    let outlook = fixture.backends.outlook("contoso").await;
    let event = record.event.event.expect("an event").0;
    let event = json!({"id": event});
    outlook.delete("organizer@contoso.com", &event).await;
    let entry = Entry {
        since: Utc::now() - TimeDelta::hours(1),
        key: EntryKey { booking: id, time: record.time },
        organizer: member(0),
        event: Some(EventId(event["id"].as_str().expect("an id").to_owned())),
    };
    let remove = |member| LedgerEdit::Remove { member, key: entry.key };
    let add = |member| LedgerEdit::Add { member, entry: entry.clone(), attempt: next_token(Uuid::nil()) };
    let records: Arc<dyn BookingRecords> = fixture.services.booking_records();
    for edits in [[remove(member(0)), remove(member(1))], [add(member(0)), add(member(1))]] {
        records.edit_ledgers(&fixture.scheduler.tenant, &edits).await.expect("edited");
    }
    fixture.rounds.take();
    assert_eq!(list().await.slots.len(), slots + 1);
    fixture.assert_rounds(&[&["2 × Query ledger", "getSchedule"], &["GET event", "GetItem booking"]]);
}

#[tokio::test]
async fn a_question_about_40_participants_is_one_round_of_graph_calls_and_16_ledgers_at_once() {
    let fixture = Fixture::start().await;
    let members: Vec<_> = (0..40).map(member).collect();
    let configuration = Configuration::new(3, Method::MaxAvailability, 30, &members);
    let day = TimeSpan::new(at(8), at(16)).expect("a span");
    fixture.scheduler.list(&call(), &configuration.bookable(), day, None, Freshness::Current).await.expect("listed");
    fixture.assert_rounds(&[
        &["16 × Query ledger", "Query turn", "2 × getSchedule"],
        &["16 × Query ledger"],
        &["8 × Query ledger"],
    ]);
}
