//! What an answer to a question, or its failure, means for what is asked next.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{question::Question, schedules::Row},
    Asked, Inquiry,
};
use crate::{
    calendar::{
        BusyEntry, BusyStatus, CalendarError,
        graph::transport::retry_state::{Miss, Repeat},
    },
    domain::EmailAddress,
};

/// A throttled question is put to so many others before it waits.
const MAX_ELSEWHERE: usize = 4;
/// A question that Graph refuses as a whole is asked again about so few mailboxes at a time, and then about each.
const GROUP: usize = 5;

impl Inquiry<'_> {
    /// Takes in what came of a question.
    pub(in super::super) fn take(
        &mut self,
        (question, asker): Asked,
        answer: Result<Vec<Row>, Miss>,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) {
        match (answer, asker) {
            (Ok(rows), asker) => {
                if let Some(asker) = asker {
                    self.askers.answered(&asker);
                }
                self.answered(&question, rows);
            }
            (Err(miss @ (Miss::TooLarge | Miss::Error(CalendarError::Rejected { .. }))), _)
                if question.about.len() > 1 =>
            {
                self.search(question.having_missed(&miss));
            }
            (
                Err(Miss::Error(error @ (CalendarError::MailboxNotFound | CalendarError::AccessDenied { .. }))),
                Some(asker),
            ) => {
                self.pass_on(question, &asker, error);
            }
            (Err(Miss::Error(CalendarError::MailboxNotFound)), None) => {
                // The signed-in person has no mailbox: that says nothing about the ones asked for.
                self.fail_all(&question.about, &CalendarError::AccessDenied { code: "NoMailbox".to_owned() });
            }
            (Err(miss), asker) => self.missed(question, asker, miss, remaining, reject),
        }
    }

    /// Takes in that a batch failed as a whole, which says nothing of the mailboxes that its questions were asked through.
    pub(in super::super) fn take_all(
        &mut self,
        asked: Vec<Asked>,
        miss: &Miss,
        remaining: Duration,
        reject: impl Fn() -> bool,
    ) {
        let now = Instant::now();
        for (question, _) in asked {
            if matches!(miss, Miss::TooLarge | Miss::Error(CalendarError::Rejected { .. })) {
                self.waiting.push((now, Question { alone: true, ..question.having_missed(miss) }));
            } else {
                self.missed(question, None, miss.clone(), remaining, &reject);
            }
        }
    }

    /// No question can be asked any more.
    pub(in super::super) fn end(&mut self, asked: Vec<Asked>, error: &CalendarError) {
        self.ended.get_or_insert_with(|| error.clone());
        for (question, _) in asked {
            self.fail_all(&question.about, error);
        }
    }

    fn answered(&mut self, question: &Question, rows: Vec<Row>) {
        self.told.insert(question.chunk());
        if question.is_probe {
            for parked in self.parked.iter_mut().filter(|parked| parked.window == question.window) {
                parked.about.retain(|place| !question.about.contains(place));
            }
        }
        for (place, row) in question.about.iter().zip(rows) {
            let too_many = row == Row::TooMany;
            match row {
                Row::Entries(entries) => self.add(*place, entries),
                Row::TooMany => {}
                Row::Failed(error) => self.fail(*place, error),
            }
            let given_up = self.parts.answered(*place, question.window, question.part_of, too_many);
            // What is unknown counts as taken.
            let taken = given_up.into_iter().map(|span| BusyEntry { span, status: BusyStatus::Unknown });
            self.add(*place, taken.collect());
        }
    }

    /// The mailbox that was asked through cannot be asked: another one is.
    fn pass_on(&mut self, mut question: Question, asker: &EmailAddress, error: CalendarError) {
        self.askers.cannot(asker, question.chunk(), error);
        if question.is_probe {
            return;
        }
        question.passed_on += 1;
        question.turn += 1;
        // One question of a chunk finds out who can be asked, and the others are asked through that one.
        let is_tried = |(_, other): &(Instant, Question)| other.chunk() == question.chunk() && other.passed_on > 0;
        if self.waiting.iter().any(is_tried) {
            self.parked.push(question);
        } else {
            self.waiting.push((Instant::now(), question));
        }
    }

    /// Graph refuses a question as a whole, and may do so for one of its mailboxes: it is asked again about a few at a time.
    /// What is learnt that way of a chunk's mailboxes holds for its other questions, which wait for that.
    fn search(&mut self, question: Question) {
        let is_group = question.about.len() <= GROUP;
        if !is_group && !self.searched.insert(question.chunk()) {
            self.parked.push(question);
            return;
        }
        let size = if is_group { 1 } else { GROUP };
        let now = Instant::now();
        let groups = question.about.chunks(size).map(|about| (now, question.narrowed(about.to_vec())));
        self.waiting.extend(groups);
    }

    fn missed(
        &mut self,
        mut question: Question,
        asker: Option<EmailAddress>,
        miss: Miss,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) {
        question.turn += 1;
        question = question.having_missed(&miss);
        if let (Miss::Error(CalendarError::Throttled { .. }), Some(asker)) = (&miss, &asker) {
            self.askers.throttled(asker);
            if !question.is_probe && question.passed_on < MAX_ELSEWHERE && self.askers.has_another(&question) {
                question.passed_on += 1;
                self.waiting.push((Instant::now(), question));
                return;
            }
        }
        let was_refused = matches!(miss, Miss::Unauthorized(_));
        match (question.course.after(miss, Repeat::Reads, remaining, reject), asker) {
            (Ok(wait), _) => self.waiting.push((Instant::now() + wait, question)),
            (Err(error), Some(asker)) if was_refused => self.pass_on(question, &asker, error),
            (Err(error), _) => self.fail_all(&question.about, &error),
        }
    }
}
