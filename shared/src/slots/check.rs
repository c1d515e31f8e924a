//! Checks a span that is to be booked.

use super::{
    Method, Question, Rules,
    list::Search,
    open,
    span::{self, Cursor, Span},
};
use crate::domain::TimeSpan;

/// Why a span is not a slot. A participant is an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    DurationDiffers,
    OutsideQuery,
    /// It starts before the notice ends.
    TooSoon,
    BeyondHorizon,
    /// Collective: this participant's hours are not open.
    Closed(usize),
    /// The participants are free, but no slot starts then.
    OffGrid,
    /// Collective: this participant has busy time in it, or a buffer.
    Busy(usize),
    /// Round-robin: each participant's hours are not open, or has busy time.
    NoParticipantFree,
}

impl Rules {
    /// The participants who are free for `span`, or why it is not a slot. It is one exactly if [`Rules::list`] lists it for a query
    /// that equals it. Then it is listed for every longer query as well, and the other way round; except that max-fairness decides
    /// for each query anew whether it needs all participants, so a longer query can leave out a slot that passes here.
    pub fn check(&self, question: &Question<'_>, span: TimeSpan) -> Result<Vec<usize>, Exclusion> {
        let asked = Span::around(&span);
        let (query, limits) = (Span::within(&question.query), self.limits(span::ceil(question.now)));
        if span.duration().num_seconds() != self.duration {
            return Err(Exclusion::DurationDiffers);
        }
        if !query.contains(asked) {
            return Err(Exclusion::OutsideQuery);
        }
        if asked.start < limits.start {
            return Err(Exclusion::TooSoon);
        }
        if asked.end > limits.end {
            return Err(Exclusion::BeyondHorizon);
        }
        let question = Question { query: span, ..*question };
        let slots = self.list(&question);
        let slot = slots.iter().next().map(|slot| slot.participants.to_vec());
        slot.ok_or_else(|| self.exclusion(&question, asked))
    }

    /// Why a span within all limits is not a slot.
    fn exclusion(&self, question: &Question<'_>, asked: Span) -> Exclusion {
        // Only a span that is not in whole seconds leaves no time for a slot.
        let Some(search) = Search::new(self, question.now, &question.query) else { return Exclusion::OffGrid };
        let is_busy = |participant: usize| {
            let blocked = search.blocked([&question.busy[participant]]);
            Cursor::new(&blocked).overlaps(asked)
        };
        let is_open = |participant: usize| {
            let windows = search.windows(&[participant]);
            Cursor::new(&windows[0]).contains(asked)
        };
        if self.method != Method::Collective {
            let is_any_free = question.order.iter().any(|index| is_open(*index) && !is_busy(*index));
            return if is_any_free { Exclusion::OffGrid } else { Exclusion::NoParticipantFree };
        }
        let all: Vec<_> = (0..self.participants.len()).collect();
        if let Some(closed) = all.iter().find(|index| !is_open(**index)) {
            return Exclusion::Closed(*closed);
        }
        if search.starts(&[open::common(&search.windows(&all))]).is_empty() {
            return Exclusion::OffGrid;
        }
        all.into_iter().find(|index| is_busy(*index)).map_or(Exclusion::OffGrid, Exclusion::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::parse_utc,
        slots::{Horizon, HoursSettings, Timing, WeeklyHours},
    };

    fn span(start: &str, end: &str) -> TimeSpan {
        let at = |time: &str| parse_utc(&format!("2027-02-{time}Z")).expect("a time");
        TimeSpan::new(at(start), at(end)).expect("a span")
    }

    /// Two participants, open daily from 9:00 to 12:00 and from 9:00 to 11:00; the second is busy from 9:00 to 9:20.
    fn check(method: Method, start: &str, end: &str) -> Result<Vec<usize>, Exclusion> {
        let zone = "UTC".parse().expect("a zone");
        let timing =
            Timing { duration: 60, interval: None, round_to: 30, buffer_before: 0, buffer_after: 10, notice: 60 };
        let participants = ["12:00", "11:00"].map(|end| {
            let [start, end] = ["9:00", end].map(|time| time.parse().expect("a time of day"));
            let weekly = vec![WeeklyHours::new(0..7, start, end, None, &[]).expect("hours")];
            HoursSettings { weekly, ..Default::default() }.resolve(&HoursSettings::default(), &zone)
        });
        let rules = Rules::new(timing, Horizon { days: 2, zone: zone.clone() }, method, participants.into());
        let question = Question {
            now: span("01T08:30:00", "01T09:00:00").start(),
            query: span("01T00:00:00", "05T00:00:00"),
            busy: &[vec![], vec![span("02T09:00:00", "02T09:20:00")]],
            order: &[1, 0],
        };
        rules.expect("rules").check(&question, span(start, end))
    }

    #[test]
    fn the_rule_that_excludes_a_span_is_named() {
        use Exclusion::{BeyondHorizon, Busy, Closed, DurationDiffers, OffGrid, OutsideQuery, TooSoon};
        for (start, end, expected) in [
            ("01T10:00:00", "01T11:00:00", Ok(vec![0, 1])),
            ("01T10:00:00", "01T10:59:59", Err(DurationDiffers)),
            ("01T10:00:00", "01T11:30:00", Err(DurationDiffers)),
            ("05T10:00:00", "05T11:00:00", Err(OutsideQuery)),
            ("01T09:00:00", "01T10:00:00", Err(TooSoon)),
            ("03T23:30:00", "04T00:30:00", Err(BeyondHorizon)),
            ("02T11:00:00", "02T12:00:00", Err(Closed(1))),
            ("02T08:00:00", "02T09:00:00", Err(Closed(0))),
            ("03T09:30:00", "03T10:30:00", Err(OffGrid)),
            ("02T09:00:00", "02T10:00:00", Err(Busy(1))),
        ] {
            assert_eq!(check(Method::Collective, start, end), expected, "{start}");
        }
    }

    #[test]
    fn round_robin_names_the_free_participants_in_order() {
        use Exclusion::{NoParticipantFree, OffGrid};
        for (start, end, expected) in [
            ("02T10:00:00", "02T11:00:00", Ok(vec![1, 0])),
            ("02T09:00:00", "02T10:00:00", Ok(vec![0])),
            ("02T09:15:00", "02T10:15:00", Err(OffGrid)),
            ("02T08:30:00", "02T09:30:00", Err(NoParticipantFree)),
        ] {
            assert_eq!(check(Method::MaxAvailability, start, end), expected, "{start}");
        }
        assert_eq!(check(Method::MaxFairness, "02T10:00:00", "02T11:00:00"), Ok(vec![1]));
        assert_eq!(check(Method::MaxFairness, "02T09:00:00", "02T10:00:00"), Ok(vec![0]));
    }
}
