//! The state of one free/busy call: results so far, and the questions that are still open.

mod results;

use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;

use super::{
    parts::Parts,
    plan::{Entries, Plan},
    question::{Question, packed},
    routing::{Route, Routing},
};
use crate::{
    calendar::CalendarError,
    domain::{Access, BusyEntry, EmailAddress, Tenant},
};

/// How many requests a call may send beyond one for each question.
const MAX_EXTRA_REQUESTS: usize = 20;
/// How many requests a call may send for parts of the window only.
const MAX_PART_REQUESTS: usize = 16;
/// One request more is allowed for so many mailboxes that fail.
const FAILURES_PER_EXTRA_REQUEST: usize = 10;
/// Questions that are due within this time are sent together.
const GROUPING_WINDOW: Duration = Duration::from_millis(300);
/// A question, and the mailbox that it is sent through: the signed-in person's own if `None`.
pub(super) type RoutedQuestion = (Question, Option<EmailAddress>);

pub(super) struct Inquiry<'a> {
    access: Access,
    /// The number of questions: chunks of mailboxes times pieces of the window.
    questions: usize,
    routing: Routing<'a>,
    found: Vec<Entries>,
    parts: Parts,
    waiting: Vec<(Instant, Question)>,
    /// Questions that wait for what other responses show about their mailboxes.
    parked: Vec<Question>,
    /// Chunks for which a response has come.
    answered_chunks: HashSet<usize>,
    /// Chunks that are searched for the mailbox because of which Graph rejects the whole question.
    searched_chunks: HashSet<usize>,
    /// Requests sent so far. A batch counts as one.
    sent: usize,
    /// Those of them for parts of the window only.
    sent_for_parts: usize,
    is_first_round: bool,
    /// The error because of which no question can be sent any more.
    ended: Option<CalendarError>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(tenant: &'a Tenant, plan: &'a Plan<'a>) -> Self {
        Self {
            access: tenant.access,
            questions: plan.chunks() * plan.pieces.len(),
            routing: Routing::new(tenant, plan),
            found: vec![Ok(Vec::new()); plan.mailboxes.len()],
            parts: Parts::default(),
            waiting: Vec::new(),
            parked: Vec::new(),
            answered_chunks: HashSet::new(),
            searched_chunks: HashSet::new(),
            sent: 0,
            sent_for_parts: 0,
            is_first_round: true,
            ended: None,
        }
    }

    pub(super) fn into_found(self) -> Vec<Entries> {
        self.found
    }

    /// The next round, and when it is due. Each inner list is one request. `None`: nothing is open.
    pub(super) fn next_round(&mut self) -> Option<(Instant, Vec<Vec<Question>>)> {
        let now = Instant::now();
        if self.waiting.is_empty() {
            self.searched_chunks.clear();
            let released = std::mem::take(&mut self.parked);
            self.waiting.extend(released.into_iter().map(|question| (now, question)));
        }
        let parts = self.parts.questions();
        let first = self.waiting.iter().map(|(due, _)| *due).min();
        let until = first.unwrap_or(now) + GROUPING_WINDOW;
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(due, _)| *due <= until);
        self.waiting = later;
        let at = due.iter().map(|(due, _)| *due).max().unwrap_or(now);
        let again: Vec<Question> = due.into_iter().filter_map(|(_, question)| self.still_open(question)).collect();
        let mut packs = self.affordable(packed(again), now);
        packs.extend(self.affordable_parts(packed(parts), packs.len()));
        self.is_first_round = false;
        // A parked question must not be dropped: its mailboxes would be without entries, which means free.
        let is_open = !packs.is_empty() || !self.waiting.is_empty() || !self.parked.is_empty();
        is_open.then_some((at, packs))
    }

    /// How many requests this call may still send: one for each question, and some more.
    fn left(&self) -> usize {
        let failing = self
            .found
            .iter()
            .enumerate()
            .filter(|(index, found)| found.is_err() || self.routing.route_error(*index).is_some());
        let max = self.questions + MAX_EXTRA_REQUESTS + failing.count() / FAILURES_PER_EXTRA_REQUEST;
        max.saturating_sub(self.sent)
    }

    /// The requests that may still be sent. The others wait, since the responses may allow more requests.
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

    /// Ends a question that is not sent any more. Mailboxes without a known error fail as throttled: another call may succeed.
    fn cut_off(&mut self, question: &Question) {
        for index in &question.about {
            let known = self.routing.route_error(*index).or(question.error.as_ref()).cloned();
            self.fail(*index, known.unwrap_or(CalendarError::Throttled { retry_after: None }));
        }
    }

    /// The requests for parts of the window that may still be sent, beside `others`. The error of the rest is one that asks for a
    /// shorter window, since a retry would not help.
    fn affordable_parts(&mut self, packs: Vec<Vec<Question>>, others: usize) -> Vec<Vec<Question>> {
        let left = self.left().saturating_sub(others).min(MAX_PART_REQUESTS.saturating_sub(self.sent_for_parts));
        let mut packs = packs.into_iter();
        let allowed = packs.by_ref().take(left).collect();
        for question in packs.flatten() {
            self.fail_all(&question.about, &CalendarError::Rejected { code: "5006".to_owned() });
        }
        allowed
    }

    /// A question without the mailboxes that have failed. `None`: none is left.
    fn still_open(&self, mut question: Question) -> Option<Question> {
        question.about.retain(|index| self.found[*index].is_ok());
        (!question.about.is_empty()).then_some(question)
    }

    /// Chooses the route of each question of a request. Questions that are not sent now are left out. The request counts as sent
    /// unless all of them are.
    pub(super) fn route(&mut self, questions: Vec<Question>) -> Vec<RoutedQuestion> {
        let mut routed = Vec::with_capacity(questions.len());
        for question in questions {
            if let Some(error) = self.ended.clone() {
                self.fail_all(&question.about, &error);
            } else if let Some(question) = self.still_open(question) {
                routed.extend(self.route_one(question));
            }
        }
        if !routed.is_empty() {
            self.sent += 1;
            self.sent_for_parts += usize::from(routed.iter().all(|(question, _)| question.part_of.is_some()));
        }
        routed
    }

    fn route_one(&mut self, question: Question) -> Option<RoutedQuestion> {
        if self.access == Access::Delegated {
            return Some((question, None));
        }
        let chunk = question.chunk();
        if self.is_first_round
            && question.turn > 0
            && !self.answered_chunks.contains(&chunk)
            && self.routing.is_doubtful(chunk)
        {
            // One question shows which of the mailboxes exist. The others wait, and are about those only.
            self.parked.push(question);
            return None;
        }
        match self.routing.next(&question) {
            Route::Through(via) if self.routing.is_in(question.chunk(), &via) => Some((question, Some(via))),
            Route::Through(outsider) => {
                let about = question.about.iter().copied();
                let (about, denied) = about.partition(|index| self.routing.may_use_outsiders(*index));
                self.fail_by_themselves(denied);
                let question = self.still_open(Question { about, ..question })?;
                Some((question, Some(outsider)))
            }
            Route::Probe(indexes) => {
                let now = Instant::now();
                let probe = |index: &usize| Question { is_probe: true, ..question.narrowed(vec![*index]) };
                self.waiting.extend(indexes.iter().map(|index| (now, probe(index))));
                self.parked.push(question);
                None
            }
            Route::Exhausted => {
                self.fail_by_themselves(question.about);
                None
            }
        }
    }

    fn add(&mut self, index: usize, entries: Vec<BusyEntry>) {
        if let Ok(found) = &mut self.found[index] {
            found.extend(entries);
        }
    }

    /// The first error of a mailbox counts.
    fn fail(&mut self, index: usize, error: CalendarError) {
        if self.found[index].is_ok() {
            self.found[index] = Err(error);
        }
    }

    fn fail_all(&mut self, indexes: &[usize], error: &CalendarError) {
        for index in indexes {
            self.fail(*index, error.clone());
        }
    }

    /// No route is left for these mailboxes: each fails with its own error as a route.
    fn fail_by_themselves(&mut self, indexes: Vec<usize>) {
        for index in indexes {
            let error = self.routing.route_error(index).cloned().unwrap_or(CalendarError::MailboxNotFound);
            self.fail(index, error);
        }
    }
}
