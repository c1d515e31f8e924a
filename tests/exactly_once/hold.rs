//! The transaction that claims times, on the bad days of DynamoDB: conflicts, throttling, lost answers, and conditions that fail.

use std::sync::Arc;

use chrono::Utc;
use convene::{
    domain::{EmailAddress, TenantId},
    scheduling::records::{
        BookingRecords, Consistency, RecordsError,
        booking::{BookingKey, BookingRecord, Conflicts, Held, Hold, Replay, ReplayHold},
        event::{Record, next_token},
        ledger::LedgerDay,
    },
    services::{Services, Settings},
};
use convene_local::Options;
use convene_tests::{DynamoProxy, Product, Step, Trouble, When, bookings};
use uuid::Uuid;

use crate::conformance::whole_second;

/// How often the product's client tries a request.
const TRIES: usize = 3;

/// A store behind a proxy, and a booking of two members.
struct Fixture {
    _backends: Product,
    proxy: DynamoProxy,
    records: Arc<dyn BookingRecords>,
    key: BookingKey,
    members: [EmailAddress; 2],
    hold: Hold,
}

impl Fixture {
    async fn start() -> Self {
        let backends = Product::start_with(Options { backends_only: true, ..Options::default() }).await;
        let proxy = DynamoProxy::start(&backends.ready().dynamodb, backends.http().clone()).await;
        let mut environment = backends.environment().clone();
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), proxy.url());
        let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
        let records = Services::new(settings).booking_records();
        let (key, members) = (bookings::key("contoso"), ["a@contoso.com", "b@contoso.com"].map(bookings::address));
        let record = bookings::record(&members, bookings::hour(9), whole_second(Utc::now()));
        let hold = bookings::hold(key.id, &record);
        Self { _backends: backends, proxy, records, key, members, hold }
    }

    /// Lets this happen to the next transactions that write the booking's record.
    fn trouble(&self, when: When, times: usize, trouble: Trouble) {
        self.proxy.trouble(&self.key.id.to_string(), Step::Transact, when, times, trouble);
    }

    async fn hold(&self, hold: &Hold) -> Result<Held, RecordsError> {
        self.records.hold(&self.key, hold).await
    }

    async fn stored(&self) -> Option<BookingRecord> {
        self.records.read(&self.key).await.expect("read").map(|record| *record)
    }

    async fn days(&self) -> Vec<LedgerDay> {
        let (tenant, window) = (&self.key.tenant, self.hold.record.time.span);
        let read = self.records.ledgers(tenant, &self.members, window, Consistency::Strong).await.expect("read");
        read.into_iter().flatten().collect()
    }

    /// Nothing of the hold was written.
    async fn assert_nothing(&self) {
        assert_eq!((self.stored().await, self.days().await), (None, Vec::new()));
        let replay = self.records.replay(&self.key.tenant, &self.hold.replay_keys[0].key).await;
        assert_eq!(replay.expect("read"), None);
        assert_eq!(self.records.turns(&self.key.tenant, self.hold.record.configuration).await.expect("read"), []);
    }

    /// All of the hold was written, once.
    async fn assert_done(&self) {
        assert_eq!(self.stored().await.as_ref(), Some(&self.hold.record));
        let days = self.days().await;
        assert_eq!(days.len(), 2);
        assert!(days.iter().all(|day| day.entries.len() == 1 && day.version == Some(self.hold.record.event.token)));
    }
}

/// The hold again, under another token.
fn anew(hold: &Hold) -> Hold {
    let event =
        Record { token: next_token(hold.record.event.token), incarnation: Uuid::new_v4(), ..hold.record.event.clone() };
    Hold { record: BookingRecord { event, ..hold.record.clone() }, ..hold.clone() }
}

fn conflicts(outcome: Result<Held, RecordsError>) -> Conflicts {
    match outcome {
        Ok(Held::Conflict(conflicts)) => *conflicts,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_conflict_or_throttling_that_passes_is_not_noticed() {
    for trouble in [Trouble::Conflict, Trouble::Throttle, Trouble::Refuse(400, "TransactionInProgressException")] {
        let fixture = Fixture::start().await;
        fixture.trouble(When::Before, TRIES - 1, trouble.clone());
        assert_eq!(fixture.hold(&fixture.hold).await.expect("held"), Held::Done, "{trouble:?}");
        assert_eq!(fixture.proxy.struck(), TRIES - 1);
        fixture.assert_done().await;
    }
}

#[tokio::test]
async fn a_conflict_or_throttling_that_lasts_is_contention_and_nothing_is_written() {
    for trouble in [Trouble::Conflict, Trouble::Throttle] {
        let fixture = Fixture::start().await;
        fixture.trouble(When::Before, TRIES, trouble.clone());
        assert_eq!(fixture.hold(&fixture.hold).await.expect("held"), Held::Contended, "{trouble:?}");
        fixture.assert_nothing().await;
        // A further hold is another transaction.
        assert_eq!(fixture.hold(&anew(&fixture.hold)).await.expect("held"), Held::Done);
    }
}

#[tokio::test]
async fn a_failure_of_the_service_is_unavailable_and_a_refusal_is_internal() {
    let fixture = Fixture::start().await;
    for (status, kind) in
        [(500, "InternalServerError"), (400, "ThrottlingException"), (400, "TransactionInProgressException")]
    {
        fixture.trouble(When::Before, TRIES, Trouble::Refuse(status, kind));
        let outcome = fixture.hold(&anew(&fixture.hold)).await;
        assert!(matches!(outcome, Err(RecordsError::Unavailable(_))), "{kind}: {outcome:?}");
    }
    for kind in ["AccessDeniedException", "ValidationException", "IdempotentParameterMismatchException"] {
        fixture.trouble(When::Before, 1, Trouble::Refuse(400, kind));
        let outcome = fixture.hold(&anew(&fixture.hold)).await;
        assert!(matches!(outcome, Err(RecordsError::Internal(_))), "{kind}: {outcome:?}");
    }
    fixture.assert_nothing().await;
}

#[tokio::test]
async fn a_lost_request_or_answer_is_repeated_under_the_same_token() {
    for when in [When::Before, When::After] {
        let fixture = Fixture::start().await;
        fixture.trouble(when, TRIES - 1, Trouble::Lose);
        assert_eq!(fixture.hold(&fixture.hold).await.expect("held"), Held::Done, "{when:?}");
        fixture.assert_done().await;
    }
}

#[tokio::test]
async fn after_an_answer_that_never_came_the_same_hold_finds_itself() {
    let fixture = Fixture::start().await;
    fixture.trouble(When::After, TRIES, Trouble::Lose);
    let lost = fixture.hold(&fixture.hold).await;
    assert!(matches!(lost, Err(RecordsError::Unavailable(_))), "{lost:?}");
    fixture.assert_done().await;
    assert_eq!(fixture.hold(&fixture.hold).await.expect("held"), Held::Done, "its token is remembered");
    fixture.assert_done().await;
    // A hold under another token finds all that the first one wrote.
    let found = conflicts(fixture.hold(&anew(&fixture.hold)).await);
    assert_eq!(found.record.as_deref(), Some(&fixture.hold.record));
    assert_eq!(found.days, fixture.days().await);
    assert_eq!(found.replays.len(), 1);
}

#[tokio::test]
async fn a_transaction_that_is_carried_out_once_more_after_its_token_was_forgotten_finds_itself() {
    let fixture = Fixture::start().await;
    // The record has the token of the hold, and DynamoDB does not know it.
    let before = Hold { days: Vec::new(), replay_keys: Vec::new(), turn: None, ..anew(&fixture.hold) };
    assert_eq!(fixture.hold(&before).await.expect("held"), Held::Done);
    fixture.records.replace(&fixture.key, &before.record, &fixture.hold.record).await.expect("replaced");
    assert_eq!(fixture.hold(&fixture.hold).await.expect("held"), Held::Done);
    assert_eq!(fixture.days().await, [], "nothing is written twice");
}

#[tokio::test]
async fn each_condition_that_fails_returns_what_is_stored() {
    let fixture = Fixture::start().await;
    let Fixture { key, hold, .. } = &fixture;
    assert_eq!(fixture.hold(hold).await.expect("held"), Held::Done);
    let days = fixture.days().await;
    let other = BookingKey { id: bookings::key("contoso").id, tenant: TenantId::new("contoso").expect("a name") };
    let again = anew(hold);
    let (no_days, no_keys) = (Vec::new(), Vec::new());

    let of_record = Hold { days: no_days.clone(), replay_keys: no_keys.clone(), ..again.clone() };
    let found = conflicts(fixture.hold(&of_record).await);
    assert_eq!(found, Conflicts { record: Some(Box::new(hold.record.clone())), ..Conflicts::default() });
    let of_other_version = Hold { expected: Some(Box::new(again.record.clone())), ..of_record };
    assert_eq!(conflicts(fixture.hold(&of_other_version).await), found);
    let of_nothing = Hold { expected: Some(Box::new(again.record.clone())), ..anew(&of_other_version) };
    let found = conflicts(fixture.records.hold(&other, &of_nothing).await);
    assert_eq!(found, Conflicts::default(), "there is no record");

    let mut of_day = Hold { replay_keys: no_keys, ..anew(&of_nothing) };
    of_day.expected = None;
    of_day.days = hold.days.clone();
    // The first day is as it was read; the second one has got another version.
    of_day.days[0].read = days[0].clone();
    let found = conflicts(fixture.records.hold(&other, &of_day).await);
    assert_eq!(found, Conflicts { days: vec![days[1].clone()], ..Conflicts::default() });
    // A day that is only checked conflicts too, and so does one whose item has ended.
    let mut of_checked_day = anew(&of_day);
    of_checked_day.days[1].entry = None;
    of_checked_day.days[0].read.day = of_checked_day.days[0].read.day.succ_opt().expect("a day");
    let found = conflicts(fixture.records.hold(&other, &of_checked_day).await);
    let ended = LedgerDay { version: None, entries: Vec::new(), ..of_checked_day.days[0].read.clone() };
    assert_eq!(found.days, [ended, days[1].clone()]);

    let mut of_replay = Hold { days: no_days, replay_keys: hold.replay_keys.clone(), ..anew(&of_checked_day) };
    let payload = hold.record.event.payload.clone().expect("a payload");
    let used = Replay { payload, booking: key.id, since: hold.record.created_at };
    let found = conflicts(fixture.records.hold(&other, &of_replay).await);
    assert_eq!(found, Conflicts { replays: vec![(hold.replay_keys[0].key.clone(), used.clone())], ..found.clone() });
    let unknown = Replay { booking: other.id, ..used.clone() };
    of_replay.replay_keys = vec![ReplayHold { read: Some(unknown), ..hold.replay_keys[0].clone() }];
    let of_other_use = anew(&of_replay);
    assert_eq!(conflicts(fixture.records.hold(&other, &of_other_use).await), found);
    // A use that does not count any more is known.
    of_replay.replay_keys = vec![ReplayHold { read: Some(used), ..hold.replay_keys[0].clone() }];
    assert_eq!(fixture.records.hold(&other, &anew(&of_replay)).await.expect("held"), Held::Done);
    let now = fixture.records.replay(&key.tenant, &hold.replay_keys[0].key).await.expect("read").expect("a use");
    assert_eq!(now.booking, other.id);
}
