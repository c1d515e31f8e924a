//! The work on several copies, side by side: whatever they wait for at the same time is asked for together.
//!
//! Each copy's work is the booking protocol as it is for one meeting, and knows nothing of the others. Its requests to the
//! calendar and its writes come here and wait. Once no copy's work can go on without an answer, all requests to the calendar
//! leave together. Writes leave together too, as one write of the one item: those that end a copy's work once all work is
//! about to end, and any that a copy needs to go on as soon as nobody has anything to ask the calendar.

use std::{
    convert::Infallible,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either, join_all, select},
    pin_mut,
    stream::FuturesUnordered,
};
use tokio::sync::{Notify, oneshot};

use super::change::{RecordChange, Written};
use crate::calendar::{CalendarError, Reply, Request};

/// The answer to a request to the calendar.
pub(super) type Replied = Result<Reply, CalendarError>;

/// Where a copy's work is. The number tells one wait from the next.
enum Whereabouts {
    /// It is not waiting for anything here.
    Working,
    AtCalendar(u64, Box<Request>, oneshot::Sender<Replied>),
    AtStore(u64, RecordChange, oneshot::Sender<Written>),
    /// What it waits for is under way.
    Away(u64),
    Finished,
}

impl Whereabouts {
    fn number(&self) -> Option<u64> {
        match self {
            Self::AtCalendar(number, ..) | Self::AtStore(number, ..) | Self::Away(number) => Some(*number),
            Self::Working | Self::Finished => None,
        }
    }
}

/// What a copy's work asked for, on its way.
struct Passenger<Q, A> {
    copy: usize,
    number: u64,
    asks: Q,
    answer: oneshot::Sender<A>,
}

/// What leaves together.
enum Departure {
    Calendar(Vec<Passenger<Request, Replied>>),
    Store(Vec<Passenger<RecordChange, Written>>),
}

/// Who carries what leaves together.
pub(super) trait Carrier: Sync {
    /// How many requests to the calendar it is worth to make together.
    fn most_together(&self) -> usize;
    /// Asks the calendar.
    fn ask(&self, requests: Vec<Request>) -> BoxFuture<'_, Vec<Replied>>;
    /// Makes the changes, of the copies with these numbers. Never called before the last call is over.
    fn write(&self, changes: Vec<(usize, RecordChange)>) -> BoxFuture<'_, Vec<Written>>;
}

/// The work on several copies.
pub(super) struct Convoy {
    everybody: Mutex<Everybody>,
    moved: Notify,
}

struct Everybody {
    of: Vec<Whereabouts>,
    waits: u64,
    /// Whether a write is under way.
    storing: bool,
}

impl Convoy {
    /// A convoy of so many copies.
    pub fn new(copies: usize) -> Self {
        let of = (0..copies).map(|_| Whereabouts::Working).collect();
        Self { everybody: Mutex::new(Everybody { of, waits: 0, storing: false }), moved: Notify::new() }
    }

    /// Does the work of all copies. Ends when all of it has.
    pub async fn travel<T>(&self, carrier: &impl Carrier, work: Vec<impl Future<Output = T>>) -> Vec<T> {
        let work = work.into_iter().enumerate().map(|(copy, work)| async move {
            let _finishes = Leaving { convoy: self, copy, to: Whereabouts::Finished, number: None };
            work.await
        });
        let (work, drive) = (join_all(work), self.drive(carrier));
        pin_mut!(drive);
        match select(work, drive).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    /// Asks the calendar, together with the others. `None`: nobody answers any more.
    pub async fn ask(&self, copy: usize, request: Request) -> Option<Replied> {
        self.wait(copy, |number, answer| Whereabouts::AtCalendar(number, Box::new(request), answer)).await
    }

    /// Changes the record, together with the others. `None`: nobody answers any more.
    pub async fn change(&self, copy: usize, change: RecordChange) -> Option<Written> {
        self.wait(copy, |number, answer| Whereabouts::AtStore(number, change, answer)).await
    }

    /// Lets time pass for a copy; the others need not wait for that.
    pub async fn pause(&self, copy: usize, length: Duration) {
        let _back = self.enter(copy, Whereabouts::Away);
        tokio::time::sleep(length).await;
    }

    async fn wait<A>(&self, copy: usize, place: impl FnOnce(u64, oneshot::Sender<A>) -> Whereabouts) -> Option<A> {
        let (answer, answered) = oneshot::channel();
        // Whoever stops waiting, for want of time, takes the request along if it has not left.
        let _back = self.enter(copy, |number| place(number, answer));
        answered.await.ok()
    }

    fn enter(&self, copy: usize, place: impl FnOnce(u64) -> Whereabouts) -> Leaving<'_> {
        let mut everybody = self.everybody();
        everybody.waits += 1;
        let number = everybody.waits;
        everybody.of[copy] = place(number);
        self.moved.notify_one();
        Leaving { convoy: self, copy, to: Whereabouts::Working, number: Some(number) }
    }

    async fn drive(&self, carrier: &impl Carrier) -> Infallible {
        let mut under_way = FuturesUnordered::<BoxFuture<'_, ()>>::new();
        loop {
            match self.everybody().departure() {
                Some(Departure::Calendar(passengers)) => {
                    // As few groups as can be, of one size as far as that goes.
                    let groups = passengers.len().div_ceil(carrier.most_together().max(1));
                    let size = passengers.len().div_ceil(groups);
                    let mut passengers = passengers.into_iter().peekable();
                    while passengers.peek().is_some() {
                        let group = passengers.by_ref().take(size).collect();
                        under_way.push(self.carry(group, |asks| carrier.ask(asks)).boxed());
                    }
                }
                Some(Departure::Store(passengers)) => {
                    let copies: Vec<_> = passengers.iter().map(|passenger| passenger.copy).collect();
                    let write = self.carry(passengers, |asks| carrier.write(copies.into_iter().zip(asks).collect()));
                    under_way.push(write.map(|()| self.everybody().storing = false).boxed());
                }
                None => {}
            }
            tokio::select! {
                biased;
                _ = under_way.next(), if !under_way.is_empty() => {}
                () = self.moved.notified() => {}
            }
        }
    }

    /// Takes passengers where they want to go, and back with their answers.
    async fn carry<'a, Q, A>(
        &self,
        passengers: Vec<Passenger<Q, A>>,
        ask: impl FnOnce(Vec<Q>) -> BoxFuture<'a, Vec<A>>,
    ) {
        let (asks, back): (Vec<_>, Vec<_>) =
            passengers.into_iter().map(|p| (p.asks, (p.copy, p.number, p.answer))).unzip();
        let answers = ask(asks).await;
        for ((copy, number, answer), told) in back.into_iter().zip(answers) {
            self.everybody().come_back(copy, number);
            // Nobody may be waiting any more.
            drop(answer.send(told));
        }
    }

    fn everybody(&self) -> MutexGuard<'_, Everybody> {
        self.everybody.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Everybody {
    fn come_back(&mut self, copy: usize, number: u64) {
        if self.of[copy].number() == Some(number) {
            self.of[copy] = Whereabouts::Working;
        }
    }

    /// What is to leave now.
    fn departure(&mut self) -> Option<Departure> {
        if self.of.iter().any(|place| matches!(place, Whereabouts::Working)) {
            return None;
        }
        if self.of.iter().any(|place| matches!(place, Whereabouts::AtCalendar(..))) {
            return Some(Departure::Calendar(self.board(|copy, place| match place {
                Whereabouts::AtCalendar(number, asks, answer) => Ok(Passenger { copy, number, asks: *asks, answer }),
                other => Err(other),
            })));
        }
        let all_at_store =
            self.of.iter().all(|place| matches!(place, Whereabouts::AtStore(..) | Whereabouts::Finished));
        let goes_on = |place: &Whereabouts| matches!(place, Whereabouts::AtStore(_, change, _) if !change.is_last());
        let passengers = if !self.storing && (all_at_store || self.of.iter().any(goes_on)) {
            self.board(|copy, place| match place {
                Whereabouts::AtStore(number, asks, answer) => Ok(Passenger { copy, number, asks, answer }),
                other => Err(other),
            })
        } else {
            Vec::new()
        };
        self.storing |= !passengers.is_empty();
        (!passengers.is_empty()).then_some(Departure::Store(passengers))
    }

    /// Takes out who comes along.
    fn board<Q, A>(
        &mut self,
        comes: impl Fn(usize, Whereabouts) -> Result<Passenger<Q, A>, Whereabouts>,
    ) -> Vec<Passenger<Q, A>> {
        let mut passengers = Vec::new();
        for (copy, place) in self.of.iter_mut().enumerate() {
            match comes(copy, std::mem::replace(place, Whereabouts::Finished)) {
                Ok(passenger) => {
                    *place = Whereabouts::Away(passenger.number);
                    passengers.push(passenger);
                }
                Err(other) => *place = other,
            }
        }
        passengers
    }
}

/// Puts a copy's work elsewhere when it is dropped, unless it has moved on since.
struct Leaving<'a> {
    convoy: &'a Convoy,
    copy: usize,
    to: Whereabouts,
    /// The wait that ends with it, if it is one.
    number: Option<u64>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut everybody = self.convoy.everybody();
        if self.number.is_none() || everybody.of[self.copy].number() == self.number {
            everybody.of[self.copy] = std::mem::replace(&mut self.to, Whereabouts::Working);
        }
        self.convoy.moved.notify_one();
    }
}

#[cfg(test)]
mod tests;
