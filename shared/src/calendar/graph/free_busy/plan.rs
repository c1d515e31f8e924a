//! What is asked about: each mailbox once, in chunks, for each piece of the window.

use std::{collections::HashMap, ops::Range};

use chrono::TimeDelta;

use super::{Entries, question::Question};
use crate::domain::{EmailAddress, TimeSpan};

/// Mailboxes in one question, as documented.
const CHUNK: usize = 20;
/// Graph allows less than 62 days.
const MAX_PIECE: TimeDelta = TimeDelta::days(61);

/// What is asked about.
pub(super) struct Plan<'a> {
    pub(super) mailboxes: Vec<&'a EmailAddress>,
    /// For each mailbox as it was given, its place among those that are asked about.
    places: Vec<usize>,
    pub(super) pieces: Vec<TimeSpan>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(given: &'a [EmailAddress], window: TimeSpan) -> Self {
        let mut mailboxes = Vec::new();
        let mut known = HashMap::new();
        let place = |mailbox: &'a EmailAddress| {
            *known.entry(mailbox).or_insert_with(|| {
                mailboxes.push(mailbox);
                mailboxes.len() - 1
            })
        };
        let places = given.iter().map(place).collect();
        Self { mailboxes, places, pieces: window.split(MAX_PIECE) }
    }

    /// How many chunks there are.
    pub(super) fn chunks(&self) -> usize {
        self.mailboxes.len().div_ceil(CHUNK)
    }

    /// The mailboxes of a chunk.
    pub(super) fn chunk(&self, number: usize) -> Range<usize> {
        let start = number * CHUNK;
        start..self.mailboxes.len().min(start + CHUNK)
    }

    /// The chunk of a mailbox.
    pub(super) fn chunk_of(mailbox: usize) -> usize {
        mailbox / CHUNK
    }

    /// Every question, the first piece of each chunk before the second of any: what is learnt of a mailbox by the one is
    /// known for the other where they do not go at once.
    pub(super) fn questions(&self) -> Vec<Question> {
        let of_piece = |(turn, piece): (usize, &TimeSpan)| {
            let piece = *piece;
            (0..self.chunks()).map(move |chunk| Question::new(self.chunk(chunk).collect(), piece, turn))
        };
        self.pieces.iter().enumerate().flat_map(of_piece).collect()
    }

    /// The answers for the mailboxes as they were given, from those for each that was asked about.
    pub(super) fn answers(&self, mut found: Vec<Entries>) -> Vec<Entries> {
        for entries in found.iter_mut().flatten() {
            // An entry across the border of two pieces is in the answers to both.
            entries.sort_unstable_by_key(|entry| (entry.span, entry.status));
            entries.dedup();
        }
        let mut uses = vec![0_usize; found.len()];
        self.places.iter().for_each(|place| uses[*place] += 1);
        let take = |place: &usize| {
            uses[*place] -= 1;
            let last = uses[*place] == 0;
            if last { std::mem::replace(&mut found[*place], Ok(Vec::new())) } else { found[*place].clone() }
        };
        self.places.iter().map(take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        calendar::{BusyEntry, BusyStatus, CalendarError},
        domain::parse_utc,
    };

    fn span(start: &str, end: &str) -> TimeSpan {
        TimeSpan::new(parse_utc(start).expect("a time"), parse_utc(end).expect("a time")).expect("a span")
    }

    fn addresses(count: usize) -> Vec<EmailAddress> {
        (0..count).map(|n| format!("u{n}@x.com").parse().expect("an address")).collect()
    }

    #[test]
    fn a_year_of_many_is_asked_in_chunks_and_pieces() {
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
    fn answers_come_in_the_order_given_duplicates_too() {
        let mut given = addresses(21);
        given.insert(0, "U20@X.com".parse().expect("an address"));
        let plan = Plan::new(&given, span("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"));
        assert_eq!((plan.mailboxes.len(), plan.pieces.len()), (21, 2));
        let across = BusyEntry { span: span("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"), status: BusyStatus::Busy };
        let early = BusyEntry { span: span("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"), status: BusyStatus::Free };
        let mut found: Vec<Entries> = vec![Ok(vec![across, early, across]); 20];
        found[1] = Err(CalendarError::MailboxNotFound);
        found.push(Ok(Vec::new()));
        let answers = plan.answers(found);
        assert_eq!(answers.len(), 22);
        assert_eq!(answers[0], Ok(vec![early, across]));
        // The chunk's second mailbox is `u0`: the duplicate came first.
        assert_eq!(answers[1], Err(CalendarError::MailboxNotFound));
        assert_eq!(answers[20], Ok(Vec::new()));
        assert_eq!(answers[21], answers[0]);
    }
}
