//! What happened in a schedule, by whom and when: every call, every event that came and went, and what must be true of
//! them at each moment.

mod copies;
mod events;
mod meetings;
mod words;

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard},
};

use crate::world::now;
use events::{Call, Events, Life, Said, Time, Wanted};
pub use words::{Answer, Ask, CopyAsk, Deed, Doer, Key, Number, Place, Wish, body, changed, content, subject};

/// Everything that happened.
#[derive(Default)]
pub struct History(Mutex<Events>);

impl History {
    fn events(&self) -> MutexGuard<'_, Events> {
        self.0.lock().expect("not poisoned")
    }

    /// A call begins.
    pub fn begins(&self, wishes: impl IntoIterator<Item = (Place, Wish)>) -> Number {
        let mut events = self.events();
        let wishes = wishes.into_iter().map(|(place, wish)| Wanted { place, wish, answer: None }).collect();
        let (begun, ended, reached) = (now(), None, BTreeSet::new());
        events.calls.push(Call {
            wishes,
            begun,
            ended,
            record_open: begun,
            calendar_open: begun,
            unclear: false,
            reached,
        });
        events.calls.len() - 1
    }

    /// A call dies, or the caller no longer waits.
    pub fn dies(&self, number: Number) {
        self.events().calls[number].ended = Some(now());
    }

    /// A call is answered: what each of its wishes came to, where it was told. That must be true.
    pub fn is_answered(&self, number: Number, answers: Vec<Option<Answer>>) {
        let mut events = self.events();
        events.calls[number].ended = Some(now());
        for (wanted, answer) in events.calls[number].wishes.iter_mut().zip(answers) {
            wanted.answer = answer;
        }
        let call = events.calls[number].clone();
        for Wanted { place, wish, answer } in &call.wishes {
            let Some(answer) = answer else { continue };
            let wrong = match wish {
                Wish::Meeting(ask) => events.judge_meeting(number, &call, *place, *ask, answer),
                Wish::Copy(ask) => events.judge_copy(number, &call, *place, *ask, answer),
            };
            if wrong {
                let lives = events.lives_between(place.key, call.begun, now());
                let what = format!("{number}: {wish:?} at {place:?}: {answer:?}, while the calendar had {lives:?}");
                events.broken.push(what);
            }
        }
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
    pub fn appears(&self, deed: Deed, event: &str, content: u64, body: &str, transaction: uuid::Uuid) {
        let mut events = self.events();
        events.reach(deed);
        let (Deed { by, place, given_up, .. }, from) = (deed, now());
        let (doubles, others): (Vec<&Life>, Vec<_>) =
            events.live(place).partition(|life| life.transaction == transaction);
        // Two requests are to be about at once only where nobody knows what became of the one: it was given up.
        let needless = !given_up && !doubles.is_empty() && doubles.iter().all(|life| !life.given_up);
        let (twice, stranger) = (!doubles.is_empty(), !others.is_empty());
        if twice {
            events.forgotten.push(place);
        }
        let wished = events.wish(by, place).is_some_and(|wish| wish.makes() && wish.says(content));
        // A caller does not repeat what was refused. The row that answers for others may be a refusal although its own event
        // was created.
        let refused = !twice && events.is_refused(by, place);
        // Whoever was told that there is nothing is not to find something, unless somebody has asked for it since.
        let revived = events.denied(place).is_some_and(|begun| !events.anybody(place, begun, from, Wish::makes));
        for (broken, what) in [
            (needless, "appears a second time, although no request was given up"),
            (stranger, "appears beside an event of another incarnation"),
            (!wished, "appears by a call that did not ask for it"),
            (refused, "appears after the call that asked for it was refused"),
            (revived, "appears after it was told that there is none"),
        ] {
            if broken {
                events.broken.push(format!("{event} at {place:?} {what}"));
            }
        }
        let (subject, body) = (subject(place.key, content), body.to_owned());
        let said = vec![Said { subject, by, given_up, body, body_given_up: given_up }];
        let (event, to) = (event.to_owned(), None);
        events.lives.push(Life { event, place, content, transaction, given_up, said, from, to });
    }

    /// An event is changed: its subject, and its body where the change names that.
    pub fn is_changed(&self, deed: Deed, event: &str, subject: &str, body: Option<&str>) {
        let mut events = self.events();
        events.reach(deed);
        events.own(deed.by, event);
        if !events.wish(deed.by, deed.place).is_some_and(Wish::changes) {
            events.broken.push(format!("{event} at {:?} is changed by a call that did not ask for that", deed.place));
        }
        let life = events.life(event);
        let before = life.says().clone();
        let (body, body_given_up) =
            body.map_or((before.body, before.body_given_up), |body| (body.to_owned(), deed.given_up));
        let (subject, Deed { by, given_up, .. }) = (subject.to_owned(), deed);
        life.said.push(Said { subject, by, given_up, body, body_given_up });
    }

    /// An event is read.
    pub fn is_read(&self, by: Number, event: &str) {
        self.events().own(by, event);
    }

    /// An event is deleted on a call's behalf. Tells whether it was a double.
    pub fn is_deleted(&self, deed: Deed, event: &str) -> bool {
        self.events().reach(deed);
        self.disappears(Doer::Call(deed.by), event);
        self.events().live(deed.place).next().is_some()
    }

    /// An event disappears.
    pub fn disappears(&self, by: Doer, event: &str) {
        let mut events = self.events();
        let at = now();
        events.life(event).to = Some((at, by));
        let place = events.life(event).place;
        if let Doer::Call(number) = by {
            events.own(number, event);
            // Whoever was told that it is there is not to lose it, unless somebody has asked for that since.
            if events.live(place).next().is_none()
                && let Some(begun) = events.promised(place)
                && !events.anybody(place, begun, at, Wish::removes)
                && !events.removed_by_people(place, begun)
            {
                events.broken.push(format!("{event} at {place:?} disappears after it was told that it is there"));
            }
        }
    }

    /// A mailbox is not there any more, or is again. What is in it stays.
    pub fn is_away(&self, mailbox: usize, away: bool) {
        let mut events = self.events();
        if away {
            events.away.push((mailbox, now(), None));
        } else {
            let open = events.away.iter_mut().filter(|(other, _, to)| *other == mailbox && to.is_none());
            open.for_each(|(_, _, to)| *to = Some(now()));
        }
    }

    /// A mailbox is said not to be there, although it is.
    pub fn is_denied(&self, mailbox: usize) {
        self.events().away.push((mailbox, now(), Some(now())));
    }

    /// What came of a request or a write of a call's is not certain.
    pub fn is_unclear(&self, number: Number) {
        self.events().calls[number].unclear = true;
    }

    /// In how many mailboxes a call has made, changed or deleted something.
    pub fn reached(&self, number: Number) -> usize {
        self.events().calls[number].reached.len()
    }

    /// Whether there may be two events at a place, until somebody asks for it the next time.
    pub fn may_have_doubles(&self, place: Place) -> bool {
        self.events().forgotten.contains(&place)
    }

    /// Whether what is at a place was changed when nobody waited for that any more: after what others were told since.
    pub fn may_be_undone(&self, place: Place) -> bool {
        self.events().live(place).any(|life| life.said.len() > 1 && life.says().given_up)
    }

    /// Whether a person has deleted something there.
    pub fn touched_by_people(&self, place: Place) -> bool {
        self.events().touched_by_people(place)
    }

    /// Something is not as it must be.
    pub fn breaks(&self, what: String) {
        self.events().broken.push(what);
    }

    /// What must never be, and was.
    pub fn broken(&self) -> Vec<String> {
        self.events().broken.clone()
    }
}
