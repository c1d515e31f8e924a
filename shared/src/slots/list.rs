//! Lists slots.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{
    Method, Rules,
    grid::{self, starts},
    open::{self, Window},
    span::{self, Cursor, Span},
};
use crate::domain::TimeSpan;

/// What slots are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub now: DateTime<Utc>,
    /// Slots lie wholly within it.
    pub query: TimeSpan,
    /// The busy time of each participant, in any order, without buffers; all of it that overlaps [`Rules::busy_window`].
    pub busy: &'a [Vec<TimeSpan>],
    /// Round-robin: the participants to choose from, by index, each once; the next to be booked comes first. Not used by the
    /// collective method.
    pub order: &'a [usize],
}

/// A time that can be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot<'a> {
    pub span: TimeSpan,
    /// The participants who are free, by index: all, or with round-robin at least one, in the order of the question.
    pub participants: &'a [usize],
}

/// Slots in order of start. No two start at the same time.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    /// Each span with its part of `participants`.
    spans: Vec<(TimeSpan, Range<usize>)>,
    participants: Vec<usize>,
}

impl Slots {
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Slot<'_>> {
        self.spans.iter().map(|(span, free)| Slot { span: *span, participants: &self.participants[free.clone()] })
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

impl Rules {
    /// The span for which [`Question::busy`] must be known: the query within notice and horizon, widened by the buffers. `None`: the
    /// query has no slots, however free the participants are.
    pub fn busy_window(&self, now: DateTime<Utc>, query: &TimeSpan) -> Option<TimeSpan> {
        let search = Search::new(self, now, query)?;
        let everyone: Vec<_> = (0..self.participants.len()).collect();
        let windows = search.windows(&everyone);
        let starts = match self.method {
            Method::Collective => search.starts(&[open::common(&windows)]),
            Method::MaxFairness | Method::MaxAvailability => search.starts(&windows),
        };
        let Span { start, end } = search.limits;
        // A buffer after busy time before the window reaches into it, and so does one before busy time after it.
        let window = Span { start: start - self.buffer_after, end: end + self.buffer_before };
        if starts.is_empty() { None } else { window.to_time_span() }
    }

    /// The slots within the query.
    pub fn list(&self, question: &Question<'_>) -> Slots {
        assert_eq!(question.busy.len(), self.participants.len(), "the busy time of each participant must be given");
        let Some(search) = Search::new(self, question.now, &question.query) else { return Slots::default() };
        match self.method {
            Method::Collective => search.all(question.busy),
            Method::MaxAvailability => search.any(question.order, question.busy),
            Method::MaxFairness => {
                let half = question.order.len().div_ceil(2);
                let slots = search.any(&question.order[..half], question.busy);
                if slots.is_empty() { search.any(question.order, question.busy) } else { slots }
            }
        }
    }
}

/// A search for slots within limits that notice, horizon and query set together.
pub(super) struct Search<'a> {
    rules: &'a Rules,
    limits: Span,
}

impl<'a> Search<'a> {
    /// `None`: the limits leave no time for a slot.
    pub fn new(rules: &'a Rules, now: DateTime<Utc>, query: &TimeSpan) -> Option<Self> {
        let limits = Span::within(query).clip(rules.limits(span::ceil(now)));
        (limits.end - limits.start >= rules.duration).then_some(Self { rules, limits })
    }

    pub fn windows(&self, participants: &[usize]) -> Vec<Vec<Window<'a>>> {
        let range = grid::range(self.rules, self.limits);
        participants.iter().map(|participant| open::windows(&self.rules.participants[*participant], range)).collect()
    }

    /// Where slots can start on the grids of some lists of windows. Sorted, each once.
    pub fn starts(&self, lists: &[Vec<Window<'a>>]) -> Vec<i64> {
        let mut all = Vec::new();
        for (index, windows) in lists.iter().enumerate() {
            // Many participants of a configuration have the same hours.
            if !lists[..index].contains(windows) {
                starts(self.rules, windows, self.limits, &mut all);
            }
        }
        #[expect(clippy::stable_sort_primitive, reason = "it merges sorted runs, of which the list consists")]
        all.sort();
        all.dedup();
        all
    }

    /// The busy time of some participants with its buffers, as far as it matters here. Sorted and joined.
    pub fn blocked<'b>(&self, busy: impl IntoIterator<Item = &'b Vec<TimeSpan>>) -> Vec<Span> {
        let padded = busy.into_iter().flatten().map(|span| {
            let Span { start, end } = Span::around(span);
            Span { start: start - self.rules.buffer_before, end: end + self.rules.buffer_after }.clip(self.limits)
        });
        let mut blocked = padded.filter(|span| !span.is_empty()).collect();
        span::join(&mut blocked);
        blocked
    }

    fn slot_at(&self, start: i64) -> Span {
        Span { start, end: start + self.rules.duration }
    }

    /// The slots for which all participants are free.
    fn all(&self, busy: &[Vec<TimeSpan>]) -> Slots {
        let participants: Vec<_> = (0..busy.len()).collect();
        let common = open::common(&self.windows(&participants));
        let blocked = self.blocked(busy);
        let mut blocked = Cursor::new(&blocked);
        let spans = self.starts(&[common]).into_iter().map(|start| self.slot_at(start));
        let free = spans.filter(|span| !blocked.overlaps(*span)).filter_map(Span::to_time_span);
        Slots { spans: free.map(|span| (span, 0..busy.len())).collect(), participants }
    }

    /// The slots for which at least one of these participants is free. They start on the grid of any of them.
    fn any(&self, order: &[usize], busy: &[Vec<TimeSpan>]) -> Slots {
        let windows = self.windows(order);
        let blocked: Vec<_> = order.iter().map(|participant| self.blocked([&busy[*participant]])).collect();
        let cursors = windows.iter().zip(&blocked);
        let mut cursors: Vec<_> = cursors.map(|(open, blocked)| (Cursor::new(open), Cursor::new(blocked))).collect();
        let mut slots = Slots::default();
        for span in self.starts(&windows).into_iter().map(|start| self.slot_at(start)) {
            let first = slots.participants.len();
            for (participant, (open, blocked)) in order.iter().zip(&mut cursors) {
                if open.contains(span) && !blocked.overlaps(span) {
                    slots.participants.push(*participant);
                }
            }
            let free = first..slots.participants.len();
            slots.spans.extend(span.to_time_span().filter(|_| !free.is_empty()).map(|span| (span, free)));
        }
        slots
    }
}
