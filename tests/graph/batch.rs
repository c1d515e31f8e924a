//! Requests that are made together: how many go into one batch, and what comes back of each.

mod again;
mod changes;
mod limits;

use convene::{
    calendar::{CalendarError, Detail, Reply, Request},
    domain::{Appointment, EventChange, EventId, ExternalId, Marker, PlainText, TenantId},
};
use convene_tests::Simulator;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Process, Stage, call, mailbox, span};

/// What comes of one request.
type Answer = Result<Reply, CalendarError>;

/// What the marker of an event is called in the calendar.
const MARKER: &str = "String {c7291535-7c75-4762-933e-20b1de94f29f} Name ConveneMarker";

/// A mailbox's own marker.
fn marker(name: &str) -> Marker {
    let (tenant, id) = (TenantId::new("contoso").expect("an id"), ExternalId::new("batch").expect("an id"));
    Marker::of_copy(&tenant, &id, &mailbox(name), Uuid::nil())
}

/// A request for a copy of an appointment with this text.
fn create(name: &str, body: &PlainText) -> Request {
    let appointment = Appointment {
        subject: name.into(),
        body: body.clone(),
        location: "Room 7".into(),
        span: span("2027-03-04T09:00:00Z", "2027-03-04T10:00:00Z"),
    };
    let meeting = appointment.copy_for(&mailbox(name));
    Request::Create { event: meeting, transaction_id: Uuid::new_v4(), marker: marker(name) }
}

fn creates(names: &[&str]) -> Vec<Request> {
    let body = "What we talk about".into();
    names.iter().map(|name| create(name, &body)).collect()
}

fn delete(name: &str, id: &EventId) -> Request {
    Request::Delete { mailbox: mailbox(name), event: id.clone(), comment: None }
}

/// A change whose body replaces all of the old one.
fn change(name: &str, id: &EventId, change: &EventChange) -> Request {
    let (mailbox, event, change) = (mailbox(name), id.clone(), change.clone());
    Request::Change { mailbox, event, change, keep_join_block: false }
}

fn read(name: &str, id: &EventId, detail: Detail) -> Request {
    Request::Read { mailbox: mailbox(name), event: id.clone(), detail }
}

/// The events that were written. Fails the test if one was not.
fn written(answers: &[Answer]) -> Vec<EventId> {
    let id = |answer: &Answer| match answer {
        Ok(Reply::Written(event)) => event.id.clone(),
        other => panic!("not written: {other:?}"),
    };
    answers.iter().map(id).collect()
}

/// Whether every answer is a failure of this kind.
fn all_failed(answers: &[Answer], is_kind: impl Fn(&CalendarError) -> bool) -> bool {
    answers.iter().all(|answer| answer.as_ref().is_err_and(&is_kind))
}

impl Process {
    async fn together(&self, requests: Vec<Request>) -> Vec<Answer> {
        self.calendar.execute(&call(25), requests).await
    }
}

/// What Graph was asked for.
struct Journal(Vec<Value>);

impl Journal {
    async fn of(simulator: &Simulator) -> Self {
        Self(simulator.requests().await)
    }

    /// How many requests came with a connection of their own, items of batches aside.
    fn round_trips(&self) -> usize {
        self.0.iter().filter(|entry| entry["batch"] == false).count()
    }

    /// How many items each batch had, largest first.
    fn batches(&self) -> Vec<usize> {
        let batches = self.0.iter().filter(|entry| entry["operation"] == "batch");
        let items = |batch: &Value| self.0.iter().filter(|entry| entry["batch_sequence"] == batch["sequence"]).count();
        let mut sizes: Vec<_> = batches.map(items).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes
    }

    /// How often a mailbox was asked, in batches or not.
    fn asked(&self, name: &str) -> usize {
        let address = format!("{name}@contoso.com");
        self.0.iter().filter(|entry| entry["mailbox"] == address).count()
    }
}

fn names(people: &[String]) -> Vec<&str> {
    people.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn many_requests_are_few_batches_at_once_and_answered_in_their_order() {
    let stage = Stage::start().await;
    let people = stage.people(45).await;
    let process = stage.process().await;
    assert_eq!(process.calendar.max_batch_size(), 20);
    stage.simulator.clear_journal().await;
    let held = stage.simulator.hold("batch", 0).await;
    let call = call(25);
    let (answers, ()) = tokio::join!(process.calendar.execute(&call, creates(&names(&people))), async {
        stage.simulator.held(&held, 3).await;
        stage.simulator.clear_faults().await;
    });
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), journal.round_trips(), call.graph_calls()), (vec![20, 20, 5], 3, 3));
    let outlook = stage.product.outlook("contoso").await;
    let ids = written(&answers);
    assert_eq!(ids.len(), people.len());
    for (name, id) in people.iter().zip(ids) {
        let event = outlook.only_event(&format!("{name}@contoso.com")).await;
        assert_eq!((event["id"].as_str(), event["subject"].as_str()), (Some(id.0.as_str()), Some(name.as_str())));
    }
}

#[tokio::test]
async fn one_that_fails_leaves_the_others_alone() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    stage.simulator.clear_journal().await;
    let answers = process.together(creates(&["attendee1", "nobody", "attendee2"])).await;
    assert!(matches!(answers[1], Err(CalendarError::MailboxNotFound)), "{answers:?}");
    assert_eq!(written(&[answers[0].clone(), answers[2].clone()]).len(), 2);
    assert_eq!(Journal::of(&stage.simulator).await.batches(), [3]);
    assert!(process.together(Vec::new()).await.is_empty());
}

#[tokio::test]
async fn each_request_means_what_it_means_alone() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let ids = written(&process.together(creates(&["attendee1", "attendee2", "attendee3"])).await);
    // More than a page: no half of a list passes for all of it.
    let property = json!([{"id": MARKER, "value": marker("attendee4").as_str()}]);
    let event = json!({"mailbox": "attendee4@contoso.com", "start": "2027-03-04T09:00:00Z",
        "end": "2027-03-04T10:00:00Z", "singleValueExtendedProperties": property});
    stage.simulator.add_events(vec![event; 101]).await;
    stage.simulator.clear_journal().await;
    let times = |change: EventChange, hour: &str| {
        let (start, end) = ("2027-03-04T09:00:00Z", format!("2027-03-04T{hour}:00:00Z"));
        let time = |text: &str| convene::domain::parse_utc(text).expect("a time");
        EventChange { start: Some(time(start)), end: Some(time(&end)), ..change }
    };
    let moved = times(EventChange { subject: Some("New".into()), ..EventChange::default() }, "11");
    let requests = vec![
        read("attendee1", &ids[0], Detail::Summary),
        change("attendee2", &ids[1], &moved),
        delete("attendee3", &ids[2]),
        Request::Find { mailbox: mailbox("attendee1"), marker: marker("attendee1") },
        Request::Find { mailbox: mailbox("attendee4"), marker: marker("attendee4") },
        Request::CheckMailbox { mailbox: mailbox("attendee5") },
        Request::CheckMailbox { mailbox: mailbox("nobody") },
        change("attendee2", &ids[1], &times(EventChange::default(), "08")),
        read("attendee3", &EventId("AAMkNothing".to_owned()), Detail::Summary),
    ];
    let alone = process.read(&mailbox("attendee1"), &ids[0]).await.expect("an event");
    stage.simulator.clear_journal().await;
    let answers = process.together(requests).await;
    // A glance shows neither the text nor the place.
    assert!(!alone.body.is_empty() && !alone.location.is_empty(), "{alone:?}");
    let glance = convene::calendar::Event { body: String::new(), location: String::new(), ..alone };
    assert!(matches!(&answers[0], Ok(Reply::Event(event)) if **event == glance), "{:?}", answers[0]);
    assert_eq!(written(&answers[1..2]), ids[1..2]);
    assert!(matches!(answers[2], Ok(Reply::Done)), "{:?}", answers[2]);
    assert!(matches!(&answers[3], Ok(Reply::Found(found)) if found[..] == ids[..1]), "{:?}", answers[3]);
    assert!(matches!(&answers[4], Ok(Reply::Found(found)) if found.len() == 101), "{:?}", answers[4]);
    assert!(matches!(answers[5], Ok(Reply::Done)), "{:?}", answers[5]);
    assert!(matches!(answers[6], Err(CalendarError::MailboxNotFound)), "{:?}", answers[6]);
    // It is not even asked.
    assert!(matches!(answers[7], Err(CalendarError::InvalidTimeSpan)), "{:?}", answers[7]);
    let alone = process.read(&mailbox("attendee3"), &EventId("AAMkNothing".to_owned())).await;
    assert_eq!(answers[8].as_ref().err(), alone.as_ref().err());
    // The second page of the search follows the first, which came with the batch.
    let journal = Journal::of(&stage.simulator).await;
    assert_eq!((journal.batches(), journal.asked("attendee4"), journal.asked("attendee2")), (vec![8], 2, 1));
    let outlook = stage.product.outlook("contoso").await;
    let event = outlook.only_event("attendee2@contoso.com").await;
    assert_eq!((&event["subject"], &event["end"]["dateTime"]), (&json!("New"), &json!("2027-03-04T11:00:00.0000000")));
    assert!(outlook.events("attendee3@contoso.com").await.is_empty());
}
