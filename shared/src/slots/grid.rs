//! The grid: where slots can start.

use super::{Rules, dates, dates::Day, open::Window, span::Span};
use crate::domain::TimeZone;

/// The span in which windows must be known to find the starts of slots within `limits`: from the start of the day before.
pub(super) fn range(rules: &Rules, limits: Span) -> Span {
    Span { start: Day::at(&rules.horizon.zone, limits.start).previous().start, end: limits.end }
}

/// Appends, in order, the starts in `windows` of slots that lie within `limits`. The windows must be those within [`range`].
pub(super) fn starts(rules: &Rules, windows: &[Window<'_>], limits: Span, starts: &mut Vec<i64>) {
    for window in windows {
        let end = window.span.end.min(limits.end) - rules.duration;
        // Saves the arithmetic of days for windows that cannot hold one.
        let mut days = (window.span.end - window.span.start > dates::DAY / 2).then(|| days(rules, window.span));
        let mut first = round_up(window.zone, window.span.start, rules.round_to);
        loop {
            let next = days.as_mut().and_then(Iterator::next);
            let next = next.map(|start| round_up(&rules.horizon.zone, start, rules.round_to));
            let skipped = (limits.start - first + rules.interval - 1).div_euclid(rules.interval).max(0);
            let mut start = first + skipped * rules.interval;
            while start <= end && next.is_none_or(|next| start < next) {
                starts.push(start);
                start += rules.interval;
            }
            match next {
                Some(next) => first = next,
                None => break,
            }
        }
    }
}

/// The starts of the days, in the zone of the horizon, before which the window was open for a whole day.
fn days(rules: &Rules, window: Span) -> impl Iterator<Item = i64> {
    let mut day = Day::at(&rules.horizon.zone, window.start);
    if day.start < window.start {
        day = day.next();
    }
    std::iter::from_fn(move || {
        day = day.next();
        (day.start < window.end).then_some(day.start)
    })
}

/// The first instant, from `instant` on, at which the wall clock of a zone shows a multiple of `unit` (seconds), counted from 0:00.
fn round_up(zone: &TimeZone, instant: i64, unit: i64) -> i64 {
    for period in zone.offsets(instant, instant + dates::DAY) {
        let time = (period.start + period.offset).rem_euclid(dates::DAY);
        let rounded = (time + unit - 1).div_euclid(unit) * unit;
        let start = period.start + rounded.min(dates::DAY) - time;
        if start < period.end {
            return start;
        }
    }
    instant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::parse_utc,
        slots::{Horizon, Method, OpenHours, Timing},
    };

    fn at(text: &str) -> i64 {
        parse_utc(text).expect("a time").timestamp()
    }

    #[test]
    fn rounding_is_up_and_on_the_wall_clock() {
        for (zone, instant, minutes, rounded) in [
            ("UTC", "2027-02-01T09:05:00Z", 15, "2027-02-01T09:15:00Z"),
            ("UTC", "2027-02-01T09:15:00Z", 15, "2027-02-01T09:15:00Z"),
            ("Asia/Kolkata", "2027-02-01T03:30:00Z", 60, "2027-02-01T03:30:00Z"),
            ("Asia/Kathmandu", "2027-02-01T03:30:00Z", 60, "2027-02-01T04:15:00Z"),
            // Multiples are counted from 0:00, and anew each day.
            ("UTC", "2027-02-01T09:05:00Z", 25, "2027-02-01T09:10:00Z"),
            ("UTC", "2027-02-01T23:56:00Z", 25, "2027-02-02T00:00:00Z"),
            // 2:00 becomes 2:30, so the next full hour is 3:00.
            ("Australia/Lord_Howe", "2027-10-02T15:15:00Z", 60, "2027-10-02T16:00:00Z"),
            // 2:00 becomes 1:00.
            ("America/New_York", "2026-11-01T05:50:00Z", 60, "2026-11-01T06:00:00Z"),
        ] {
            assert_eq!(
                round_up(&zone.parse().expect("a zone"), at(instant), minutes * 60),
                at(rounded),
                "{zone} {instant}"
            );
        }
    }

    fn rules(interval: u32, zone: &str) -> Rules {
        let timing = Timing {
            duration: 60,
            interval: Some(interval),
            round_to: 15,
            buffer_before: 0,
            buffer_after: 0,
            notice: 0,
        };
        let zone: TimeZone = zone.parse().expect("a zone");
        let participants = vec![OpenHours::always(zone.clone())];
        Rules::new(timing, Horizon { days: 30, zone }, Method::Collective, participants).expect("rules")
    }

    /// The starts in one window, as hours and minutes after its start.
    fn listed(rules: &Rules, window: Span, limits: Span) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        starts(rules, &[Window { span: window, zone: &rules.horizon.zone }], limits, &mut found);
        found.iter().map(|start| (start - window.start) / 60).map(|minutes| (minutes / 60, minutes % 60)).collect()
    }

    #[test]
    fn limits_filter_and_never_move_the_grid() {
        let rules = rules(45, "UTC");
        let window = Span { start: at("2027-02-01T09:00:00Z"), end: at("2027-02-01T12:00:00Z") };
        assert_eq!(listed(&rules, window, window), [(0, 0), (0, 45), (1, 30)]);
        let later = Span { start: window.start + 1, end: window.end - 31 * 60 };
        assert_eq!(listed(&rules, window, later), [(0, 45)]);
    }

    #[test]
    fn a_window_begins_anew_with_each_day_after_a_whole_open_day() {
        let rules = rules(11 * 60, "Europe/Berlin");
        // From Friday 20:00 to Sunday 24:00.
        let window = Span { start: at("2027-02-05T19:00:00Z"), end: at("2027-02-07T23:00:00Z") };
        assert_eq!(listed(&rules, window, window), [(0, 0), (11, 0), (22, 0), (28, 0), (39, 0), (50, 0)]);
        // From Friday 0:00: Saturday begins anew.
        let window = Span { start: at("2027-02-04T23:00:00Z"), end: at("2027-02-06T23:00:00Z") };
        assert_eq!(listed(&rules, window, window), [(0, 0), (11, 0), (22, 0), (24, 0), (35, 0), (46, 0)]);
    }
}
