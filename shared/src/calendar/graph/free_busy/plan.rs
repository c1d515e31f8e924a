//! Divides a call into questions: each mailbox once, in chunks, for each piece of the window.

use std::{collections::HashMap, ops::Range};

use chrono::TimeDelta;

use super::question::{CHUNK_SIZE, Question};
use crate::{
    calendar::CalendarError,
    domain::{BusyEntry, EmailAddress, TimeSpan},
};

/// The result for one mailbox.
pub(super) type Entries = Result<Vec<BusyEntry>, CalendarError>;

/// Graph's limit is less than 62 days.
const MAX_PIECE: TimeDelta = TimeDelta::days(61);

pub(super) struct Plan<'a> {
    pub(super) mailboxes: Vec<&'a EmailAddress>,
    /// For each given mailbox, its index in `mailboxes`.
    indexes: Vec<usize>,
    pub(super) pieces: Vec<TimeSpan>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(given: &'a [EmailAddress], window: TimeSpan) -> Self {
        let mut mailboxes = Vec::new();
        let mut known = HashMap::new();
        let index = |mailbox: &'a EmailAddress| {
            *known.entry(mailbox).or_insert_with(|| {
                mailboxes.push(mailbox);
                mailboxes.len() - 1
            })
        };
        let indexes = given.iter().map(index).collect();
        Self { mailboxes, indexes, pieces: window.split(MAX_PIECE) }
    }

    pub(super) fn chunks(&self) -> usize {
        self.mailboxes.len().div_ceil(CHUNK_SIZE)
    }

    /// The indexes of a chunk's mailboxes.
    pub(super) fn chunk(&self, number: usize) -> Range<usize> {
        let start = number * CHUNK_SIZE;
        start..self.mailboxes.len().min(start + CHUNK_SIZE)
    }

    /// All questions, the first piece of every chunk before the second piece of any, so that later questions use what earlier
    /// responses show about mailboxes.
    pub(super) fn questions(&self) -> Vec<Question> {
        let of_piece = |(turn, piece): (usize, &TimeSpan)| {
            let piece = *piece;
            (0..self.chunks()).map(move |chunk| Question::new(self.chunk(chunk).collect(), piece, turn))
        };
        self.pieces.iter().enumerate().flat_map(of_piece).collect()
    }

    /// The results for the given mailboxes, from those for `mailboxes`.
    pub(super) fn results(&self, mut found: Vec<Entries>) -> Vec<Entries> {
        for entries in found.iter_mut().flatten() {
            // An entry across the border of two pieces is in the responses to both.
            entries.sort_unstable_by_key(|entry| (entry.span, entry.status));
            entries.dedup();
        }
        let mut uses = vec![0_usize; found.len()];
        self.indexes.iter().for_each(|index| uses[*index] += 1);
        let take = |index: &usize| {
            uses[*index] -= 1;
            let last = uses[*index] == 0;
            if last { std::mem::replace(&mut found[*index], Ok(Vec::new())) } else { found[*index].clone() }
        };
        self.indexes.iter().map(take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        calendar::CalendarError,
        domain::{BusyEntry, BusyStatus, parse_utc},
    };

    fn span(start: &str, end: &str) -> TimeSpan {
        TimeSpan::new(parse_utc(start).expect("a time"), parse_utc(end).expect("a time")).expect("a span")
    }

    fn addresses(count: usize) -> Vec<EmailAddress> {
        (0..count).map(|n| format!("u{n}@x.com").parse().expect("an address")).collect()
    }

    #[test]
    fn many_mailboxes_and_a_year_are_divided_into_chunks_and_pieces() {
        let given = addresses(41);
        let plan = Plan::new(&given, span("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"));
        let questions = plan.questions();
        assert_eq!((plan.chunks(), questions.len()), (3, 3 * 6));
        let lengths: Vec<_> = questions[..3].iter().map(|question| question.about.len()).collect();
        assert_eq!(lengths, [20, 20, 1]);
        assert!(questions[..3].iter().all(|question| question.window == plan.pieces[0]));
        assert!(questions.iter().all(|question| question.window.duration() < TimeDelta::days(62)));
    }

    #[test]
    fn results_are_in_the_given_order_with_duplicates() {
        let mut given = addresses(21);
        given.insert(0, "U20@X.com".parse().expect("an address"));
        let plan = Plan::new(&given, span("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"));
        assert_eq!((plan.mailboxes.len(), plan.pieces.len()), (21, 2));
        let across = BusyEntry { span: span("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"), status: BusyStatus::Busy };
        let early = BusyEntry { span: span("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"), status: BusyStatus::Free };
        let mut found: Vec<Entries> = vec![Ok(vec![across, early, across]); 20];
        found[1] = Err(CalendarError::MailboxNotFound);
        found.push(Ok(Vec::new()));
        let answers = plan.results(found);
        assert_eq!(answers.len(), 22);
        assert_eq!(answers[0], Ok(vec![early, across]));
        // The chunk's second mailbox is `u0`: the duplicate came first.
        assert_eq!(answers[1], Err(CalendarError::MailboxNotFound));
        assert_eq!(answers[20], Ok(Vec::new()));
        assert_eq!(answers[21], answers[0]);
    }
}
