//! What is known of calls and of events, and what can be asked about them.

use std::collections::BTreeSet;

use crate::error_kind::Kind;
use chrono::{DateTime, Utc};

use super::{Answer, Deed, Doer, Key, Number, Place, Wish};

pub type Time = DateTime<Utc>;

/// A call, which asks for something at one place or more.
#[derive(Debug, Clone)]
pub struct Call {
    pub wishes: Vec<Wanted>,
    pub begun: Time,
    /// When it was answered or died.
    pub ended: Option<Time>,
    /// When the last of its writes to the record is carried out, and of its requests to the calendar.
    pub record_open: Time,
    pub calendar_open: Time,
    /// Whether it was not told what came of something that it did.
    pub unclear: bool,
    /// The mailboxes in which it has made, changed or deleted something.
    pub reached: BTreeSet<usize>,
}

/// What a call asks for at a place, and what it was told of that.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub place: Place,
    pub wish: Wish,
    pub answer: Option<Answer>,
}

/// What is known of an event for good.
#[derive(Debug, Clone)]
pub struct Life {
    pub event: String,
    pub place: Place,
    pub content: u64,
    pub transaction: uuid::Uuid,
    /// Whether it was made when nobody waited for it any more.
    pub given_up: bool,
    /// What it said, the present last.
    pub said: Vec<Said>,
    pub from: Time,
    pub to: Option<(Time, Doer)>,
}

/// What an event says, and through whom.
#[derive(Debug, Clone)]
pub struct Said {
    pub subject: String,
    pub by: Number,
    /// Whether nobody waited for the change any more.
    pub given_up: bool,
    pub body: String,
    /// Whether nobody waited any more for the change that brought the body.
    pub body_given_up: bool,
}

#[derive(Default)]
pub struct Events {
    pub calls: Vec<Call>,
    pub lives: Vec<Life>,
    /// Places where there may be two events, since the service forgot that it had made one.
    pub forgotten: Vec<Place>,
    /// Which mailboxes were not there, and when.
    pub away: Vec<(usize, Time, Option<Time>)>,
    pub broken: Vec<String>,
}

impl Call {
    /// Whether it was at work at some time between, its writes to the record included: one that is carried out after its
    /// sender has died takes effect like any other. Not so its requests to the calendar. They are sent under a claim, and
    /// nobody goes on before what they may do is known.
    pub fn at_work(&self, from: Time, to: Time) -> bool {
        self.begun <= to && self.ended.is_none_or(|ended| ended.max(self.record_open) >= from)
    }
}

/// Whether callers take an answer for the last word, and do not ask again.
fn is_refusal(kind: Kind) -> bool {
    !matches!(kind, Kind::InProgress | Kind::ServerBusy | Kind::TimedOut)
}

impl Wanted {
    /// Whether the caller was told that there is something.
    fn promises(&self) -> bool {
        !self.wish.removes() && matches!(self.answer, Some(Ok(_)))
    }

    /// Whether the caller was told that there is nothing. Where a person has deleted it, only a delete tells so for good.
    fn denies(&self, touched_by_people: bool) -> bool {
        match self.answer {
            Some(Ok(_)) => self.wish.removes(),
            Some(Err(Kind::MeetingNotFound)) => !touched_by_people,
            _ => false,
        }
    }
}

impl Life {
    pub fn live_between(&self, from: Time, to: Time) -> bool {
        self.from <= to && self.to.is_none_or(|(end, _)| end >= from)
    }

    pub fn live_throughout(&self, from: Time) -> bool {
        self.from <= from && self.to.is_none()
    }

    /// What it says now.
    pub fn says(&self) -> &Said {
        self.said.last().expect("it says something from the start")
    }
}

impl Events {
    pub fn life(&mut self, event: &str) -> &mut Life {
        self.lives.iter_mut().find(|life| life.event == event).expect("a known event")
    }

    pub fn live(&self, place: Place) -> impl Iterator<Item = &Life> {
        self.lives.iter().filter(move |life| life.place == place && life.to.is_none())
    }

    /// Whatever there was of an id at some time between.
    pub fn lives_between(&self, key: Key, from: Time, to: Time) -> Vec<&Life> {
        self.lives.iter().filter(|life| life.place.key == key && life.live_between(from, to)).collect()
    }

    /// Tenants never meet, nor do ids.
    pub fn own(&mut self, by: Number, event: &str) {
        let place = self.life(event).place;
        if self.wish(by, place).is_none() {
            self.broken.push(format!("{by}, a call for {:?}, touches {event} at {place:?}", self.calls[by].wishes));
        }
    }

    /// A call does something in a mailbox.
    pub fn reach(&mut self, deed: Deed) {
        self.calls[deed.by].reached.insert(deed.place.mailbox);
    }

    /// What a call asks for at a place.
    pub fn wish(&self, number: Number, place: Place) -> Option<Wish> {
        self.calls[number].wishes.iter().find(|wanted| wanted.place == place).map(|wanted| wanted.wish)
    }

    /// Whether a call was told, of what it asks for at a place, that it is refused for good.
    pub fn is_refused(&self, number: Number, place: Place) -> bool {
        let refused = |wanted: &Wanted| matches!(&wanted.answer, Some(Err(kind)) if is_refusal(*kind));
        self.calls[number].wishes.iter().any(|wanted| wanted.place == place && refused(wanted))
    }

    /// Everything that is asked for at a place, and by whom.
    fn wanted(&self, place: Place) -> impl Iterator<Item = (Number, &Call, &Wanted)> {
        let calls = self.calls.iter().enumerate();
        let wanted = calls.flat_map(|(number, call)| call.wishes.iter().map(move |wanted| (number, call, wanted)));
        wanted.filter(move |(_, _, wanted)| wanted.place == place)
    }

    /// Whether any call that had such a wish for a place was at work at some time between.
    pub fn anybody(&self, place: Place, from: Time, to: Time, such: impl Fn(Wish) -> bool) -> bool {
        self.wanted(place).any(|(_, call, wanted)| such(wanted.wish) && call.at_work(from, to))
    }

    /// When the last call began that was told that there is something at a place.
    pub fn promised(&self, place: Place) -> Option<Time> {
        self.wanted(place).filter(|(.., wanted)| wanted.promises()).map(|(_, call, _)| call.begun).max()
    }

    /// When the last call began that was told that there is nothing at a place.
    pub fn denied(&self, place: Place) -> Option<Time> {
        let touched = self.touched_by_people(place);
        self.wanted(place).filter(|(.., wanted)| wanted.denies(touched)).map(|(_, call, _)| call.begun).max()
    }

    pub fn removed_by_people(&self, place: Place, since: Time) -> bool {
        let removed = |life: &Life| life.to.is_some_and(|(at, by)| by == Doer::Person && at >= since);
        self.lives.iter().any(|life| life.place == place && removed(life))
    }

    pub fn touched_by_people(&self, place: Place) -> bool {
        self.removed_by_people(place, Time::MIN_UTC)
    }

    pub fn was_away(&self, mailbox: usize, from: Time, to: Time) -> bool {
        let away = |(other, gone, back): &(usize, Time, Option<Time>)| {
            *other == mailbox && *gone <= to && back.is_none_or(|back| back >= from)
        };
        self.away.iter().any(away)
    }

    /// Whether any mailbox was.
    pub fn was_any_away(&self, from: Time, to: Time) -> bool {
        self.away.iter().any(|(_, gone, back)| *gone <= to && back.is_none_or(|back| back >= from))
    }

    /// Whether it can be nobody's fault but a person's, or of who asked for it, that something is not at a place.
    pub fn may_be_gone(&self, place: Place, from: Time, to: Time) -> bool {
        self.removed_by_people(place, from) || self.anybody(place, from, to, Wish::removes)
    }

    /// Whether another change may have been carried out at a place since.
    pub fn anybody_changing(&self, own: Number, place: Place, since: Time) -> bool {
        self.wanted(place).any(|(number, call, wanted)| {
            let open = call.ended.is_none_or(|ended| ended.max(call.calendar_open) >= since);
            number != own && wanted.wish.changes() && open
        })
    }
}
