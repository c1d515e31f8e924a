//! What becomes of requests on their way.

use std::time::Duration;

use convene::{
    CallContext,
    calendar::{CalendarError, Reply, Request},
};

use super::BookingCalendar;

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Fine,
    /// It is carried out so much later, even if its sender has died.
    Late(Duration),
    Throttled,
    Failed,
    DoneAndFailed,
    Unanswered,
    /// 500, and it is done so much later.
    FailedAndLate(Duration),
    NeverArrives,
    /// As `NeverArrives`, and the sender waits for an answer as long as it can.
    Swallowed,
    /// The event is denied, although it is there.
    EventUnknown,
}

impl BookingCalendar {
    fn fate(&self, request: &Request) -> Fate {
        let scripted = {
            let mut script = self.script.lock().expect("not poisoned");
            let place = script.iter().position(|(name, _)| brief(request).starts_with(name));
            place.and_then(|place| script.remove(place))
        };
        if let Some((name, fate)) = scripted {
            self.world.say(|| format!("  script {name}: {fate:?}"));
            return fate;
        }
        if !self.world.fault() {
            return Fate::Fine;
        }
        let late = self.world.time_below(Duration::from_secs(75));
        let lands_late = self.world.weather().late_landing;
        match self.world.below(if lands_late { 7 } else { 5 }) {
            0 => Fate::Throttled,
            1 => Fate::Failed,
            2 => Fate::NeverArrives,
            3 => Fate::DoneAndFailed,
            4 => Fate::Unanswered,
            5 => Fate::FailedAndLate(late),
            _ => Fate::Late(late),
        }
    }

    pub(super) async fn send(&self, call: &CallContext, request: Request) -> Result<Reply, CalendarError> {
        if call.deadline.remaining().is_zero() {
            return Err(CalendarError::NotSent { cause: "deadline".to_owned(), timed_out: true });
        }
        call.count_graph_call();
        let failed = || CalendarError::Failed { cause: "500".to_owned(), retry_after: None };
        let unanswered = || CalendarError::NoAnswer { cause: "lost".to_owned() };
        let (delay, instead) = match self.fate(&request) {
            Fate::Fine => (self.world.time_below(Duration::from_millis(50)), None),
            Fate::Late(late) => (late, None),
            Fate::Throttled => return Err(CalendarError::Throttled { retry_after: None }),
            Fate::Failed => return Err(failed()),
            Fate::NeverArrives => return Err(unanswered()),
            Fate::Swallowed => {
                call.deadline.work(std::future::pending::<()>()).await;
                return Err(unanswered());
            }
            Fate::EventUnknown => return Err(CalendarError::EventNotFound),
            Fate::DoneAndFailed => (Duration::ZERO, Some(failed())),
            Fate::Unanswered => (Duration::ZERO, Some(unanswered())),
            Fate::FailedAndLate(late) => {
                drop(self.later(late, request));
                return Err(failed());
            }
        };
        let Some(done) = call.deadline.work(self.later(delay, request)).await else { return Err(unanswered()) };
        instead.map_or_else(|| done.expect("it does not panic"), Err)
    }

    fn later(&self, delay: Duration, request: Request) -> tokio::task::JoinHandle<Result<Reply, CalendarError>> {
        let calendar = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let reply = calendar.carry_out(&request);
            calendar.world.say(|| format!("  graph {}: {}", brief(&request), answer(&reply)));
            reply
        })
    }
}

fn brief(request: &Request) -> String {
    match request {
        Request::Create { event, .. } => format!("create {} at {}", &*event.subject, event.span.start()),
        Request::Read { event, .. } => format!("read {}", event.0),
        Request::Change { event, change, .. } => format!("change {} to {:?}", event.0, change.start),
        Request::Delete { event, .. } => format!("delete {}", event.0),
        Request::Find { mailbox, .. } => format!("find in {mailbox:?}"),
        Request::CheckMailbox { .. } => "check".to_owned(),
    }
}

fn answer(reply: &Result<Reply, CalendarError>) -> String {
    match reply {
        Ok(Reply::Written(written)) => written.id.0.clone(),
        Ok(Reply::Event(event)) => format!("{:?} {:?}", event.times, event.attendees.len()),
        Ok(Reply::Found(found)) => format!("{found:?}"),
        Ok(Reply::Done) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}
