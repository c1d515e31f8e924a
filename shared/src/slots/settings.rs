//! Open hours as a configuration has them: defaults for all participants, and a participant's own.

use std::collections::BTreeSet;

use super::{OpenHours, SpecificHours, WeeklyHours};
use crate::domain::TimeZone;

/// Hours of a configuration: its defaults, or those of one participant. Empty lists mean "not set".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoursSettings {
    pub weekly: Vec<WeeklyHours>,
    pub specific: Vec<SpecificHours>,
    /// Weekly hours do not count. A participant cannot take this back from the defaults. Among a participant's own settings it
    /// also excludes the specific hours of the defaults, so that without specific hours the participant is never open.
    pub only_specific: bool,
}

impl HoursSettings {
    /// The hours of a participant with these settings. They take precedence over the defaults: weekly hours as a whole, specific
    /// hours date by date. Without weekly hours in both, every time is open. `zone` is that of hours without their own: the
    /// participant's, or else the configuration's.
    pub fn resolve(&self, defaults: &Self, zone: &TimeZone) -> OpenHours {
        let weekly =
            if self.only_specific || defaults.only_specific { Vec::new() } else { self.weekly(defaults, zone) };
        let dates: BTreeSet<_> = self.specific.iter().map(SpecificHours::date).collect();
        let defaults = defaults.specific.iter().filter(|hours| !self.only_specific && !dates.contains(&hours.date()));
        OpenHours::new(weekly, self.specific.iter().chain(defaults).map(|hours| hours.in_zone(zone)).collect())
    }

    fn weekly(&self, defaults: &Self, zone: &TimeZone) -> Vec<WeeklyHours<TimeZone>> {
        match [&self.weekly, &defaults.weekly].into_iter().find(|hours| !hours.is_empty()) {
            Some(hours) => hours.iter().map(|hours| hours.in_zone(zone)).collect(),
            None => vec![WeeklyHours::always(zone.clone())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slots::{TimeOfDay, dates::DAY, span::Span};

    fn time(text: &str) -> TimeOfDay {
        text.parse().expect("a time of day")
    }

    fn weekly(start: &str, zone: Option<&str>) -> Vec<WeeklyHours> {
        let zone = zone.map(|zone| zone.parse().expect("a zone"));
        vec![WeeklyHours::new(0..7, time(start), time("24:00"), zone, &[]).expect("hours")]
    }

    fn specific(dates: &[(&str, &str)]) -> Vec<SpecificHours> {
        let hours = dates.iter().map(|(date, start)| {
            let date = date.parse().expect("a date");
            SpecificHours::new(date, time(start), TimeOfDay::MIDNIGHT, None).expect("hours")
        });
        hours.collect()
    }

    /// The hours, UTC, at which spans of open time begin, from 1970-01-01 to 1970-01-03.
    fn starts(own: &HoursSettings, defaults: &HoursSettings, zone: &str) -> Vec<i64> {
        let mut spans = Vec::new();
        let hours = own.resolve(defaults, &zone.parse().expect("a zone"));
        hours.for_each(Span { start: 0, end: 3 * DAY }, |span, _| {
            spans.extend((!span.is_empty()).then_some(span.start / 3600));
        });
        spans.sort_unstable();
        spans
    }

    #[test]
    fn own_weekly_hours_replace_the_defaults_if_there_are_any() {
        let (none, own) =
            (HoursSettings::default(), HoursSettings { weekly: weekly("20:00", None), ..Default::default() });
        let defaults = HoursSettings { weekly: weekly("22:00", None), ..Default::default() };
        assert_eq!(starts(&own, &defaults, "UTC"), [20, 44, 68]);
        assert_eq!(starts(&none, &defaults, "UTC"), [22, 46, 70]);
        assert_eq!(starts(&none, &none, "UTC"), [0, 24, 48]);
    }

    #[test]
    fn hours_in_a_zone_of_their_own_ignore_the_participants() {
        let defaults = HoursSettings { weekly: weekly("22:00", Some("Etc/GMT+1")), ..Default::default() };
        assert_eq!(starts(&HoursSettings::default(), &defaults, "Etc/GMT-2"), [0, 23, 47, 71]);
        let defaults = HoursSettings { weekly: weekly("22:00", None), ..Default::default() };
        assert_eq!(starts(&HoursSettings::default(), &defaults, "Etc/GMT-2"), [20, 44, 68]);
    }

    #[test]
    fn own_specific_hours_replace_those_of_the_defaults_on_the_same_date() {
        let defaults = HoursSettings {
            specific: specific(&[("1970-01-01", "10:00"), ("1970-01-02", "11:00")]),
            weekly: weekly("22:00", None),
            only_specific: false,
        };
        let own = HoursSettings { specific: specific(&[("1970-01-01", "0:00")]), ..Default::default() };
        assert_eq!(starts(&own, &defaults, "UTC"), [35, 70]);
    }

    #[test]
    fn only_specific_hours_exclude_weekly_ones() {
        let defaults = HoursSettings {
            specific: specific(&[("1970-01-01", "10:00")]),
            weekly: weekly("22:00", None),
            only_specific: true,
        };
        let own = HoursSettings { specific: specific(&[("1970-01-02", "12:00")]), ..Default::default() };
        assert_eq!(starts(&own, &defaults, "UTC"), [10, 36]);
        let own_only = HoursSettings { only_specific: true, ..own };
        assert_eq!(starts(&own_only, &defaults, "UTC"), [36]);
        assert_eq!(starts(&HoursSettings { only_specific: true, ..Default::default() }, &defaults, "UTC"), [0; 0]);
    }
}
