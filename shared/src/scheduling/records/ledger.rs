//! The ledger: which times of which member are booked. It makes overlapping bookings meet in one item.
//!
//! There is an item for each member and UTC day. An entry is one attribute of it, in the item of every day that its span touches.
//! Free/busy shows a new event only after a while, and a hold never; the ledger shows both at once.
//!
//! An entry alone proves nothing. The booking's record decides whether it counts: see `scheduling::bookings::entries`.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::{BookingId, EmailAddress, EventId, TimeSpan};

/// A time that a booking has, had, or is about to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookedTime {
    pub span: TimeSpan,
    /// Numbers the times of a booking. A time that it returns to has another number, so that a late removal of its earlier entry
    /// does not remove the present one.
    pub number: u32,
}

/// Identifies an entry within a member's ledger. A booking that is being moved has two entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey {
    pub booking: BookingId,
    pub time: BookedTime,
}

/// A time of a member that a booking has, or is about to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: EntryKey,
    /// The mailbox that holds the event.
    pub organizer: EmailAddress,
    /// When the entry was added, UTC.
    pub since: DateTime<Utc>,
    /// The event, once it is on record. It may be missing although the booking is confirmed.
    pub event: Option<EventId>,
}

/// The ledger of one member and one UTC day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDay {
    pub member: EmailAddress,
    pub day: NaiveDate,
    /// The attempt that added last. `None`: nothing was ever added. Not a counter, which would repeat itself after the item has
    /// ended and is created anew.
    pub version: Option<Uuid>,
    pub entries: Vec<Entry>,
}

/// How long an entry binds without a look at the event. Until then free/busy and the calendar's index may be behind.
pub const YOUNG: TimeDelta = TimeDelta::minutes(10);

/// How long the item of a day is kept after the day.
pub const LEDGER_LIFE: TimeDelta = TimeDelta::days(7);

impl Entry {
    /// Whether it was added so recently that the calendar may not show its event yet.
    pub fn is_young(&self, now: DateTime<Utc>) -> bool {
        now - self.since < YOUNG
    }
}

/// The UTC days that a span touches, in order.
pub fn days(span: TimeSpan) -> impl Iterator<Item = NaiveDate> {
    // A span does not include its end.
    let last = (span.end() - TimeDelta::nanoseconds(1)).date_naive();
    span.start().date_naive().iter_days().take_while(move |day| *day <= last)
}

/// When the item of a day may be removed by the store, UTC.
pub fn day_ends_at(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    next.and_time(chrono::NaiveTime::MIN).and_utc() + LEDGER_LIFE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn of(start: &str, end: &str) -> Vec<String> {
        let at = |text| parse_utc(text).expect("a time");
        let span = TimeSpan::new(at(start), at(end)).expect("a span");
        days(span).map(|day| day.to_string()).collect()
    }

    #[test]
    fn a_span_does_not_touch_the_day_at_whose_midnight_it_ends() {
        assert_eq!(of("2027-02-28T23:00:00Z", "2027-03-01T00:00:00Z"), ["2027-02-28"]);
        assert_eq!(of("2027-02-28T23:00:00Z", "2027-03-01T00:00:01Z"), ["2027-02-28", "2027-03-01"]);
        assert_eq!(of("2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z"), ["2027-03-01"]);
        assert_eq!(of("2027-03-01T23:30:00Z", "2027-03-03T00:30:00Z"), ["2027-03-01", "2027-03-02", "2027-03-03"]);
    }

    #[test]
    fn a_day_is_kept_a_week_longer() {
        let day = NaiveDate::from_ymd_opt(2027, 2, 28).expect("a date");
        assert_eq!(day_ends_at(day), parse_utc("2027-03-08T00:00:00Z").expect("a time"));
    }
}
