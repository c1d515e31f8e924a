//! What is booked: configurations over common members.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use convene::{
    domain::{ConfigurationId, EmailAddress, TimeSpan},
    scheduling::bookings::{Bookable, Participant},
    slots::{self, Horizon, HoursSettings, Method, Rules},
};
use uuid::Uuid;

/// One of the configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Configuration {
    /// Members 0 and 1, for an hour.
    Collective,
    /// Members 1 and 2 in turn, for half an hour. Tentative entries do not count.
    RoundRobin,
    /// Members 2 and 0, for half an hour, with half an hour after each busy time; the organizer confirms.
    Confirmed,
    /// Member 0, for an hour; member 1 must be free. Only in scripted schedules.
    Watched,
}

impl Configuration {
    pub const ALL: [Self; 3] = [Self::Collective, Self::RoundRobin, Self::Confirmed];

    pub fn minutes(self) -> u32 {
        if matches!(self, Self::Collective | Self::Watched) { 60 } else { 30 }
    }

    /// The members, the organizer first.
    pub fn members(self) -> [EmailAddress; 2] {
        match self {
            Self::Collective | Self::Watched => [member(0), member(1)],
            Self::RoundRobin => [member(1), member(2)],
            Self::Confirmed => [member(2), member(0)],
        }
    }

    pub fn id(self) -> ConfigurationId {
        ConfigurationId(Uuid::from_u128(1 + self as u128))
    }

    /// The time that begins so many half hours after the first.
    pub fn span(self, half_hours: i32) -> TimeSpan {
        let start = first_start() + TimeDelta::minutes(30) * half_hours;
        TimeSpan::new(start, start + TimeDelta::minutes(self.minutes().into())).expect("a span")
    }
}

/// The version of each configuration, until a test changes it.
pub const VERSION: Uuid = Uuid::from_u128(7);
/// What a configuration consists of.
pub struct Owned {
    configuration: Configuration,
    rules: Rules,
    participants: Vec<Participant>,
}

impl Owned {
    pub fn new(configuration: Configuration) -> Self {
        let zone: convene::domain::TimeZone = "UTC".parse().expect("a zone");
        let buffer_after = if configuration == Configuration::Confirmed { 30 } else { 0 };
        let timing = slots::Timing {
            duration: configuration.minutes(),
            interval: Some(30),
            round_to: 30,
            buffer_before: 0,
            buffer_after,
            notice: 0,
        };
        let hours = HoursSettings::default().resolve(&HoursSettings::default(), &zone);
        let method =
            if configuration == Configuration::RoundRobin { Method::MaxAvailability } else { Method::Collective };
        let horizon = Horizon { days: 30, zone };
        let rules = Rules::new(timing, horizon, method, vec![hours.clone(), hours]).expect("rules");
        let participants = configuration.members().into_iter().enumerate().map(|(index, address)| Participant {
            address,
            takes_part: index == 0 || configuration != Configuration::Watched,
            is_organizer: index == 0 && configuration != Configuration::RoundRobin,
            default_calendar: true,
            calendars: Vec::new(),
        });
        Self { configuration, rules, participants: participants.collect() }
    }

    pub fn bookable(&self) -> Bookable<'_> {
        let id = self.configuration.id();
        let tentative_is_busy = self.configuration != Configuration::RoundRobin;
        Bookable::new(id, &self.rules, &self.participants, tentative_is_busy).expect("a valid configuration")
    }
}

/// The start of the first time that is booked.
pub fn first_start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 3, 22, 30, 0).single().expect("a valid time")
}

pub fn member(number: usize) -> EmailAddress {
    format!("member{number}@contoso.com").parse().expect("an address")
}
