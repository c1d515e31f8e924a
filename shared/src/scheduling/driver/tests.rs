use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::poll;
use uuid::Uuid;

use super::*;
use crate::{
    calendar::{CalendarView, Reply},
    call::Deadline,
    clock::Clock,
    domain::{BusyEntry, EmailAddress, ExternalId, Fingerprint, Marker, TenantId, TimeSpan},
    scheduling::records::{
        AppointmentRecords, RecordsError, Write,
        appointment::{AppointmentKey, AppointmentRecord, AppointmentRequest},
        event::{Record, State, next_token},
    },
};

/// A calendar and a record store that note what is executed together.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn entries(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }

    fn add(&self, entry: String) {
        self.0.lock().expect("not poisoned").push(entry);
    }
}

#[async_trait]
impl Calendar for Log {
    async fn execute(&self, _: &CallContext, requests: Vec<Request>) -> Vec<Result<Reply, CalendarError>> {
        self.add(format!("executes {}", requests.len()));
        // No group has its replies before all groups are sent.
        tokio::task::yield_now().await;
        requests.iter().map(|_| Ok(Reply::Done)).collect()
    }

    async fn free_busy(
        &self,
        _: &CallContext,
        _: &[EmailAddress],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        Vec::new()
    }

    async fn calendar_views(
        &self,
        _: &CallContext,
        views: &[CalendarView],
        _: TimeSpan,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        vec![Ok(Vec::new()); views.len()]
    }

    fn max_batch_size(&self) -> usize {
        3
    }
}

#[async_trait]
impl AppointmentRecords for Log {
    async fn apply(
        &self,
        _: &AppointmentKey,
        request: &AppointmentRequest,
    ) -> Result<Write<AppointmentRecord>, RecordsError> {
        let AppointmentRequest::Replace { next, .. } = request else { panic!("only replacements") };
        let written = next.copies.iter().filter(|(_, copy)| copy.outstanding_creates > 0);
        let names: Vec<_> = written.map(|(mailbox, _)| mailbox.folded().split('@').next().expect("a name")).collect();
        self.add(format!("writes {}", names.join(" ")));
        tokio::task::yield_now().await;
        Ok(Write::Done(None))
    }
}

fn mailbox(number: usize) -> EmailAddress {
    format!("{number}@contoso.com").parse().expect("an address")
}

fn tenant() -> TenantId {
    TenantId::new("contoso").expect("a name")
}

fn id() -> ExternalId {
    ExternalId::new("one").expect("an id")
}

fn find() -> Request {
    Request::Find { mailbox: mailbox(0), marker: Marker::of_copy(&tenant(), &id(), &mailbox(0), Uuid::nil()) }
}

/// A copy's record after so many of its own writes.
fn record(number: usize, writes: u32) -> Record {
    let (payload, incarnation) = (Fingerprint::from_stored("0".repeat(64)), Uuid::nil());
    let claim =
        Record::claim(payload, mailbox(number), incarnation, Uuid::from_u128(writes.into()), DateTime::UNIX_EPOCH);
    Record { state: State::Active, outstanding_creates: u32::from(writes > 0), ..claim }
}

fn change(number: usize, writes: u32, is_last: bool) -> RecordRequest {
    let (expected, next) = (Box::new(record(number, writes)), Box::new(record(number, writes + 1)));
    RecordRequest::Replace { expected, next, is_last }
}

/// Asks for an effect, and does not wait for its result.
async fn abandon<T>(effect: impl Future<Output = T>) {
    pin_mut!(effect);
    assert!(poll!(effect).is_pending());
}

async fn run<T, F: Future<Output = T>>(count: usize, task: impl Fn(usize, Effects) -> F) -> (Vec<T>, Vec<String>) {
    let log = Log::default();
    let copies = (0..count).map(|number| (mailbox(number), record(number, 0))).collect();
    let session = AppointmentSession::new(
        AppointmentKey { tenant: tenant(), id: id() },
        &log,
        (0..count).map(mailbox).collect(),
        AppointmentRecord { token: next_token(Uuid::nil()), copies, ..AppointmentRecord::default() },
        FinalState::Active,
        (Utc::now(), Clock::system()),
    );
    let call = CallContext::new(Deadline::after(Duration::from_mins(1), Utc::now()));
    let driver = Driver { call: &call, calendar: &log, records: &session };
    let task = &task;
    let tasks = (0..count).map(|number| move |effects| task(number, effects));
    let results = tokio::time::timeout(Duration::from_mins(1), driver.run_all(tasks)).await;
    (results.expect("every task finishes"), log.entries())
}

#[tokio::test]
async fn effects_that_tasks_wait_for_at_the_same_time_are_joined() {
    let (_, log) = run(8, async |number, effects| {
        effects.calendar(find()).await.expect("a reply");
        effects.record(change(number, 0, true)).await.expect("a reply");
    })
    .await;
    assert_eq!(log, ["executes 3", "executes 3", "executes 2", "writes 0 1 2 3 4 5 6 7"]);
}

#[tokio::test]
async fn the_last_write_waits_for_all_tasks_and_another_write_only_for_running_ones() {
    let (_, log) = run(3, async |number, effects| {
        if number == 0 {
            // Longer than all that the others do.
            effects.sleep(Duration::from_millis(50)).await;
        }
        if number == 1 {
            effects.record(change(number, 0, false)).await.expect("a reply");
            effects.calendar(find()).await.expect("a reply");
        }
        effects.record(change(number, u32::from(number == 1), true)).await.expect("a reply");
    })
    .await;
    assert_eq!(log, ["writes 1 2", "executes 1", "writes 0 1 2"]);
}

#[tokio::test]
async fn the_request_of_a_task_that_stops_waiting_is_not_sent() {
    let (_, log) = run(2, async |number, effects| {
        if number == 0 {
            abandon(effects.record(change(number, 0, true))).await;
            return;
        }
        effects.sleep(Duration::from_millis(20)).await;
        effects.record(change(number, 0, true)).await.expect("a reply");
    })
    .await;
    assert_eq!(log, ["writes 1"]);
}

#[tokio::test]
async fn a_task_that_stops_waiting_may_ask_for_something_else() {
    let (replies, log) = run(1, async |number, effects| {
        abandon(effects.record(change(number, 0, true))).await;
        effects.calendar(find()).await
    })
    .await;
    assert!(matches!(replies[..], [Ok(Reply::Done)]));
    assert_eq!(log, ["executes 1"]);
}

#[tokio::test]
async fn a_request_that_needs_no_write_is_answered_at_once() {
    let (_, log) = run(2, async |number, effects| {
        if number == 0 {
            // The copy exists, so the claim fails. The reply does not wait for the other task.
            let claim = effects.record(RecordRequest::Claim(Box::new(record(number, 1)))).await;
            assert!(matches!(claim, Ok(Write::Conflict(Some(found))) if *found == record(number, 0)));
        }
        effects.calendar(find()).await.expect("a reply");
    })
    .await;
    assert_eq!(log, ["executes 2"]);
}

#[tokio::test]
async fn groups_have_about_the_same_size() {
    for (count, groups) in [(1, vec![1]), (3, vec![3]), (4, vec![2, 2]), (7, vec![3, 2, 2]), (10, vec![3, 3, 2, 2])] {
        let (_, log) = run(count, async |_, effects| drop(effects.calendar(find()).await)).await;
        assert_eq!(log, groups.iter().map(|group| format!("executes {group}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn no_tasks_finish_at_once() {
    let started = AtomicUsize::new(0);
    let (results, log) = run(0, async |_, _| started.fetch_add(1, Ordering::Relaxed)).await;
    assert!(results.is_empty() && log.is_empty() && started.into_inner() == 0);
}
