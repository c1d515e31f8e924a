//! Divides the window for calendars with more entries than one response may have, as long as that helps.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;

use super::question::{Question, chunk_of};
use crate::domain::TimeSpan;

/// A window is divided into so many parts.
const PARTS: i32 = 4;
/// A window is not divided below this.
const MIN_PART: TimeDelta = TimeDelta::hours(1);
/// A window at least this long is always divided. If every part of a shorter window has too many entries as well, they are
/// probably the same entries, which last longer than the parts, and dividing further would not help.
const MIN_ALWAYS_DIVIDED: TimeDelta = TimeDelta::days(4);

/// A window of one mailbox whose parts have open questions.
struct Divided {
    open: usize,
    parts: usize,
    too_many: Vec<TimeSpan>,
}

#[derive(Default)]
pub(super) struct Parts {
    divided: HashMap<(usize, TimeSpan), Divided>,
    to_divide: Vec<(usize, TimeSpan)>,
}

impl Parts {
    /// Records a mailbox's response for a window. `too_many`: the window has too many entries. Returns the windows that cannot be
    /// divided further.
    pub(super) fn record(
        &mut self,
        mailbox: usize,
        window: TimeSpan,
        part_of: Option<TimeSpan>,
        too_many: bool,
    ) -> Vec<TimeSpan> {
        let Some(whole) = part_of else {
            return if too_many { self.divide_each(mailbox, vec![window], false) } else { Vec::new() };
        };
        let Some(divided) = self.divided.get_mut(&(mailbox, whole)) else { return Vec::new() };
        divided.open = divided.open.saturating_sub(1);
        if too_many {
            divided.too_many.push(window);
        }
        if divided.open > 0 {
            return Vec::new();
        }
        let Some(divided) = self.divided.remove(&(mailbox, whole)) else { return Vec::new() };
        let helped = divided.too_many.len() < divided.parts;
        self.divide_each(mailbox, divided.too_many, !helped)
    }

    fn divide_each(&mut self, mailbox: usize, windows: Vec<TimeSpan>, in_vain: bool) -> Vec<TimeSpan> {
        let ends =
            |window: &TimeSpan| window.duration() <= MIN_PART || (in_vain && window.duration() < MIN_ALWAYS_DIVIDED);
        let (ended, to_divide): (Vec<_>, Vec<_>) = windows.into_iter().partition(ends);
        self.to_divide.extend(to_divide.into_iter().map(|window| (mailbox, window)));
        ended
    }

    /// The questions for the parts. Mailboxes of a chunk with the same window share a question.
    pub(super) fn questions(&mut self) -> Vec<Question> {
        let mut grouped: BTreeMap<(usize, TimeSpan), Vec<usize>> = BTreeMap::new();
        for (mailbox, window) in std::mem::take(&mut self.to_divide) {
            grouped.entry((chunk_of(mailbox), window)).or_default().push(mailbox);
        }
        let mut questions = Vec::new();
        for ((_, whole), mailboxes) in grouped {
            let parts = whole.split(TimeDelta::seconds(whole.duration().num_seconds() / i64::from(PARTS) + 1));
            for mailbox in &mailboxes {
                let divided = Divided { open: parts.len(), parts: parts.len(), too_many: Vec::new() };
                self.divided.insert((*mailbox, whole), divided);
            }
            let question = |(turn, part): (usize, &TimeSpan)| Question {
                part_of: Some(whole),
                ..Question::new(mailboxes.clone(), *part, turn)
            };
            questions.extend(parts.iter().enumerate().map(question));
        }
        questions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn window(days: i64) -> TimeSpan {
        let start = parse_utc("2026-01-01T00:00:00Z").expect("a time");
        TimeSpan::new(start, start + TimeDelta::days(days)).expect("a span")
    }

    /// Divides a window until nothing is open. Returns the number of questions and of rounds, and the windows given up.
    fn ask(whole: TimeSpan, has_too_many: impl Fn(&TimeSpan) -> bool) -> (usize, usize, Vec<TimeSpan>) {
        let mut parts = Parts::default();
        let mut given_up = parts.record(7, whole, None, has_too_many(&whole));
        let (mut count, mut rounds) = (0, 0);
        loop {
            let questions = parts.questions();
            if questions.is_empty() {
                return (count, rounds, given_up);
            }
            rounds += 1;
            for question in questions {
                count += 1;
                let too_many = has_too_many(&question.window);
                given_up.extend(parts.record(7, question.window, question.part_of, too_many));
            }
        }
    }

    #[test]
    fn a_crowded_hour_is_found_in_a_few_rounds() {
        let crowded = parse_utc("2026-01-20T10:00:00Z").expect("a time");
        let has =
            |part: &TimeSpan| part.start() <= crowded && crowded < part.end() && part.duration() > TimeDelta::hours(2);
        let (count, rounds, given_up) = ask(window(61), has);
        assert_eq!((count, rounds, given_up.len()), (20, 5, 0));
    }

    #[test]
    fn dividing_ends_if_it_does_not_help() {
        let (count, rounds, given_up) = ask(window(61), |_| true);
        assert_eq!((count, rounds), (4 + 16, 2));
        assert_eq!((given_up.len(), given_up.iter().map(TimeSpan::duration).sum()), (16, TimeDelta::days(61)));
        let (count, _, given_up) = ask(window(1), |_| true);
        assert_eq!((count, given_up.iter().map(TimeSpan::duration).sum()), (4, TimeDelta::days(1)));
        // The shortest window.
        let start = parse_utc("2026-01-01T00:00:00Z").expect("a time");
        let shortest = TimeSpan::new(start, start + TimeDelta::seconds(1)).expect("a span");
        assert_eq!(ask(shortest, |_| true), (0, 0, vec![shortest]));
    }

    #[test]
    fn the_border_of_a_crowded_time_is_narrowed_down() {
        let border = parse_utc("2026-01-20T10:00:00Z").expect("a time");
        let (count, _, mut given_up) = ask(window(61), |part| part.start() < border);
        given_up.sort_unstable();
        assert!(count < 80, "{count}");
        assert_eq!(given_up.first().map(TimeSpan::start), Some(window(61).start()));
        let last = given_up.last().expect("some").end();
        assert!(border <= last && last < border + TimeDelta::hours(1), "{last}");
        assert!(given_up.windows(2).all(|pair| pair[0].end() == pair[1].start()));
    }

    #[test]
    fn mailboxes_with_the_same_window_share_questions() {
        let mut parts = Parts::default();
        for mailbox in [0, 5, 19, 20] {
            assert_eq!(parts.record(mailbox, window(61), None, true), []);
        }
        let questions = parts.questions();
        let about: Vec<_> = questions.iter().map(|question| question.about.len()).collect();
        assert_eq!(about, [3, 3, 3, 3, 1, 1, 1, 1]);
    }
}
