//! A configuration and a question in plain values, from which the engine's types are made. The oracle reads the values themselves.

use chrono::{DateTime, NaiveDate, Utc};
use convene::{
    domain::{TimeSpan, TimeZone},
    slots::{Horizon, HoursSettings, Method, Question, Rules, SpecificHours, TimeOfDay, Timing, WeeklyHours},
};

/// Minutes since 0:00. The end is as the configuration writes it: 0 and 1439 can mean midnight.
#[derive(Debug, Clone)]
pub struct Weekly {
    pub days: Vec<u8>,
    pub start: u32,
    pub end: u32,
    pub zone: Option<String>,
    pub exdates: Vec<NaiveDate>,
}

#[derive(Debug, Clone)]
pub struct Specific {
    pub date: NaiveDate,
    pub start: u32,
    pub end: u32,
    pub zone: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Hours {
    pub weekly: Vec<Weekly>,
    pub specific: Vec<Specific>,
    pub only_specific: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Participant {
    pub zone: Option<String>,
    pub hours: Hours,
    /// Unix seconds.
    pub busy: Vec<(i64, i64)>,
}

#[derive(Debug, Clone)]
pub struct Scenario {
    pub timing: Timing,
    pub days: u32,
    pub zone: String,
    pub method: Method,
    pub defaults: Hours,
    pub participants: Vec<Participant>,
    pub order: Vec<usize>,
    /// Unix seconds, as the query.
    pub now: i64,
    pub query: (i64, i64),
}

/// A slot: its start in Unix seconds, and the participants who are free.
pub type Listed = (i64, Vec<usize>);

impl Scenario {
    pub fn rules(&self) -> Rules {
        let defaults = settings(&self.defaults);
        let participants = self.participants.iter().map(|participant| {
            let zone = participant.zone.as_ref().unwrap_or(&self.zone);
            settings(&participant.hours).resolve(&defaults, &time_zone(zone))
        });
        let horizon = Horizon { days: self.days, zone: time_zone(&self.zone) };
        Rules::new(self.timing, horizon, self.method, participants.collect()).expect("valid rules")
    }

    pub fn busy(&self) -> Vec<Vec<TimeSpan>> {
        let spans =
            |participant: &Participant| participant.busy.iter().map(|(start, end)| span(*start, *end)).collect();
        self.participants.iter().map(spans).collect()
    }

    pub fn question<'a>(&'a self, busy: &'a [Vec<TimeSpan>]) -> Question<'a> {
        Question { now: instant(self.now), query: span(self.query.0, self.query.1), busy, order: &self.order }
    }

    /// What the engine lists.
    pub fn listed(&self) -> Vec<Listed> {
        let slots = self.rules().list(&self.question(&self.busy()));
        let slots = slots.iter().map(|slot| {
            assert_eq!(slot.span.duration().num_minutes(), i64::from(self.timing.duration));
            (slot.span.start().timestamp(), slot.participants.to_vec())
        });
        slots.collect()
    }
}

fn settings(hours: &Hours) -> HoursSettings {
    let weekly = hours.weekly.iter().map(|hours| {
        let zone = hours.zone.as_deref().map(time_zone);
        let days = hours.days.iter().copied();
        WeeklyHours::new(days, time(hours.start), time(hours.end), zone, &hours.exdates).expect("valid hours")
    });
    let specific = hours.specific.iter().map(|hours| {
        let zone = hours.zone.as_deref().map(time_zone);
        SpecificHours::new(hours.date, time(hours.start), time(hours.end), zone).expect("valid hours")
    });
    HoursSettings { weekly: weekly.collect(), specific: specific.collect(), only_specific: hours.only_specific }
}

fn time(minutes: u32) -> TimeOfDay {
    format!("{}:{:02}", minutes / 60, minutes % 60).parse().expect("a time of day")
}

fn time_zone(name: &str) -> TimeZone {
    name.parse().expect("a zone")
}

pub fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

pub fn span(start: i64, end: i64) -> TimeSpan {
    TimeSpan::new(instant(start), instant(end)).expect("a span")
}
