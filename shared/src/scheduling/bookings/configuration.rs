//! What can be booked, as a request needs it.

use std::collections::BTreeSet;

use crate::{
    domain::{CalendarId, ConfigurationId, EmailAddress},
    scheduling::records::booking::MAX_HOLD_ITEMS,
    slots::{Method, Rules},
};

/// A configuration that can be booked. It is valid: see [`Bookable::new`].
#[derive(Debug, Clone, Copy)]
pub struct Bookable<'a> {
    pub(super) id: ConfigurationId,
    /// Its participants are those of `participants`, by index.
    pub(super) rules: &'a Rules,
    pub(super) participants: &'a [Participant],
    /// Whether a tentative entry of a calendar makes its time unavailable.
    pub(super) tentative_is_busy: bool,
}

/// A participant of a configuration.
#[derive(Debug, Clone)]
pub struct Participant {
    pub address: EmailAddress,
    /// Whether bookings take the participant's time. Otherwise the participant must only be free.
    pub takes_part: bool,
    /// Collective: the mailbox that holds the event. One participant is.
    pub is_organizer: bool,
    /// Whether the default calendar counts. Without any calendar the participant is always free.
    pub default_calendar: bool,
    /// Further calendars of the mailbox that count.
    pub calendars: Vec<CalendarId>,
}

/// How many participants a collective configuration has at most.
pub const MAX_COLLECTIVE: usize = 40;
/// How many participants a round-robin has at most.
pub const MAX_ROUND_ROBIN: usize = 200;
/// The items of a claim besides the days of ledgers: the record, three replay keys, and the checks of the family: the configuration
/// and a session.
const OTHER_ITEMS: usize = 6;

/// Why a configuration cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfiguration {
    #[error("must have at most {0} participants")]
    TooManyParticipants(usize),
    /// DynamoDB has a limit for the items of one transaction.
    #[error("must have fewer participants, or a shorter duration with its buffers: a booking can touch {days} days")]
    TooManyDays { days: usize },
    #[error("must have each participant once")]
    RepeatedParticipant,
    /// The event is in the organizer's calendar, so it takes the organizer's time.
    #[error("must have one organizer, who takes part in bookings")]
    Organizer,
    #[error("must have a host who takes part in bookings")]
    NoHost,
    /// A fault of the caller.
    #[error("must have open hours for each participant")]
    OpenHours,
}

impl<'a> Bookable<'a> {
    /// `rules`: its participants are those of `participants`, in the same order. Each booking must fit into one transaction, whatever
    /// its time.
    pub fn new(
        id: ConfigurationId,
        rules: &'a Rules,
        participants: &'a [Participant],
        tentative_is_busy: bool,
    ) -> Result<Self, InvalidConfiguration> {
        let bookable = Self { id, rules, participants, tentative_is_busy };
        let max = if bookable.is_round_robin() { MAX_ROUND_ROBIN } else { MAX_COLLECTIVE };
        if participants.len() > max {
            return Err(InvalidConfiguration::TooManyParticipants(max));
        }
        if participants.len() != rules.participants() {
            return Err(InvalidConfiguration::OpenHours);
        }
        let addresses: BTreeSet<_> = participants.iter().map(|participant| participant.address.folded()).collect();
        if addresses.len() < participants.len() {
            return Err(InvalidConfiguration::RepeatedParticipant);
        }
        let mut organizers = participants.iter().filter(|participant| participant.is_organizer);
        if bookable.is_round_robin() {
            if !participants.iter().any(|participant| participant.takes_part) {
                return Err(InvalidConfiguration::NoHost);
            }
        } else if !matches!((organizers.next(), organizers.next()), (Some(one), None) if one.takes_part) {
            return Err(InvalidConfiguration::Organizer);
        }
        let days = rules.max_days();
        // A booking of a round-robin takes the time of its host alone.
        let members = if bookable.is_round_robin() { 1 } else { participants.len() };
        if members * days + OTHER_ITEMS > MAX_HOLD_ITEMS {
            return Err(InvalidConfiguration::TooManyDays { days });
        }
        Ok(bookable)
    }

    pub(super) fn is_round_robin(&self) -> bool {
        self.rules.method() != Method::Collective
    }

    /// The index of a participant who takes part.
    pub(super) fn host(&self, address: &EmailAddress) -> Option<usize> {
        self.participants.iter().position(|participant| participant.takes_part && participant.address == *address)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::slots::{Horizon, OpenHours, Timing};

    fn rules(method: Method, participants: usize, duration: u32, buffer: u32) -> Rules {
        let zone: crate::domain::TimeZone = "UTC".parse().expect("a zone");
        let (buffer_before, buffer_after) = (buffer, buffer);
        let timing = Timing { duration, interval: None, round_to: 15, buffer_before, buffer_after, notice: 0 };
        let hours = vec![OpenHours::always(zone.clone()); participants];
        Rules::new(timing, Horizon { days: 30, zone }, method, hours).expect("rules")
    }

    fn participant(number: usize) -> Participant {
        Participant {
            address: format!("member{number}@contoso.com").parse().expect("an address"),
            takes_part: true,
            is_organizer: number == 0,
            default_calendar: true,
            calendars: Vec::new(),
        }
    }

    fn refusal(rules: &Rules, participants: &[Participant]) -> Option<InvalidConfiguration> {
        Bookable::new(ConfigurationId(Uuid::nil()), rules, participants, true).err()
    }

    #[test]
    fn each_booking_fits_into_one_transaction() {
        let of = |method, count, duration, buffer| {
            let participants: Vec<_> = (0..count).map(participant).collect();
            refusal(&rules(method, count, duration, buffer), &participants)
        };
        assert_eq!(of(Method::Collective, 40, 24 * 60, 0), None);
        assert_eq!(of(Method::Collective, 41, 30, 0), Some(InvalidConfiguration::TooManyParticipants(40)));
        // Three days: the day before, the day, and the day after.
        assert_eq!(of(Method::Collective, 40, 24 * 60, 5), Some(InvalidConfiguration::TooManyDays { days: 3 }));
        assert_eq!(of(Method::Collective, 31, 24 * 60, 5), None);
        assert_eq!(of(Method::MaxFairness, 200, 24 * 60, 120), None);
        assert_eq!(of(Method::MaxFairness, 201, 30, 0), Some(InvalidConfiguration::TooManyParticipants(200)));
    }

    #[test]
    fn participants_are_distinct_and_have_an_organizer() {
        let two = rules(Method::Collective, 2, 30, 0);
        let round_robin = rules(Method::MaxAvailability, 2, 30, 0);
        let absent = |number| Participant { takes_part: false, ..participant(number) };
        for (rules, participants, expected) in [
            (&two, vec![participant(0), participant(1)], None),
            (&two, vec![participant(0), absent(1)], None),
            (&two, vec![participant(0)], Some(InvalidConfiguration::OpenHours)),
            (&two, vec![participant(0), participant(0)], Some(InvalidConfiguration::RepeatedParticipant)),
            (&two, vec![participant(1), participant(2)], Some(InvalidConfiguration::Organizer)),
            (&two, vec![absent(0), participant(1)], Some(InvalidConfiguration::Organizer)),
            (&round_robin, vec![participant(1), participant(2)], None),
            (&round_robin, vec![absent(1), absent(2)], Some(InvalidConfiguration::NoHost)),
        ] {
            assert_eq!(refusal(rules, &participants), expected, "{participants:?}");
        }
    }
}
