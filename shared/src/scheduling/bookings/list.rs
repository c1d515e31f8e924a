//! Lists the times that can be booked.

use super::{Bookable, BookingError, BookingScheduler, NamedBooking, situation::Inquiry};
use crate::{
    calendar::{BusyCache, RecentCalendar},
    call::CallContext,
    domain::{EmailAddress, TimeSpan},
    scheduling::records::Consistency,
};

/// How old the busy time of a list may be. Bookings, which the ledgers have, are always current.
#[derive(Clone, Copy)]
pub enum Freshness<'a> {
    Current,
    /// As old as this cache keeps it.
    Recent(&'a BusyCache),
}

/// A time that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSlot {
    pub span: TimeSpan,
    /// Who is free: all participants, or with a round-robin some, in the order of the turns.
    pub participants: Vec<EmailAddress>,
}

/// The times that can be booked, in order of start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenSlots {
    pub slots: Vec<OpenSlot>,
    /// The order of a round-robin's hosts; empty for a collective configuration.
    pub order: Vec<EmailAddress>,
}

impl BookingScheduler {
    /// The times within the query that can be booked. `moved`: a booking of this configuration that is to be moved; its own time
    /// counts as free, and a round-robin lists its host's times.
    pub async fn list(
        &self,
        call: &CallContext,
        configuration: &Bookable<'_>,
        query: TimeSpan,
        moved: Option<NamedBooking>,
        freshness: Freshness<'_>,
    ) -> Result<OpenSlots, BookingError> {
        let record = match moved {
            Some(moved) => {
                let id = moved.id;
                let session = self.session(call, moved).await?;
                let found = session.map(|session| session.record());
                let found = found.filter(|found| found.configuration == configuration.id);
                Some((id, found.ok_or(BookingError::NotFound)?))
            }
            None => None,
        };
        let moved = record.as_ref().map(|(id, record)| (*id, record));
        let host = moved.filter(|_| configuration.is_round_robin());
        let host = match host.map(|(_, record)| configuration.host(&record.event.organizer)) {
            Some(None) => return Ok(OpenSlots::default()),
            host => host.flatten(),
        };
        // Without all of its members it cannot be moved.
        let is_member = |member: &EmailAddress| configuration.host(member).is_some();
        if moved.is_some_and(|(_, record)| !record.invited.iter().all(is_member)) {
            return Ok(OpenSlots::default());
        }
        let recent;
        let calendar = match freshness {
            Freshness::Current => self.calendar.as_ref(),
            Freshness::Recent(cache) => {
                recent = RecentCalendar { tenant: &self.tenant, calendar: self.calendar.as_ref(), cache };
                &recent
            }
        };
        let inquiry = Inquiry { configuration, query, calendar, consistency: Consistency::Eventual, host, moved };
        let Some(situation) = self.situation(call, &inquiry).await? else { return Ok(OpenSlots::default()) };
        let looked = self.look_at(call, &situation.entries(configuration)).await;
        let mut busy = situation.busy(configuration, &looked.void);
        for (member, span) in &looked.moved {
            let of = configuration.participants.iter().position(|participant| participant.address == *member);
            if let Some(index) = of {
                busy[index].push(*span);
            }
        }
        let address = |index: &usize| configuration.participants[*index].address.clone();
        let slots = configuration.rules.list(&situation.question(&busy));
        let slots = slots
            .iter()
            .map(|slot| OpenSlot { span: slot.span, participants: slot.participants.iter().map(address).collect() });
        let order = if configuration.is_round_robin() { situation.order.iter().map(address).collect() } else { vec![] };
        Ok(OpenSlots { slots: slots.collect(), order })
    }
}
