//! What becomes of a request to the calendar service, and of several that are made together.

use std::{sync::Arc, time::Duration};

use convene::{
    CallContext,
    calendar::{CalendarError, Reply, Request},
    domain::EmailAddress,
};
use futures_util::future::join_all;

use super::{FakeCalendar, mailbox_of};
use crate::{
    history::{Deed, Place},
    world::now,
};

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Fine,
    /// It is carried out so much later, whether or not anybody waits for it.
    Late(Duration),
    /// It is carried out at once, and answered so much later.
    SlowAnswer(Duration),
    Throttled,
    Denied,
    NeverArrives,
    /// The same, and nobody tells: the sender waits for as long as it can.
    Swallowed,
    /// It is carried out, and the answer is lost.
    Unanswered,
    /// 500, and nothing is done.
    Failed,
    /// 500, although it is done.
    DoneAndFailed,
    /// 500, and it is done so much later.
    FailedAndLate(Duration),
    /// 409, and nothing is done.
    Clash,
    /// 409, although it is done.
    DoneAndClash,
    /// 404 with a code that says that there is no such mailbox, although there is. Nothing is done.
    MailboxUnknown,
    /// 404 with a code that says that the event is not there, although it is. Nothing is done. Of an event that is not there it
    /// is the truth.
    EventUnknown,
}

/// The name under which a script knows requests that are made together.
const BATCH: &str = "batch";

impl FakeCalendar {
    /// Decides what becomes of the next request of a kind; of the next ones that are made together, if it is a `batch`.
    pub fn script(&self, request: &'static str, fate: Fate) {
        self.script.lock().expect("not poisoned").push_back((request, fate));
    }

    fn scripted(&self, request: &str) -> Option<Fate> {
        let mut script = self.script.lock().expect("not poisoned");
        let place = script.iter().position(|(name, _)| *name == request)?;
        Some(script.remove(place).expect("it is there").1)
    }

    fn fate(&self, request: &str) -> Fate {
        if let Some(fate) = self.shared_fate {
            return fate;
        }
        if let Some(fate) = self.scripted(request) {
            return fate;
        }
        if !self.world.fault() {
            return Fate::Fine;
        }
        // No create takes effect after the doubt window: that is what the window means.
        let late = self.world.time_below(Duration::from_secs(75));
        let lands_late = self.world.weather().late_landing;
        match self.world.below(if lands_late { 16 } else { 11 }) {
            0 => Fate::Throttled,
            1 => Fate::Denied,
            2 => Fate::Failed,
            3 => Fate::NeverArrives,
            4 => Fate::DoneAndFailed,
            5 => Fate::Unanswered,
            6 => Fate::Clash,
            7 => Fate::DoneAndClash,
            8 => Fate::SlowAnswer(late / 3),
            9 => Fate::MailboxUnknown,
            10 => Fate::EventUnknown,
            11..=12 => Fate::FailedAndLate(late),
            _ => Fate::Late(late),
        }
    }

    /// What becomes of requests that are made together, where they do not go their own ways.
    fn fate_of_all(&self) -> Option<Fate> {
        if let Some(fate) = self.scripted(BATCH) {
            return Some(fate);
        }
        if !self.world.fault() || self.world.below(2) == 0 {
            return None;
        }
        let late = self.world.time_below(Duration::from_secs(75));
        let lands_late = self.world.weather().late_landing;
        Some(match self.world.below(if lands_late { 9 } else { 7 }) {
            0 => Fate::Throttled,
            1 => Fate::Failed,
            2 => Fate::NeverArrives,
            3 => Fate::DoneAndFailed,
            4 => Fate::SlowAnswer(late / 3),
            5 => Fate::Unanswered,
            6 => Fate::Swallowed,
            7 => Fate::FailedAndLate(late),
            _ => Fate::Late(late),
        })
    }

    /// Shows a request that is about to be sent to the watch.
    pub(super) fn watch(&self, call: &CallContext, request: &Request) {
        if let Some(watch) = self.watch.as_ref().filter(|_| !call.deadline.remaining().is_zero()) {
            watch(request);
        }
    }

    /// Runs requests that are made together: now and then all of them share a fate.
    pub(super) async fn batch(&self, call: &CallContext, requests: &[Request]) -> Vec<Result<Reply, CalendarError>> {
        for request in requests {
            self.watch(call, request);
        }
        let shared_fate = self.fate_of_all();
        if let Some(fate) = shared_fate {
            self.world.say(|| format!("  graph: {fate:?} for all of {}", requests.len()));
            let lost = matches!(fate, Fate::Unanswered) && requests.len() > 1;
            self.world.note(if lost { "batch lost after it was carried out" } else { "batch with one fate" });
        }
        let calendar = Self { shared_fate, ..self.clone() };
        join_all(requests.iter().map(|request| calendar.single(call, request))).await
    }

    /// Runs a request as the network does: carried out by a task of its own, which nobody's death stops.
    pub(super) async fn request<T: Send + 'static>(
        &self,
        call: &CallContext,
        name: &'static str,
        mailbox: &EmailAddress,
        work: impl FnOnce(&FakeCalendar, Deed) -> Result<T, CalendarError> + Send + 'static,
    ) -> Result<T, CalendarError> {
        if call.deadline.remaining().is_zero() {
            return Err(CalendarError::NotSent { cause: "deadline".to_owned(), timed_out: true });
        }
        call.count_graph_call();
        let fate = self.fate(name);
        let is_clear =
            matches!(fate, Fate::Fine | Fate::Throttled | Fate::Denied | Fate::MailboxUnknown | Fate::EventUnknown);
        if name == "change" && !is_clear {
            self.world.history.is_unclear(self.caller.expect("a call uses it").0);
        }
        let waiting = Arc::new(());
        let awaited = Arc::downgrade(&waiting);
        let (by, key) = self.caller.expect("a call uses it");
        let place = Place { key, mailbox: mailbox_of(mailbox) };
        let denies_event = matches!(fate, Fate::EventUnknown);
        let work = move |calendar: &FakeCalendar| {
            calendar.mailbox(place.mailbox)?;
            work(calendar, Deed { by, place, given_up: awaited.upgrade().is_none(), denies_event })
        };
        let say = |what: &str| self.world.say(|| format!("  graph {name} in {}: {what}", place.mailbox));
        let refusal = match fate {
            Fate::Throttled => Some(CalendarError::Throttled { retry_after: None }),
            Fate::Denied => Some(CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() }),
            Fate::NeverArrives => Some(unanswered()),
            Fate::Failed => Some(failed()),
            Fate::Clash => Some(clash()),
            Fate::MailboxUnknown => {
                self.world.history.is_denied(place.mailbox);
                self.world.note("a mailbox that is there is denied");
                Some(CalendarError::MailboxNotFound)
            }
            Fate::Swallowed => {
                say("never arrives");
                call.deadline.work(std::future::pending::<()>()).await;
                return Err(unanswered());
            }
            Fate::FailedAndLate(late) => {
                drop(self.later(name, place, late, work));
                say("500, and done later");
                return Err(failed());
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.world.pause(Duration::from_millis(50)).await;
            say(&format!("{refusal}, and not done"));
            return Err(refusal);
        }
        let delay = match fate {
            Fate::Late(late) => late,
            _ => self.world.time_below(Duration::from_millis(50)),
        };
        let done = self.later(name, place, delay, work);
        let Some(done) = call.deadline.work(done).await else { return Err(unanswered()) };
        if let Fate::SlowAnswer(slow) = fate
            && call.deadline.work(tokio::time::sleep(slow)).await.is_none()
        {
            return Err(unanswered());
        }
        let lost = match fate {
            Fate::DoneAndFailed => failed(),
            Fate::DoneAndClash => clash(),
            Fate::Unanswered => unanswered(),
            _ => return done.expect("the work does not panic"),
        };
        say(&format!("{lost}, after all"));
        Err(lost)
    }

    fn later<T: Send + 'static>(
        &self,
        name: &'static str,
        place: Place,
        delay: Duration,
        work: impl FnOnce(&FakeCalendar) -> Result<T, CalendarError> + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<T, CalendarError>> {
        let calendar = self.clone();
        let (caller, _) = self.caller.expect("a call uses it");
        self.world.history.calendar_open_until(caller, now() + delay);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let result = work(&calendar);
            let how = if result.is_ok() { "done" } else { "refused" };
            let mailbox = place.mailbox;
            calendar.world.say(|| format!("  graph {name} of {caller} in {mailbox}: {how} after {delay:?}"));
            result
        })
    }
}

fn failed() -> CalendarError {
    CalendarError::Failed { cause: "500".to_owned(), retry_after: None }
}

fn clash() -> CalendarError {
    CalendarError::UnknownResult { cause: "409".to_owned() }
}

fn unanswered() -> CalendarError {
    CalendarError::NoAnswer { cause: "no answer".to_owned() }
}
