//! What happened in a schedule, by whom and when: every call, every event that came and went, and what must be true of
//! them at each moment.

use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use convene::problem::Kind;

use crate::world::now;

type Time = DateTime<Utc>;

/// Which meeting: a tenant and an id. Two tenants use the same ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub tenant: &'static str,
    pub id: usize,
}

/// What a caller may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Schedule it with one of two contents.
    Schedule(u64),
    Cancel,
    Read,
    Update,
}

/// What a call was told: the subject that was read, where one was.
pub type Answer = Result<Option<String>, Kind>;

/// A call, by its number.
pub type Number = usize;

/// Who did something to the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer {
    Person,
    Call(Number),
}

#[derive(Debug, Clone)]
struct Call {
    key: Key,
    ask: Ask,
    begun: Time,
    /// When it was answered or died.
    ended: Option<Time>,
    /// When the last of its writes to the record is carried out, and of its requests to the calendar.
    record_open: Time,
    calendar_open: Time,
    answer: Option<Answer>,
}

/// What is known of an event for good.
#[derive(Debug, Clone)]
struct Life {
    event: String,
    key: Key,
    content: u64,
    transaction: uuid::Uuid,
    /// Whether it was made when nobody waited for it any more.
    given_up: bool,
    /// Its subjects, the present one last.
    subjects: Vec<String>,
    from: Time,
    to: Option<(Time, Doer)>,
}

/// Everything that happened.
#[derive(Default)]
pub struct History(Mutex<Events>);

#[derive(Default)]
struct Events {
    calls: Vec<Call>,
    lives: Vec<Life>,
    /// Meetings of which there may be two events, since the service forgot that it had made one.
    forgotten: Vec<Key>,
    broken: Vec<String>,
}

impl History {
    fn events(&self) -> MutexGuard<'_, Events> {
        self.0.lock().expect("not poisoned")
    }

    /// A call begins.
    pub fn begins(&self, key: Key, ask: Ask) -> Number {
        let mut events = self.events();
        let (begun, ended, answer) = (now(), None, None);
        events.calls.push(Call { key, ask, begun, ended, record_open: begun, calendar_open: begun, answer });
        events.calls.len() - 1
    }

    /// A call dies, or the caller no longer waits.
    pub fn dies(&self, number: Number) {
        self.events().calls[number].ended = Some(now());
    }

    /// A call is answered. What it is told must be true.
    pub fn is_answered(&self, number: Number, answer: &Answer) {
        let mut events = self.events();
        events.calls[number].ended = Some(now());
        events.calls[number].answer = Some(answer.clone());
        let call = events.calls[number].clone();
        let broken = events.judge(number, &call, answer);
        events.broken.extend(broken.map(|what| format!("{:?} of {:?}: {what}", call.ask, call.key)));
    }

    /// A write of a call's to the record will be carried out.
    pub fn record_open_until(&self, number: Number, time: Time) {
        let call = &mut self.events().calls[number];
        call.record_open = call.record_open.max(time);
    }

    /// A request of a call's to the calendar will be carried out.
    pub fn calendar_open_until(&self, number: Number, time: Time) {
        let call = &mut self.events().calls[number];
        call.calendar_open = call.calendar_open.max(time);
    }

    /// An event appears.
    pub fn appears(&self, by: Number, event: &str, content: u64, transaction: uuid::Uuid, given_up: bool) {
        let mut events = self.events();
        let (key, from) = (events.calls[by].key, now());
        let (doubles, others): (Vec<&Life>, Vec<_>) =
            events.live(key).partition(|life| life.transaction == transaction);
        // Two requests are to be about at once only where nobody knows what became of the one: it was given up.
        let needless = !given_up && !doubles.is_empty() && doubles.iter().all(|life| !life.given_up);
        let (twice, stranger) = (!doubles.is_empty(), !others.is_empty());
        if twice {
            events.forgotten.push(key);
        }
        if needless {
            events.broken.push(format!("{event} of {key:?} appears a second time, although no request was given up"));
        }
        if stranger {
            events.broken.push(format!("{event} of {key:?} appears beside an event of another incarnation"));
        }
        // Whoever was told that there is nothing is not to find something, unless somebody has asked for it since.
        let told = events.calls.iter().filter(|call| call.key == key && call.denies_it(events.touched_by_people(key)));
        if let Some(begun) = told.map(|call| call.begun).max()
            && !events.anybody(key, begun, from, |call| matches!(call.ask, Ask::Schedule(_)))
        {
            events.broken.push(format!("{event} of {key:?} appears after it was told that there is none"));
        }
        let (event, subjects, to) = (event.to_owned(), vec![subject(key, content)], None);
        events.lives.push(Life { event, key, content, transaction, given_up, subjects, from, to });
    }

    /// An event is changed.
    pub fn is_changed(&self, by: Number, event: &str, subject: &str) {
        let mut events = self.events();
        events.own(by, event);
        events.life(event).subjects.push(subject.to_owned());
    }

    /// An event is read.
    pub fn is_read(&self, by: Number, event: &str) {
        self.events().own(by, event);
    }

    /// An event disappears.
    pub fn disappears(&self, by: Doer, event: &str) {
        let mut events = self.events();
        let at = now();
        events.life(event).to = Some((at, by));
        let key = events.life(event).key;
        if let Doer::Call(number) = by {
            events.own(number, event);
            // Whoever was told that it is there is not to lose it, unless somebody has asked for that since.
            let promised = events.calls.iter().filter(|call| call.key == key && call.promises_it());
            if events.live(key).next().is_none()
                && let Some(begun) = promised.map(|call| call.begun).max()
                && !events.anybody(key, begun, at, |call| call.ask == Ask::Cancel)
                && !events.removed_by_people(key, begun)
            {
                events.broken.push(format!("{event} of {key:?} disappears after it was told that it is there"));
            }
        }
    }

    /// Whether there may be two events of a meeting, until somebody asks for it the next time.
    pub fn may_have_doubles(&self, key: Key) -> bool {
        self.events().forgotten.contains(&key)
    }

    /// What must never be, and was.
    pub fn broken(&self) -> Vec<String> {
        self.events().broken.clone()
    }
}

impl Call {
    /// Whether it was at work at some time between, its writes to the record included: one that is carried out after its
    /// sender has died takes effect like any other. Not so its requests to the calendar. They are sent under a claim, and
    /// nobody goes on before what they may do is known.
    fn at_work(&self, from: Time, to: Time) -> bool {
        self.begun <= to && self.ended.is_none_or(|ended| ended.max(self.record_open) >= from)
    }

    /// Whether the caller was told that there is a meeting.
    fn promises_it(&self) -> bool {
        self.ask != Ask::Cancel && matches!(self.answer, Some(Ok(_)))
    }

    /// Whether the caller was told that there is none. Where a person has deleted the meeting, only a delete tells so for
    /// good.
    fn denies_it(&self, touched_by_people: bool) -> bool {
        match self.answer {
            Some(Ok(_)) => self.ask == Ask::Cancel,
            Some(Err(Kind::MeetingNotFound)) => !touched_by_people,
            _ => false,
        }
    }
}

impl Life {
    fn live_between(&self, from: Time, to: Time) -> bool {
        self.from <= to && self.to.is_none_or(|(end, _)| end >= from)
    }

    fn live_throughout(&self, from: Time) -> bool {
        self.from <= from && self.to.is_none()
    }
}

impl Events {
    fn life(&mut self, event: &str) -> &mut Life {
        self.lives.iter_mut().find(|life| life.event == event).expect("a known event")
    }

    fn live(&self, key: Key) -> impl Iterator<Item = &Life> {
        self.lives.iter().filter(move |life| life.key == key && life.to.is_none())
    }

    /// Tenants never meet, nor do ids.
    fn own(&mut self, by: Number, event: &str) {
        let (own, key) = (self.calls[by].key, self.life(event).key);
        if own != key {
            self.broken.push(format!("a call for {own:?} touches {event} of {key:?}"));
        }
    }

    /// Whether any such call for a meeting was at work at some time between.
    fn anybody(&self, key: Key, from: Time, to: Time, such: impl Fn(&Call) -> bool) -> bool {
        self.calls.iter().any(|call| call.key == key && such(call) && call.at_work(from, to))
    }

    fn removed_by_people(&self, key: Key, since: Time) -> bool {
        let removed = |life: &Life| life.to.is_some_and(|(at, by)| by == Doer::Person && at >= since);
        self.lives.iter().any(|life| life.key == key && removed(life))
    }

    fn touched_by_people(&self, key: Key) -> bool {
        self.removed_by_people(key, Time::MIN_UTC)
    }

    /// What is wrong with an answer, if anything is.
    fn judge(&self, number: Number, call: &Call, answer: &Answer) -> Option<String> {
        let (key, begun, ended) = (call.key, call.begun, now());
        let live: Vec<&Life> = self.live(key).collect();
        // Only a person, and whoever asked for it, may have removed it in the meantime.
        let excused =
            self.removed_by_people(key, begun) || self.anybody(key, begun, ended, |call| call.ask == Ask::Cancel);
        let between = || self.lives.iter().filter(|life| life.key == key && life.live_between(begun, ended));
        let wrong = match (call.ask, answer) {
            (Ask::Schedule(content), Ok(_)) => !excused && live.iter().all(|life| life.content != content),
            (Ask::Schedule(content), Err(Kind::MeetingAlreadyExists)) => between().all(|life| life.content == content),
            (Ask::Cancel, Ok(_)) => {
                !live.is_empty() && !self.anybody(key, begun, ended, |call| matches!(call.ask, Ask::Schedule(_)))
            }
            (Ask::Read, Ok(Some(subject))) => {
                between().all(|life| !life.subjects.contains(subject)) || self.is_outdated(begun, key, subject)
            }
            (Ask::Update, Ok(_)) => {
                let done = live.iter().any(|life| life.subjects.last() == Some(&changed(number)));
                !done && !excused && !self.anybody_changing(number, key, begun)
            }
            (_, Err(Kind::MeetingNotFound)) => self.live(key).any(|life| life.live_throughout(begun)),
            _ => false,
        };
        wrong.then(|| format!("{answer:?}, while the calendar had {:?}", between().collect::<Vec<_>>()))
    }

    /// Whether another change of the meeting may have been carried out since.
    fn anybody_changing(&self, own: Number, key: Key, since: Time) -> bool {
        self.calls.iter().enumerate().any(|(number, call)| {
            let open = call.ended.is_none_or(|ended| ended.max(call.calendar_open) >= since);
            number != own && call.key == key && call.ask == Ask::Update && open
        })
    }

    /// Whether a subject that is read at a time is older than a change that was confirmed before, with nobody at work since
    /// who could have undone that.
    fn is_outdated(&self, time: Time, key: Key, subject: &str) -> bool {
        let confirmed = |(_, call): &(Number, &Call)| {
            let done = matches!(call.answer, Some(Ok(_))) && call.ended.is_some_and(|ended| ended <= time);
            call.key == key && call.ask == Ask::Update && done
        };
        let Some((number, last)) = self.calls.iter().enumerate().filter(confirmed).max_by_key(|(_, call)| call.begun)
        else {
            return false;
        };
        let undone = self.anybody_changing(number, key, last.begun)
            || self.removed_by_people(key, last.begun)
            || self.anybody(key, last.begun, now(), |call| call.ask == Ask::Cancel);
        !undone && subject != changed(number)
    }
}

/// The subject that a meeting is scheduled with.
pub fn subject(key: Key, content: u64) -> String {
    format!("{}/{}/{content}", key.tenant, key.id)
}

/// The subject that a call to update sets.
pub fn changed(number: Number) -> String {
    format!("changed by {number}")
}
