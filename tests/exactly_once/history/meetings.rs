//! What must be true when a call for a meeting is answered.

use crate::error_kind::Kind;

use super::{
    Answer, Ask, Number, Place, Wish, changed,
    events::{Call, Events, Life, Time},
};
use crate::world::now;

impl Events {
    /// Whether an answer is wrong.
    pub fn judge_meeting(&self, number: Number, call: &Call, place: Place, ask: Ask, answer: &Answer) -> bool {
        let (begun, ended) = (call.begun, now());
        let live: Vec<&Life> = self.live(place).collect();
        let excused = self.may_be_gone(place, begun, ended);
        let between = || self.lives_between(place.key, begun, ended).into_iter();
        match (ask, answer) {
            (Ask::Schedule(content), Ok(_)) => !excused && live.iter().all(|life| life.content != content),
            (Ask::Schedule(content), Err(Kind::MeetingAlreadyExists)) => between().all(|life| life.content == content),
            (Ask::Cancel, Ok(_)) => !live.is_empty() && !self.anybody(place, begun, ended, Wish::makes),
            (Ask::Read, Ok(Some(subject))) => {
                between().all(|life| life.said.iter().all(|said| said.subject != *subject))
                    || self.is_outdated(begun, place, subject)
            }
            (Ask::Update, Ok(_)) => {
                let done = live.iter().any(|life| life.says().subject == changed(number));
                !done && !excused && !self.anybody_changing(number, place, begun)
            }
            // A caller does not repeat what was refused, and would not learn of what it made.
            (Ask::Schedule(_), Err(Kind::AccessDenied | Kind::MailboxNotFound)) => {
                live.iter().any(|life| life.said[0].by == number)
            }
            (_, Err(Kind::MeetingNotFound)) => self.live(place).any(|life| life.live_throughout(begun)),
            _ => false,
        }
    }

    /// Whether a subject that is read at a time is older than a change that was confirmed before, with nobody at work since
    /// who could have undone that.
    fn is_outdated(&self, time: Time, place: Place, subject: &str) -> bool {
        let confirmed = |(_, call): &(Number, &Call)| {
            call.ended.is_some_and(|ended| ended <= time)
                && call.wishes.iter().any(|wanted| {
                    wanted.place == place && wanted.wish.changes() && matches!(wanted.answer, Some(Ok(_)))
                })
        };
        let Some((number, last)) = self.calls.iter().enumerate().filter(confirmed).max_by_key(|(_, call)| call.begun)
        else {
            return false;
        };
        let undone = self.anybody_changing(number, place, last.begun) || self.may_be_gone(place, last.begun, now());
        !undone && subject != changed(number)
    }
}
