//! The rules of a bookable configuration.

use chrono::TimeDelta;

use super::{InvalidRule, OpenHours, dates, span::Span};
use crate::domain::{TimeSpan, TimeZone};

/// Durations, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// At most 24 hours.
    pub duration: u32,
    /// From the start of a slot to the next one's. `None`: the duration.
    pub interval: Option<u32>,
    /// The first slot of an open window starts at a multiple of this, counted from 0:00 on the wall clock. 1 to 60.
    pub round_to: u32,
    /// Time before each busy span in which the participant is not free either. At most 24 hours, as `buffer_after`.
    pub buffer_before: u32,
    pub buffer_after: u32,
    /// From now to the earliest start, inclusive.
    pub notice: u32,
}

/// How far ahead slots are offered: to the end of the date that is `days` after today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horizon {
    pub days: u32,
    /// The zone of these dates. It also decides when a new day begins for a window that is open all day.
    pub zone: TimeZone,
}

/// Which participants a slot needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// All of them.
    Collective,
    /// Round-robin: any one of the first half of the order, rounded up; of all, if that half has no slot in the query.
    MaxFairness,
    /// Round-robin: any one.
    MaxAvailability,
}

/// The rules of a bookable configuration. All durations are in seconds here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    pub(super) duration: i64,
    pub(super) interval: i64,
    pub(super) round_to: i64,
    pub(super) buffer_before: i64,
    pub(super) buffer_after: i64,
    pub(super) notice: i64,
    pub(super) horizon: Horizon,
    pub(super) method: Method,
    pub(super) participants: Vec<OpenHours>,
}

impl Rules {
    /// Questions and answers refer to a participant by its index in `participants`.
    pub fn new(
        timing: Timing,
        horizon: Horizon,
        method: Method,
        participants: Vec<OpenHours>,
    ) -> Result<Self, InvalidRule> {
        const MAX_MINUTES: u32 = 24 * 60;
        let Timing { duration, round_to, buffer_before, buffer_after, notice, .. } = timing;
        let interval = timing.interval.unwrap_or(duration);
        let at_most_a_day = "must be at most 24 hours";
        for (field, is_valid, problem) in [
            ("duration", duration > 0, "must be at least a minute"),
            ("duration", duration <= MAX_MINUTES, at_most_a_day),
            ("interval", interval > 0, "must be at least a minute"),
            ("round_to", (1..=60).contains(&round_to), "must be from 1 to 60 minutes"),
            ("buffer_before", buffer_before <= MAX_MINUTES, at_most_a_day),
            ("buffer_after", buffer_after <= MAX_MINUTES, at_most_a_day),
            ("participants", !participants.is_empty(), "must not be empty"),
        ] {
            if !is_valid {
                return Err(InvalidRule { field, problem });
            }
        }
        let [duration, interval, round_to, buffer_before, buffer_after, notice] =
            [duration, interval, round_to, buffer_before, buffer_after, notice].map(|minutes| i64::from(minutes) * 60);
        let rules =
            Self { duration, interval, round_to, buffer_before, buffer_after, notice, horizon, method, participants };
        Ok(rules)
    }

    pub fn participants(&self) -> usize {
        self.participants.len()
    }

    /// The length of a slot.
    pub fn duration(&self) -> TimeDelta {
        TimeDelta::seconds(self.duration)
    }

    pub fn method(&self) -> Method {
        self.method
    }

    /// A slot with the time in which no busy time may be: the buffers pad busy time, so what ends less than `buffer_after` before
    /// the slot is in its way, and what starts less than `buffer_before` after it.
    pub fn widened(&self, slot: TimeSpan) -> TimeSpan {
        let (before, after) = (TimeDelta::seconds(self.buffer_after), TimeDelta::seconds(self.buffer_before));
        TimeSpan::new(slot.start() - before, slot.end() + after).unwrap_or(slot)
    }

    /// How many UTC days a slot touches at most, with the time in which no busy time may be.
    pub fn max_days(&self) -> usize {
        const DAY: i64 = 24 * 60 * 60;
        let seconds = self.duration + self.buffer_before + self.buffer_after;
        usize::try_from((seconds - 1) / DAY).unwrap_or_default() + 2
    }

    /// The earliest start of a slot, and the latest end.
    pub(super) fn limits(&self, now: i64) -> Span {
        let Horizon { days, zone } = &self.horizon;
        let date_after = dates::date_at(zone, now) + i64::from(*days) + 1;
        Span { start: now + self.notice, end: dates::start_of(zone, date_after) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    const TIMING: Timing =
        Timing { duration: 30, interval: None, round_to: 15, buffer_before: 0, buffer_after: 0, notice: 60 };

    fn rules(timing: Timing, days: u32, zone: &str) -> Result<Rules, InvalidRule> {
        let zone: TimeZone = zone.parse().expect("a zone");
        let participants = vec![OpenHours::always(zone.clone())];
        Rules::new(timing, Horizon { days, zone }, Method::Collective, participants)
    }

    #[test]
    fn the_field_that_cannot_be_is_named() {
        for (timing, field) in [
            (Timing { duration: 0, ..TIMING }, "duration"),
            (Timing { duration: 24 * 60 + 1, ..TIMING }, "duration"),
            (Timing { interval: Some(0), ..TIMING }, "interval"),
            (Timing { round_to: 0, ..TIMING }, "round_to"),
            (Timing { round_to: 61, ..TIMING }, "round_to"),
            (Timing { buffer_before: u32::MAX, ..TIMING }, "buffer_before"),
            (Timing { buffer_after: 24 * 60 + 1, ..TIMING }, "buffer_after"),
        ] {
            let error = rules(timing, 1, "UTC").expect_err(field);
            assert_eq!(error.field, field);
            assert!(error.to_string().starts_with(&format!("{field} must ")), "{error}");
        }
        let horizon = Horizon { days: 1, zone: "UTC".parse().expect("a zone") };
        let error = Rules::new(TIMING, horizon, Method::Collective, Vec::new()).expect_err("participants");
        assert_eq!(error.field, "participants");
        assert_eq!(rules(TIMING, 1, "UTC").expect("rules").interval, 30 * 60);
    }

    #[test]
    fn the_horizon_ends_with_a_day_of_its_zone() {
        let at = |text| parse_utc(text).expect("a time").timestamp();
        let limits = |days, zone| rules(TIMING, days, zone).expect("rules").limits(at("2027-03-27T23:30:00Z"));
        assert_eq!(limits(0, "UTC"), Span { start: at("2027-03-28T00:30:00Z"), end: at("2027-03-28T00:00:00Z") });
        // It is tomorrow there, and a day of 23 hours.
        assert_eq!(limits(0, "Europe/Berlin").end, at("2027-03-28T22:00:00Z"));
        assert_eq!(limits(2, "America/New_York").end, at("2027-03-30T04:00:00Z"));
        assert!(limits(u32::MAX, "Asia/Kolkata").end > at("4000-01-01T00:00:00Z"));
    }
}
