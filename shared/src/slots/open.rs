//! Open windows: the open hours of a participant, or those that several have in common, as spans.

use super::{OpenHours, span::Span};
use crate::domain::TimeZone;

/// A span that is open throughout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window<'a> {
    pub span: Span,
    /// The zone of the hours with which the window begins. Of several that begin then: of the first in the configuration.
    pub zone: &'a TimeZone,
}

impl AsRef<Span> for Window<'_> {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

/// The windows of a participant within `range`. Overlapping and touching hours are one window.
pub(super) fn windows(hours: &OpenHours, range: Span) -> Vec<Window<'_>> {
    let mut windows = Vec::new();
    hours.for_each(range, |span, zone| {
        if !span.is_empty() {
            windows.push(Window { span, zone });
        }
    });
    windows.sort_by_key(|window| window.span.start);
    windows.dedup_by(|next, last| {
        let joins = next.span.start <= last.span.end;
        if joins {
            last.span.end = last.span.end.max(next.span.end);
        }
        joins
    });
    windows
}

/// The windows that all lists have in common.
pub(super) fn common<'a>(lists: &[Vec<Window<'a>>]) -> Vec<Window<'a>> {
    let mut lists = lists.iter();
    let first = lists.next().cloned().unwrap_or_default();
    lists.fold(first, |common, list| both(&common, list))
}

fn both<'a>(some: &[Window<'a>], others: &[Window<'a>]) -> Vec<Window<'a>> {
    let (mut some, mut others) = (some, others);
    let mut common = Vec::new();
    while let ([one, rest @ ..], [other, others_rest @ ..]) = (some, others) {
        let span = one.span.clip(other.span);
        if !span.is_empty() {
            let zone = if other.span.start > one.span.start { other.zone } else { one.zone };
            common.push(Window { span, zone });
        }
        if one.span.end < other.span.end {
            some = rest;
        } else {
            others = others_rest;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slots::{HoursSettings, WeeklyHours, dates::DAY};

    fn hours(blocks: &[(&[u8], &str, &str, &str)]) -> OpenHours {
        let weekly = blocks.iter().map(|(days, start, end, zone)| {
            let [start, end] = [start, end].map(|text| text.parse().expect("a time of day"));
            let zone = Some(zone.parse().expect("a zone"));
            WeeklyHours::new(days.iter().copied(), start, end, zone, &[]).expect("hours")
        });
        let settings = HoursSettings { weekly: weekly.collect(), ..Default::default() };
        settings.resolve(&HoursSettings::default(), &"UTC".parse().expect("a zone"))
    }

    /// Hours since Sunday 1970-01-04, UTC, and the name of the zone.
    fn shown<'a>(windows: &[Window<'a>]) -> Vec<(i64, i64, &'a str)> {
        let hour = |instant: i64| (instant - 3 * DAY) / 3600;
        windows.iter().map(|window| (hour(window.span.start), hour(window.span.end), window.zone.name())).collect()
    }

    const WEEK: Span = Span { start: 3 * DAY, end: 10 * DAY };

    #[test]
    fn hours_that_touch_or_overlap_are_one_window() {
        let hours = hours(&[
            (&[1], "22:00", "24:00", "UTC"),
            (&[2], "0:00", "2:00", "UTC"),
            (&[3], "10:00", "12:00", "UTC"),
            (&[3], "10:00", "12:00", "Etc/GMT-1"),
        ]);
        assert_eq!(shown(&windows(&hours, WEEK)), [(46, 50, "UTC"), (81, 84, "Etc/GMT-1")]);
    }

    #[test]
    fn a_window_has_the_zone_of_the_hours_that_begin_it() {
        let first = hours(&[(&[1], "9:00", "12:00", "UTC"), (&[2], "9:00", "12:00", "UTC")]);
        let second = hours(&[(&[1], "11:00", "14:00", "Etc/GMT-1"), (&[2], "10:00", "11:00", "Etc/GMT-1")]);
        let (first, second) = (windows(&first, WEEK), windows(&second, WEEK));
        let expected = [(34, 36, "Etc/GMT-1"), (57, 58, "UTC")];
        assert_eq!(shown(&common(&[first.clone(), second.clone()])), expected);
        let tie_goes_to_the_first = [expected[0], (57, 58, "Etc/GMT-1")];
        assert_eq!(shown(&common(&[second, first])), tie_goes_to_the_first);
    }
}
