//! Runs protocol tasks: one for a meeting, or one for each copy of an appointment, which is some 500. Executes the effects that they ask for, and
//! joins those that several tasks wait for at the same time.
//!
//! Once no task is running, that is, each one waits or has finished:
//! - all waiting calendar requests are sent together, in groups of at most the calendar's batch size: 500 copies become 25
//!   batches of 20;
//! - if no calendar request is waiting, all waiting record requests become one write, provided that one of them has more work
//!   to follow. A task's last write waits until every other task is at its last write or has finished, so that one write
//!   commits all copies.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | the loop, and sending |
//! | `tasks.rs` | what each task waits for, and what is joined when |
//! | `records.rs` | what the driver needs of the tasks' records; one task whose record is an item of its own |
//! | `session.rs` | an appointment's record during a request: changes of copies become writes of one item |

mod records;
mod session;
mod tasks;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, future::Future};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either, join_all, select},
    pin_mut,
    stream::FuturesUnordered,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub use records::{SingleRecord, TaskRecords};
pub use session::{AppointmentSession, FinalState};

use super::{
    protocol::effects::{CalendarReply, Effect, Effects, RecordReply},
    records::requests::RecordRequest,
};
use crate::{
    calendar::{Calendar, CalendarError, Request},
    call::CallContext,
};
use tasks::{Completed, Joined, Pending, Tasks};

/// Runs tasks and executes their effects.
///
/// A type parameter, not a trait object: the function of a meeting then contains no code for appointments.
pub struct Driver<'a, R> {
    pub call: &'a CallContext,
    pub calendar: &'a dyn Calendar,
    pub records: R,
}

impl<R: TaskRecords> Driver<'_, R> {
    /// Runs one task.
    pub async fn run<T, F: Future<Output = T>>(&self, task: impl FnOnce(Effects) -> F) -> T {
        match self.run_all([task]).await.pop() {
            Some(result) => result,
            None => unreachable!("a task has a result"),
        }
    }

    /// Runs tasks until all have finished. The results are in the order of the tasks.
    pub async fn run_all<T, F: Future<Output = T>>(
        &self,
        tasks: impl IntoIterator<Item = impl FnOnce(Effects) -> F>,
    ) -> Vec<T> {
        let (sender, effects) = unbounded_channel();
        let futures = tasks.into_iter().enumerate().map(|(number, task)| {
            let (task, sender) = (task(Effects::new(number, sender.clone())), sender.clone());
            async move {
                let result = task.await;
                // It fails only if the driver has ended, and then no task waits for it.
                let _ = sender.send((number, Effect::Finish));
                result
            }
        });
        let futures: Vec<_> = futures.collect();
        let driving = self.drive(Tasks::new(futures.len()), effects);
        pin_mut!(driving);
        // The driver waits until no task is running, so it sees all effects that tasks ask for at the same time.
        match select(join_all(futures), driving).await {
            Either::Left((results, _)) => results,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn drive(&self, mut tasks: Tasks, mut effects: UnboundedReceiver<(usize, Effect)>) -> Infallible {
        let mut in_flight = FuturesUnordered::<BoxFuture<'_, Completed>>::new();
        loop {
            while let Ok((task, effect)) = effects.try_recv() {
                in_flight.extend(self.accept(&mut tasks, task, effect));
            }
            match tasks.take_joined() {
                Some(Joined::Calendar(requests)) => {
                    let groups = groups(self.executable(&mut tasks, requests), self.calendar.max_batch_size());
                    in_flight.extend(groups.map(|group| self.execute(group).boxed()));
                    continue;
                }
                Some(Joined::Records(requests)) => in_flight.push(self.write(requests).boxed()),
                None => {}
            }
            tokio::select! {
                biased;
                Some((task, effect)) = effects.recv() => in_flight.extend(self.accept(&mut tasks, task, effect)),
                Some(completed) = in_flight.next(), if !in_flight.is_empty() => tasks.deliver(completed),
            }
        }
    }

    /// Notes what a task asks for. Returns what is to be awaited apart from the other tasks' effects.
    fn accept(&self, tasks: &mut Tasks, task: usize, effect: Effect) -> Option<BoxFuture<'static, Completed>> {
        match effect {
            Effect::Sleep(length, reply_to) => {
                tasks.set_in_flight(task);
                let sleep = async move {
                    tokio::time::sleep(length).await;
                    Completed::Sleep(vec![(task, reply_to, ())])
                };
                return Some(sleep.boxed());
            }
            Effect::Calendar(request, reply_to) => tasks.wait_for_calendar(Pending { task, request, reply_to }),
            Effect::Record(request, reply_to) => match self.records.known_reply(task, &request) {
                Some(reply) => {
                    // It fails only if the task does not wait any more.
                    let _ = reply_to.send(reply);
                    tasks.set_running(task);
                }
                None => tasks.wait_for_record(Pending { task, request, reply_to }),
            },
            Effect::Finish => tasks.finish(task),
        }
        None
    }

    /// The requests that may be sent. After another request has taken over the appointment, this one must change nothing in the
    /// calendars: the other one relies on that.
    fn executable(
        &self,
        tasks: &mut Tasks,
        requests: Vec<Pending<Box<Request>, CalendarReply>>,
    ) -> Vec<Pending<Box<Request>, CalendarReply>> {
        let is_lost = self.records.is_lost();
        let (refused, executable): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|pending| is_lost && changes_calendar(&pending.request));
        let cause = "another request has taken over the id";
        let not_sent = || Err(CalendarError::NotSent { cause: cause.to_owned(), timed_out: true });
        let refused = refused.into_iter().map(|pending| (pending.task, pending.reply_to, not_sent()));
        tasks.deliver(Completed::Calendar(refused.collect()));
        executable
    }

    async fn execute(&self, pending: Vec<Pending<Box<Request>, CalendarReply>>) -> Completed {
        let (requests, waiting): (Vec<_>, Vec<_>) =
            pending.into_iter().map(|pending| (*pending.request, (pending.task, pending.reply_to))).unzip();
        let replies = self.calendar.execute(self.call, requests).await;
        let replies = waiting.into_iter().zip(replies).map(|((task, reply_to), reply)| (task, reply_to, reply));
        Completed::Calendar(replies.collect())
    }

    async fn write(&self, pending: Vec<Pending<RecordRequest, RecordReply>>) -> Completed {
        let (requests, reply_to): (Vec<_>, Vec<_>) =
            pending.into_iter().map(|pending| ((pending.task, pending.request), pending.reply_to)).unzip();
        let replies = self.records.write(&requests).await;
        let replies = requests.iter().zip(reply_to).zip(replies);
        Completed::Records(replies.map(|(((task, _), reply_to), reply)| (*task, reply_to, reply)).collect())
    }
}

fn changes_calendar(request: &Request) -> bool {
    matches!(request, Request::Create { .. } | Request::Change { .. } | Request::Delete { .. })
}

/// As few groups as possible, whose sizes differ by one at most.
fn groups<T>(items: Vec<T>, max_size: usize) -> impl Iterator<Item = Vec<T>> {
    let count = items.len().div_ceil(max_size.max(1));
    let (size, larger) = items.len().checked_div(count).map_or((0, 0), |size| (size, items.len() % count));
    let mut items = items.into_iter();
    (0..count).map(move |number| items.by_ref().take(size + usize::from(number < larger)).collect())
}
