//! What the result of a question means for the questions that follow.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{question::Question, schedules::Row},
    Inquiry, RoutedQuestion,
};
use crate::{
    calendar::{
        CalendarError,
        graph::transport::retry_state::{AttemptError, RetryPolicy},
    },
    domain::{BusyEntry, BusyStatus, EmailAddress},
};

/// A throttled question is sent through so many other mailboxes before it waits.
const MAX_REROUTES: usize = 4;
/// A question that Graph rejects as a whole is sent again for so many mailboxes at a time, and then for each mailbox.
const SEARCH_GROUP_SIZE: usize = 5;

impl Inquiry<'_> {
    /// Records the result of a question.
    pub(in super::super) fn record(
        &mut self,
        (question, via): RoutedQuestion,
        result: Result<Vec<Row>, AttemptError>,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) {
        match (result, via) {
            (Ok(rows), via) => {
                if let Some(via) = via {
                    self.routing.record_answer(&via);
                }
                self.record_rows(&question, rows);
            }
            (Err(error @ (AttemptError::TooLarge | AttemptError::Error(CalendarError::Rejected { .. }))), _)
                if question.about.len() > 1 =>
            {
                self.search(question.with_failure(&error));
            }
            (
                Err(AttemptError::Error(error @ (CalendarError::MailboxNotFound | CalendarError::AccessDenied { .. }))),
                Some(via),
            ) => {
                self.reroute(question, &via, error);
            }
            (Err(AttemptError::Error(CalendarError::MailboxNotFound)), None) => {
                // The signed-in person has no mailbox, which says nothing about the mailboxes of the question.
                self.fail_all(&question.about, &CalendarError::AccessDenied { code: "NoMailbox".to_owned() });
            }
            (Err(error), via) => self.record_error(question, via, error, remaining, reject),
        }
    }

    /// Records the error of a whole batch, which says nothing about the mailboxes that its questions were sent through.
    pub(in super::super) fn record_batch_error(
        &mut self,
        routed: Vec<RoutedQuestion>,
        error: &AttemptError,
        remaining: Duration,
        reject: impl Fn() -> bool,
    ) {
        let now = Instant::now();
        for (question, _) in routed {
            if matches!(error, AttemptError::TooLarge | AttemptError::Error(CalendarError::Rejected { .. })) {
                self.waiting.push((now, Question { alone: true, ..question.with_failure(error) }));
            } else {
                self.record_error(question, None, error.clone(), remaining, &reject);
            }
        }
    }

    /// Ends the call's open questions with an error.
    pub(in super::super) fn end(&mut self, routed: Vec<RoutedQuestion>, error: &CalendarError) {
        self.ended.get_or_insert_with(|| error.clone());
        for (question, _) in routed {
            self.fail_all(&question.about, error);
        }
    }

    fn record_rows(&mut self, question: &Question, rows: Vec<Row>) {
        self.answered_chunks.insert(question.chunk());
        if question.is_probe {
            for parked in self.parked.iter_mut().filter(|parked| parked.window == question.window) {
                parked.about.retain(|index| !question.about.contains(index));
            }
        }
        for (index, row) in question.about.iter().zip(rows) {
            let too_many = row == Row::TooMany;
            match row {
                Row::Entries(entries) => self.add(*index, entries),
                Row::TooMany => {}
                Row::Failed(error) => self.fail(*index, error),
            }
            let given_up = self.parts.record(*index, question.window, question.part_of, too_many);
            // Unknown time counts as busy.
            let taken = given_up.into_iter().map(|span| BusyEntry { span, status: BusyStatus::Unknown });
            self.add(*index, taken.collect());
        }
    }

    /// Sends a question through another mailbox, since `via` is unusable.
    fn reroute(&mut self, mut question: Question, via: &EmailAddress, error: CalendarError) {
        self.routing.record_unusable(via, question.chunk(), error);
        if question.is_probe {
            return;
        }
        question.reroutes += 1;
        question.turn += 1;
        // One question of a chunk finds a mailbox that works, and the others are sent through that one.
        let is_tried = |(_, other): &(Instant, Question)| other.chunk() == question.chunk() && other.reroutes > 0;
        if self.waiting.iter().any(is_tried) {
            self.parked.push(question);
        } else {
            self.waiting.push((Instant::now(), question));
        }
    }

    /// Graph rejects a question as a whole, perhaps because of one mailbox: sends it again for a few mailboxes at a time. The
    /// other questions of the chunk wait for the result.
    fn search(&mut self, question: Question) {
        let is_group = question.about.len() <= SEARCH_GROUP_SIZE;
        if !is_group && !self.searched_chunks.insert(question.chunk()) {
            self.parked.push(question);
            return;
        }
        let size = if is_group { 1 } else { SEARCH_GROUP_SIZE };
        let now = Instant::now();
        let groups = question.about.chunks(size).map(|about| (now, question.narrowed(about.to_vec())));
        self.waiting.extend(groups);
    }

    fn record_error(
        &mut self,
        mut question: Question,
        via: Option<EmailAddress>,
        error: AttemptError,
        remaining: Duration,
        reject: impl FnOnce() -> bool,
    ) {
        question.turn += 1;
        question = question.with_failure(&error);
        if let (AttemptError::Error(CalendarError::Throttled { .. }), Some(via)) = (&error, &via) {
            self.routing.record_throttled(via);
            if !question.is_probe && question.reroutes < MAX_REROUTES && self.routing.has_another(&question) {
                question.reroutes += 1;
                self.waiting.push((Instant::now(), question));
                return;
            }
        }
        let was_refused = matches!(error, AttemptError::Unauthorized(_));
        match (question.retry.after_failure(error, RetryPolicy::Read, remaining, reject), via) {
            (Ok(wait), _) => self.waiting.push((Instant::now() + wait, question)),
            (Err(error), Some(via)) if was_refused => self.reroute(question, &via, error),
            (Err(error), _) => self.fail_all(&question.about, &error),
        }
    }
}
