//! One question about some mailboxes, and which questions go together.

use super::plan::Plan;
use crate::{
    calendar::{
        CalendarError,
        graph::transport::retry_state::{Course, Miss, too_large},
    },
    domain::TimeSpan,
};

/// Questions in one batch, as documented.
const MAX_ITEMS: usize = 20;
/// And how much they ask for together: a mailbox in a whole piece of the window counts one. Two hundred are some megabytes of
/// answer as a rule.
const MAX_WEIGHT: usize = 200;

/// A question: what occupies some mailboxes during a window.
pub(super) struct Question {
    /// The places of the mailboxes in the plan. All are of one chunk.
    pub(super) about: Vec<usize>,
    pub(super) window: TimeSpan,
    /// Of several mailboxes that can be asked, which one is: questions are spread over them.
    pub(super) turn: usize,
    /// The window that this one is a part of: an answer to that would have had too many entries.
    pub(super) part_of: Option<TimeSpan>,
    /// It is about one mailbox, and asked through that one: whether it answers is to be known.
    pub(super) is_probe: bool,
    /// It is sent alone, after a batch failed as a whole.
    pub(super) alone: bool,
    /// How often it was sent to another mailbox, since one could not be asked.
    pub(super) passed_on: usize,
    pub(super) course: Course,
    /// How it failed last, whomever it was asked through.
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
            passed_on: 0,
            course: Course::default(),
            error: None,
        }
    }

    /// The same question about some of the mailboxes, as if it had never been asked. Only how it failed is kept, which is told
    /// of them if it cannot be asked again.
    pub(super) fn narrowed(&self, about: Vec<usize>) -> Self {
        let error = self.error.clone();
        Self { part_of: self.part_of, error, ..Self::new(about, self.window, self.turn + 1) }
    }

    /// The same question after it has failed so.
    pub(super) fn having_missed(mut self, miss: &Miss) -> Self {
        match miss {
            // Another token may be accepted.
            Miss::Unauthorized(_) => {}
            Miss::TooLarge => self.error = Some(too_large()),
            Miss::Error(error) => self.error = Some(error.clone()),
        }
        self
    }

    /// The chunk of its mailboxes.
    pub(super) fn chunk(&self) -> usize {
        self.about.first().copied().map_or(0, Plan::chunk_of)
    }

    fn weight(&self) -> usize {
        // Of who has many entries each answer is large.
        self.about.len() * if self.part_of.is_some() { 2 } else { 1 }
    }
}

/// Which questions go together, in their order.
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
    fn small_questions_go_together_and_large_ones_only_a_few() {
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
