//! What must be true when a call for an appointment is answered, for each copy.

use crate::error_kind::Kind;

use super::{
    Answer, CopyAsk, Number, Place, Wish, body,
    events::{Call, Events, Life, Time},
    subject,
};
use crate::world::now;

impl Events {
    /// Whether an answer is wrong.
    pub fn judge_copy(&self, number: Number, call: &Call, place: Place, ask: CopyAsk, answer: &Answer) -> bool {
        let (begun, ended) = (call.begun, now());
        match (ask, answer) {
            (CopyAsk::Create(content) | CopyAsk::Put(content), Ok(_)) => {
                let (subject, body) = (subject(place.key, content), body(content));
                let says_so = |life: &Life| {
                    let said = life.says();
                    // A body that is what it should be is not sent again, and may have been changed since by a late request.
                    said.subject == subject && (said.body == body || said.body_given_up)
                };
                !self.may_be_gone(place, begun, ended)
                    && !self.live(place).any(|life| says_so(life) || self.is_changed_since(number, life))
            }
            (CopyAsk::Remove, Ok(_)) => {
                self.live(place).next().is_some() && !self.anybody(place, begun, ended, Wish::makes)
            }
            (CopyAsk::Beside(content), Ok(_)) => {
                let subject = subject(place.key, content);
                let says_otherwise = |life: &Life| {
                    life.live_throughout(begun) && life.says().subject != subject && !life.says().given_up
                };
                self.live(place).any(says_otherwise) && !self.anybody_changing(number, place, begun)
            }
            (CopyAsk::Create(content), Err(Kind::MeetingAlreadyExists)) => {
                !self.may_say_otherwise(place, content, begun, ended)
            }
            // Whoever creates looks for nothing, and whoever changes or deletes takes nothing for granted.
            (CopyAsk::Create(_), Err(Kind::MeetingNotFound))
            | (CopyAsk::Put(_) | CopyAsk::Remove, Err(Kind::MeetingAlreadyExists)) => true,
            (CopyAsk::Remove, Err(Kind::MeetingNotFound)) => {
                self.live(place).any(|life| life.live_throughout(begun)) && !self.was_ever_away(place, ended)
            }
            (CopyAsk::Put(_), Err(Kind::MeetingNotFound)) => {
                self.live(place).any(|life| life.live_throughout(begun)) && !self.was_ever_away(place, ended)
                    // A mailbox without a copy gets one, where another has one.
                    || !self.touched_by_people(place) && self.lives.iter().any(|life| {
                        life.place.key == place.key
                            && life.live_throughout(begun)
                            && !self.was_ever_away(life.place, ended)
                    })
            }
            // The first row answers for others, too.
            (_, Err(Kind::MailboxNotFound)) => !self.was_any_away(begun, ended),
            _ => false,
        }
    }

    /// Whether what an event says is another's doing, who was at work at the same time or whose request was late.
    fn is_changed_since(&self, own: Number, life: &Life) -> bool {
        let (said, begun) = (life.says(), self.calls[own].begun);
        let overlaps = self.calls[said.by].ended.is_none_or(|ended| ended >= begun);
        life.said.len() > 1 && said.by != own && (said.given_up || overlaps)
    }

    /// Whether some copy of the same appointment said something else, or may have been about to.
    fn may_say_otherwise(&self, place: Place, content: u64, from: Time, to: Time) -> bool {
        let subject = subject(place.key, content);
        let said = |life: &&Life| life.said.iter().any(|said| said.subject != subject);
        let in_doubt = |call: &Call| {
            let mut changes =
                call.wishes.iter().filter(|wanted| wanted.place.key == place.key && wanted.wish.changes()).peekable();
            changes.peek().is_some()
                && (call.at_work(from, to) || call.unclear || changes.any(|wanted| wanted.answer.is_none()))
        };
        self.lives_between(place.key, from, to).iter().any(said)
            || self.calls.iter().any(in_doubt)
            || self.may_be_on_record_only(place)
    }

    /// Whether some copy may be on record that is not in its calendar any more: a person has deleted it, or it was left
    /// behind in a mailbox that was not there. Nobody looks whether the others' copies still are.
    fn may_be_on_record_only(&self, place: Place) -> bool {
        let is = |life: &&Life| life.place.key == place.key;
        self.lives
            .iter()
            .filter(is)
            .any(|life| self.touched_by_people(life.place) || self.was_ever_away(life.place, now()))
    }

    /// A copy that was in a mailbox while that was not there may have been left behind.
    fn was_ever_away(&self, place: Place, to: Time) -> bool {
        self.was_away(place.mailbox, Time::MIN_UTC, to)
    }
}
