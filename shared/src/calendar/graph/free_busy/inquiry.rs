//! What one call for free/busy has asked, has learnt, and has yet to ask.

mod outcomes;

use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;

use super::{
    Entries,
    askers::{Askers, Next},
    parts::Parts,
    plan::Plan,
    question::{Question, packed},
};
use crate::{
    calendar::{BusyEntry, CalendarError},
    domain::{Access, EmailAddress, Tenant},
};

/// How many requests a call makes at most beside one for each question.
const MAX_MORE: usize = 20;
/// And how many for calendars with too many entries for an answer.
const MAX_FOR_PARTS: usize = 16;
/// One more for so many mailboxes that fail.
const FAILING_FOR_ONE_MORE: usize = 10;
/// Questions that are due within so much time go together.
const TOGETHER: Duration = Duration::from_millis(300);
/// A question with the mailbox that it is asked through; the signed-in person's own if `None`.
pub(super) type Asked = (Question, Option<EmailAddress>);

/// The state of a call for free/busy.
pub(super) struct Inquiry<'a> {
    access: Access,
    /// How many questions there are: each mailbox, in chunks, for each piece of the window.
    questions: usize,
    askers: Askers<'a>,
    found: Vec<Entries>,
    parts: Parts,
    waiting: Vec<(Instant, Question)>,
    /// Questions that wait for what others will tell of their mailboxes.
    parked: Vec<Question>,
    /// Chunks of which some answer has come.
    told: HashSet<usize>,
    /// Chunks among whose mailboxes the one is looked for for which Graph refuses the whole question.
    searched: HashSet<usize>,
    /// How many requests were made; a batch counts as one.
    made: usize,
    /// How many of them were about nothing but parts of the window.
    made_for_parts: usize,
    is_first_round: bool,
    /// Why no question can be asked any more.
    ended: Option<CalendarError>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(tenant: &'a Tenant, plan: &'a Plan<'a>) -> Self {
        Self {
            access: tenant.access,
            questions: plan.chunks() * plan.pieces.len(),
            askers: Askers::new(tenant, plan),
            found: vec![Ok(Vec::new()); plan.mailboxes.len()],
            parts: Parts::default(),
            waiting: Vec::new(),
            parked: Vec::new(),
            told: HashSet::new(),
            searched: HashSet::new(),
            made: 0,
            made_for_parts: 0,
            is_first_round: true,
            ended: None,
        }
    }

    /// What was found for each mailbox.
    pub(super) fn into_found(self) -> Vec<Entries> {
        self.found
    }

    /// What is asked next, and when: questions that go together. `None`: everything is answered.
    pub(super) fn next_round(&mut self) -> Option<(Instant, Vec<Vec<Question>>)> {
        let now = Instant::now();
        if self.waiting.is_empty() {
            self.searched.clear();
            let released = std::mem::take(&mut self.parked);
            self.waiting.extend(released.into_iter().map(|question| (now, question)));
        }
        let parts = self.parts.questions();
        let first = self.waiting.iter().map(|(due, _)| *due).min();
        let until = first.unwrap_or(now) + TOGETHER;
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(due, _)| *due <= until);
        self.waiting = later;
        let at = due.iter().map(|(due, _)| *due).max().unwrap_or(now);
        let again: Vec<Question> = due.into_iter().filter_map(|(_, question)| self.still_open(question)).collect();
        let mut packs = self.affordable(packed(again), now);
        packs.extend(self.affordable_parts(packed(parts), packs.len()));
        self.is_first_round = false;
        // Were a parked question dropped, its mailboxes would be left without entries, which reads as free.
        let is_open = !packs.is_empty() || !self.waiting.is_empty() || !self.parked.is_empty();
        is_open.then_some((at, packs))
    }

    /// How many requests the bound on a call's requests still allows: one for each question, whether it was asked in the first
    /// round or had to wait, and some more.
    fn left(&self) -> usize {
        let failing = self
            .found
            .iter()
            .enumerate()
            .filter(|(place, found)| found.is_err() || self.askers.why_not(*place).is_some());
        let most = self.questions + MAX_MORE + failing.count() / FAILING_FOR_ONE_MORE;
        most.saturating_sub(self.made)
    }

    /// The requests that may still be made. Where these may learn of more mailboxes that fail, the others wait for that.
    fn affordable(&mut self, packs: Vec<Vec<Question>>, now: Instant) -> Vec<Vec<Question>> {
        let mut packs = packs.into_iter();
        let allowed: Vec<_> = packs.by_ref().take(self.left()).collect();
        for question in packs.flatten() {
            if allowed.is_empty() {
                self.cut_off(&question);
            } else {
                self.waiting.push((now, question));
            }
        }
        allowed
    }

    /// A question is not asked any more. Where nothing is known against a mailbox or the question, another call may do better.
    fn cut_off(&mut self, question: &Question) {
        for place in &question.about {
            let known = self.askers.why_not(*place).or(question.error.as_ref()).cloned();
            self.fail(*place, known.unwrap_or(CalendarError::Throttled { retry_after: None }));
        }
    }

    /// And those for parts of the window, beside others. To ask again would not help whom these are about, but a shorter
    /// window does.
    fn affordable_parts(&mut self, packs: Vec<Vec<Question>>, others: usize) -> Vec<Vec<Question>> {
        let left = self.left().saturating_sub(others).min(MAX_FOR_PARTS.saturating_sub(self.made_for_parts));
        let mut packs = packs.into_iter();
        let allowed = packs.by_ref().take(left).collect();
        for question in packs.flatten() {
            self.fail_all(&question.about, &CalendarError::Rejected { code: "5006".to_owned() });
        }
        allowed
    }

    /// A question without the mailboxes of which nothing more is to be found out. `None`: it is about no other.
    fn still_open(&self, mut question: Question) -> Option<Question> {
        question.about.retain(|place| self.found[*place].is_ok());
        (!question.about.is_empty()).then_some(question)
    }

    /// Whom each question of a request is to be asked through, by what is known now. Questions that are not asked now are left
    /// out; the request is made, and counts, unless all are.
    pub(super) fn prepare(&mut self, questions: Vec<Question>) -> Vec<Asked> {
        let mut asked = Vec::with_capacity(questions.len());
        for question in questions {
            if let Some(error) = self.ended.clone() {
                self.fail_all(&question.about, &error);
            } else if let Some(question) = self.still_open(question) {
                asked.extend(self.prepare_one(question));
            }
        }
        if !asked.is_empty() {
            self.made += 1;
            self.made_for_parts += usize::from(asked.iter().all(|(question, _)| question.part_of.is_some()));
        }
        asked
    }

    fn prepare_one(&mut self, question: Question) -> Option<Asked> {
        if self.access == Access::Delegated {
            return Some((question, None));
        }
        let chunk = question.chunk();
        if self.is_first_round && question.turn > 0 && !self.told.contains(&chunk) && self.askers.is_doubtful(chunk) {
            // One question finds out who of them exists; the others are then about those.
            self.parked.push(question);
            return None;
        }
        match self.askers.next(&question) {
            Next::Ask(asker) if self.askers.is_in(question.chunk(), &asker) => Some((question, Some(asker))),
            Next::Ask(outsider) => {
                let about = question.about.iter().copied();
                let (about, denied) = about.partition(|place| self.askers.may_be_told_by_outsiders(*place));
                self.fail_by_themselves(denied);
                let question = self.still_open(Question { about, ..question })?;
                Some((question, Some(outsider)))
            }
            Next::Probe(places) => {
                let now = Instant::now();
                let probe = |place: &usize| Question { is_probe: true, ..question.narrowed(vec![*place]) };
                self.waiting.extend(places.iter().map(|place| (now, probe(place))));
                self.parked.push(question);
                None
            }
            Next::Exhausted => {
                self.fail_by_themselves(question.about);
                None
            }
        }
    }

    fn add(&mut self, place: usize, entries: Vec<BusyEntry>) {
        if let Ok(found) = &mut self.found[place] {
            found.extend(entries);
        }
    }

    /// The first failure of a mailbox is told.
    fn fail(&mut self, place: usize, error: CalendarError) {
        if self.found[place].is_ok() {
            self.found[place] = Err(error);
        }
    }

    fn fail_all(&mut self, places: &[usize], error: &CalendarError) {
        for place in places {
            self.fail(*place, error.clone());
        }
    }

    /// There is no other mailbox to ask about these: each has failed as it did when it was asked itself.
    fn fail_by_themselves(&mut self, places: Vec<usize>) {
        for place in places {
            let error = self.askers.why_not(place).cloned().unwrap_or(CalendarError::MailboxNotFound);
            self.fail(place, error);
        }
    }
}
