use chrono::Utc;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{Fingerprint, Marker},
    scheduling::record::{Record, State, Write},
};

/// Notes who travelled together, and answers at once.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn taken(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }

    fn note(&self, what: String) {
        self.0.lock().expect("not poisoned").push(what);
    }
}

impl Carrier for Notes {
    fn most_together(&self) -> usize {
        3
    }

    fn ask(&self, requests: Vec<Request>) -> BoxFuture<'_, Vec<Replied>> {
        async move {
            self.note(format!("asks {}", requests.len()));
            // Nobody answers before all have left.
            tokio::task::yield_now().await;
            requests.iter().map(|_| Ok(Reply::Done)).collect()
        }
        .boxed()
    }

    fn write(&self, changes: Vec<(usize, RecordChange)>) -> BoxFuture<'_, Vec<Written>> {
        async move {
            let copies: Vec<_> = changes.iter().map(|(copy, _)| copy.to_string()).collect();
            self.note(format!("writes {}", copies.join(" ")));
            tokio::task::yield_now().await;
            changes.iter().map(|_| Ok(Write::Done(None))).collect()
        }
        .boxed()
    }
}

fn request() -> Request {
    Request::Find { mailbox: mailbox(), marker: Marker::of_copy(&tenant(), &id(), &mailbox(), Uuid::nil()) }
}

fn tenant() -> crate::domain::TenantId {
    crate::domain::TenantId::new("contoso").expect("a name")
}

fn id() -> crate::domain::MeetingId {
    crate::domain::MeetingId::new("one").expect("an id")
}

fn mailbox() -> crate::domain::EmailAddress {
    "someone@contoso.com".parse().expect("an address")
}

fn record() -> Record {
    Record {
        state: State::Creating,
        incarnation: Uuid::nil(),
        attempt: Uuid::nil(),
        claim_expires: Utc::now(),
        unsettled_until: None,
        unanswered: 1,
        inconclusive: 0,
        payload: Fingerprint::in_doubt(),
        organizer: mailbox(),
        event: None,
        deletion: None,
    }
}

fn goes_on() -> RecordChange {
    RecordChange::Claim(Box::new(record()))
}

fn last() -> RecordChange {
    RecordChange::Remove(Box::new(record()))
}

async fn travels<T>(convoy: &Convoy, work: Vec<impl Future<Output = T>>) -> Vec<String> {
    let notes = Notes::default();
    let travel = convoy.travel(&notes, work);
    tokio::time::timeout(Duration::from_mins(1), travel).await.expect("everybody arrives");
    notes.taken()
}

#[tokio::test]
async fn what_is_waited_for_at_the_same_time_travels_together() {
    let convoy = Convoy::new(8);
    let work = (0..8).map(async |copy| {
        convoy.ask(copy, request()).await.expect("an answer").expect("done");
        convoy.change(copy, last()).await.expect("an answer").expect("done");
    });
    let notes = travels(&convoy, work.collect()).await;
    assert_eq!(notes, ["asks 3", "asks 3", "asks 2", "writes 0 1 2 3 4 5 6 7"]);
}

#[tokio::test]
async fn the_last_write_waits_for_all_and_any_other_for_nobody_who_is_away() {
    let convoy = Convoy::new(3);
    let (let_go, held) = oneshot::channel::<()>();
    let held = Mutex::new(Some(held));
    let work = (0..3).map(async |copy| {
        if copy == 0 {
            let held = held.lock().expect("not poisoned").take().expect("once");
            let number = convoy.enter(copy, Whereabouts::Away);
            held.await.expect("let go");
            drop(number);
        }
        if copy == 1 {
            convoy.change(copy, goes_on()).await;
            convoy.ask(copy, request()).await;
        }
        convoy.change(copy, last()).await;
    });
    let work: Vec<_> = work.collect();
    let soon = async {
        // Long after everybody else has come as far as they get.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let_go.send(()).expect("it waits");
    };
    let (notes, ()) = futures_util::future::join(travels(&convoy, work), soon).await;
    assert_eq!(notes, ["writes 1 2", "asks 1", "writes 0 1"]);
}

#[tokio::test]
async fn whoever_gives_up_takes_the_request_along() {
    let convoy = Convoy::new(2);
    let work = (0..2).map(async |copy| {
        if copy == 0 {
            let gave_up = tokio::time::timeout(Duration::ZERO, convoy.change(copy, last())).await;
            assert!(gave_up.is_err());
            return;
        }
        convoy.pause(copy, Duration::from_millis(20)).await;
        convoy.change(copy, last()).await;
    });
    let notes = travels(&convoy, work.collect()).await;
    assert_eq!(notes, ["writes 1"]);
}

#[tokio::test]
async fn groups_are_of_one_size() {
    for (copies, groups) in [(1, vec![1]), (3, vec![3]), (4, vec![2, 2]), (7, vec![3, 3, 1]), (10, vec![3, 3, 3, 1])] {
        let convoy = Convoy::new(copies);
        let work = (0..copies).map(async |copy| drop(convoy.ask(copy, request()).await));
        let notes = travels(&convoy, work.collect()).await;
        assert_eq!(notes, groups.iter().map(|group| format!("asks {group}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn nobody_at_all_arrives_at_once() {
    let convoy = Convoy::new(0);
    assert!(travels(&convoy, Vec::<std::future::Ready<()>>::new()).await.is_empty());
}
