//! What must be true of the calendars at each moment.

use std::{collections::BTreeSet, sync::Mutex};

use chrono::{DateTime, Utc};
use convene::domain::{BookingId, TimeSpan};

use super::super::calendar::Entry;
use crate::world::now;

/// What must be true of the calendars, checked whenever they change.
#[derive(Default)]
pub struct Truth {
    broken: Mutex<Vec<String>>,
    /// When which booking was at which time.
    pub(super) seen: Mutex<BTreeSet<(DateTime<Utc>, String, TimeSpan)>>,
    /// The times of each booking in the calendar now. For a while one may have two events.
    now: Mutex<BTreeSet<(String, TimeSpan)>>,
}

impl Truth {
    /// Looks at all calendars after a change.
    pub(super) fn look(&self, entries: &[Entry]) {
        let live: Vec<_> = entries.iter().filter(|entry| entry.live).collect();
        for (index, one) in live.iter().enumerate() {
            for other in &live[..index] {
                self.compare(one, other);
            }
        }
        let mut times = self.now.lock().expect("not poisoned");
        let mut seen = self.seen.lock().expect("not poisoned");
        // What is about to change was true until now.
        seen.extend(times.iter().map(|(booking, span)| (now(), booking.clone(), *span)));
        *times = live.iter().map(|entry| (booking_of(entry), entry.span)).collect();
        seen.extend(times.iter().map(|(booking, span)| (now(), booking.clone(), *span)));
    }

    fn compare(&self, one: &Entry, other: &Entry) {
        if booking_of(one) == booking_of(other) {
            return;
        }
        let overlap = one.span.clip(&other.span).is_some();
        let common: Vec<_> = one.takes_time_of().intersection(&other.takes_time_of()).cloned().collect();
        if overlap && !common.is_empty() && !one.moved_by_person && !other.moved_by_person {
            self.breaks(format!("{} and {} overlap for {common:?}", one.subject, other.subject));
        }
        if guest_of(one) == guest_of(other) {
            self.breaks(format!("one request made {} and {}", one.subject, other.subject));
        }
    }

    /// Whether a booking was at this time at some moment since.
    pub fn was_at(&self, booking: BookingId, span: TimeSpan, since: DateTime<Utc>) -> bool {
        let booking = booking.to_string();
        let is_now = self.now.lock().expect("not poisoned").contains(&(booking.clone(), span));
        let seen = self.seen.lock().expect("not poisoned");
        is_now || seen.iter().any(|(at, of, when)| *at >= since && *of == booking && *when == span)
    }

    pub fn breaks(&self, what: String) {
        self.broken.lock().expect("not poisoned").push(what);
    }

    pub fn broken(&self) -> Vec<String> {
        self.broken.lock().expect("not poisoned").clone()
    }
}

/// The subject of a booking's event names the booking and the guest.
fn booking_of(entry: &Entry) -> String {
    entry.subject.split(' ').next().unwrap_or_default().to_owned()
}

fn guest_of(entry: &Entry) -> String {
    entry.subject.split(' ').nth(1).unwrap_or_default().to_owned()
}
