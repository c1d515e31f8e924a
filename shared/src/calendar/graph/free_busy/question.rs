//! A question: free/busy of some mailboxes in a window. And packing questions into batches.

use crate::{
    calendar::{
        CalendarError,
        graph::{
            batch::MAX_ITEMS,
            transport::retry_state::{AttemptError, RetryState, too_large},
        },
    },
    domain::TimeSpan,
};

/// Graph's limit on the mailboxes of one question.
pub(super) const CHUNK_SIZE: usize = 20;
/// The weight of a batch: a mailbox in a whole piece of the window counts one. The response to two hundred is usually some
/// megabytes.
const MAX_WEIGHT: usize = 200;

pub(super) struct Question {
    /// Indexes of the mailboxes in the plan. All are of one chunk.
    pub(super) about: Vec<usize>,
    pub(super) window: TimeSpan,
    /// Selects one of several possible routes, so that questions are spread over them.
    pub(super) turn: usize,
    /// The window that this one is a part of, which has too many entries for one response.
    pub(super) part_of: Option<TimeSpan>,
    /// Whether it is about one mailbox and sent through that mailbox, to find out whether it works.
    pub(super) is_probe: bool,
    /// Whether it is sent by itself, after a batch failed as a whole.
    pub(super) alone: bool,
    /// How often it was sent through another mailbox, since one did not work.
    pub(super) reroutes: usize,
    pub(super) retry: RetryState,
    /// Its last error, through whichever mailbox.
    pub(super) error: Option<CalendarError>,
}

impl Question {
    pub(super) fn new(about: Vec<usize>, window: TimeSpan, turn: usize) -> Self {
        Self {
            about,
            window,
            turn,
            part_of: None,
            is_probe: false,
            alone: false,
            reroutes: 0,
            retry: RetryState::default(),
            error: None,
        }
    }

    /// The same question about some of the mailboxes, with a new retry state. The last error is kept, in case the question cannot
    /// be sent again.
    pub(super) fn narrowed(&self, about: Vec<usize>) -> Self {
        let error = self.error.clone();
        Self { part_of: self.part_of, error, ..Self::new(about, self.window, self.turn + 1) }
    }

    /// The question with its last error.
    pub(super) fn with_failure(mut self, error: &AttemptError) -> Self {
        match error {
            // The next token may be accepted.
            AttemptError::Unauthorized(_) => {}
            AttemptError::TooLarge => self.error = Some(too_large()),
            AttemptError::Error(error) => self.error = Some(error.clone()),
        }
        self
    }

    pub(super) fn chunk(&self) -> usize {
        self.about.first().copied().map_or(0, chunk_of)
    }

    fn weight(&self) -> usize {
        // A calendar with many entries has a large response.
        self.about.len() * if self.part_of.is_some() { 2 } else { 1 }
    }
}

/// The number of the chunk of a mailbox, by their indexes in the plan.
pub(super) fn chunk_of(mailbox: usize) -> usize {
    mailbox / CHUNK_SIZE
}

/// Packs questions into batches, in their order.
pub(super) fn packed(questions: Vec<Question>) -> Vec<Vec<Question>> {
    let mut packs: Vec<Vec<Question>> = Vec::new();
    let mut room = 0;
    for question in questions {
        let weight = question.weight();
        match packs.last_mut() {
            Some(pack) if !question.alone && pack.len() < MAX_ITEMS && weight <= room => {
                pack.push(question);
                room -= weight;
            }
            _ => {
                room = if question.alone { 0 } else { MAX_WEIGHT.saturating_sub(weight) };
                packs.push(vec![question]);
            }
        }
    }
    packs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn question(mailboxes: usize) -> Question {
        let time = |text| parse_utc(text).expect("a time");
        let window = TimeSpan::new(time("2026-01-01T00:00:00Z"), time("2026-02-01T00:00:00Z")).expect("a span");
        Question::new((0..mailboxes).collect(), window, 0)
    }

    fn sizes(questions: Vec<Question>) -> Vec<usize> {
        packed(questions).iter().map(Vec::len).collect()
    }

    #[test]
    fn batches_are_limited_by_items_and_weight() {
        let some = |count, mailboxes| (0..count).map(|_| question(mailboxes)).collect::<Vec<_>>();
        assert_eq!(sizes(Vec::new()), Vec::<usize>::new());
        assert_eq!(sizes(some(45, 1)), [20, 20, 5]);
        assert_eq!(sizes(some(25, 20)), [10, 10, 5]);
        let part = |question: Question| Question { part_of: Some(question.window), ..question };
        assert_eq!(sizes(some(12, 20).into_iter().map(part).collect()), [5, 5, 2]);
        let mut with_one_alone = some(5, 1);
        with_one_alone[2].alone = true;
        assert_eq!(sizes(with_one_alone), [2, 1, 2]);
    }
}
