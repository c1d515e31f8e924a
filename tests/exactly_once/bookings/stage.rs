//! Where bookings are made: a store and calendars in one world, configurations over common members, and what must be true of the
//! calendars at each moment.

mod configuration;
mod perform;
mod truth;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use convene::{
    domain::{BookingId, EmailAddress, TimeSpan},
    scheduling::{SchedulingError, bookings::BookingError, records::booking::BookingRecord},
};

use configuration::VERSION;
pub use configuration::{Configuration, first_start, member};
use truth::Truth;

use super::{
    calendar::{BookingCalendar, Entry},
    records::{FakeBookings, short},
};
use crate::{
    stage::ANSWERED_BY,
    world::{World, now},
};

/// The session of all guests. It does not end by itself.
pub const SESSION: &str = "5e5510";
/// Why bookings are cancelled.
pub const REASON: &str = "<b>ill</b>";

/// What a call asks for.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    /// The same guest repeats the same request.
    Book {
        configuration: Configuration,
        start: i32,
        guest: u64,
    },
    Reschedule {
        booking: Known,
        start: i32,
    },
    /// With the reason [`REASON`].
    Cancel {
        booking: Known,
    },
    Confirm {
        booking: Known,
    },
    Reject {
        booking: Known,
    },
    Read {
        booking: Known,
    },
    List {
        configuration: Configuration,
    },
}

/// A booking that a caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    pub id: BookingId,
    pub configuration: Configuration,
}

/// What a call was answered.
#[derive(Debug, Clone)]
pub enum Answer {
    Booking(Known, Box<BookingRecord>),
    /// How many slots were listed.
    Slots(Vec<TimeSpan>),
}

/// One world and what is in it.
#[derive(Clone)]
pub struct Stage {
    pub world: World,
    pub calendar: BookingCalendar,
    pub records: FakeBookings,
    pub truth: Arc<Truth>,
    pub known: Arc<Mutex<Vec<Known>>>,
}

impl Stage {
    /// `lag`: by how much free/busy is behind; `adds_invitations`: whether invitations show before they are accepted.
    pub fn new(world: World, lag: Duration, adds_invitations: bool) -> Self {
        let truth = Arc::new(Truth::default());
        let watch = {
            let truth = Arc::clone(&truth);
            Arc::new(move |entries: &[Entry]| truth.look(entries))
        };
        let calendar = BookingCalendar::new(world.clone(), lag, adds_invitations, watch);
        let records = FakeBookings::new(world.clone());
        let configurations = Configuration::ALL.into_iter().chain([Configuration::Watched]);
        records.items().configurations = configurations.map(|of| (of.id(), VERSION)).collect();
        records.items().sessions = [(SESSION.to_owned(), i64::MAX)].into();
        Self { world, calendar, records, truth, known: Arc::default() }
    }

    /// A call whose process has so much time to live. `None`: it died.
    pub async fn call_within(&self, life: Duration, ask: Ask) -> Option<Result<Answer, BookingError>> {
        self.world.say(|| format!("{} begins, to live for {life:?}", told(ask)));
        let begun = now();
        let answer = tokio::time::timeout(life, self.perform(ask)).await.ok();
        self.world.say(|| format!("{}: {}", told(ask), outcome(answer.as_ref())));
        if let Some(Ok(Answer::Booking(known, record))) = &answer {
            let mut all = self.known.lock().expect("not poisoned");
            if !all.contains(known) {
                all.push(*known);
            }
            drop(all);
            let in_calendar = matches!(ask, Ask::Book { .. } | Ask::Reschedule { .. } | Ask::Confirm { .. });
            if in_calendar && !self.truth.was_at(known.id, record.time.span, begun) {
                self.truth.breaks(format!("{} succeeded, and {:?} is in no calendar", told(ask), record.time.span));
            }
        }
        if let (Some(Err(BookingError::SlotUnavailable)), Ask::Book { configuration, start, .. }) = (&answer, ask)
            && !self.had_rival(configuration, configuration.span(start))
        {
            self.truth.breaks(format!("{} is told that nobody's time is not available", told(ask)));
        }
        answer
    }

    /// Whether anybody ever had, or was about to have, some of a time.
    fn had_rival(&self, configuration: Configuration, span: TimeSpan) -> bool {
        let before = TimeDelta::minutes(if configuration == Configuration::Confirmed { 30 } else { 0 });
        let span = TimeSpan::new(span.start() - before, span.end()).expect("a span");
        let is_common = |members: &[EmailAddress]| configuration.members().iter().any(|own| members.contains(own));
        let seen = self.truth.seen.lock().expect("not poisoned");
        let items = self.records.items();
        let mut claimed = items.claimed.iter();
        claimed.any(|(members, when)| is_common(members) && when.clip(&span).is_some())
            || seen.iter().any(|(_, _, when)| when.clip(&span).is_some())
    }

    /// Repeats a call as its answers ask, until it is decided. `None`: it never is.
    pub async fn until_decided(&self, ask: Ask) -> Option<Result<Answer, BookingError>> {
        for _ in 0..8 {
            match self.call_within(ANSWERED_BY, ask).await {
                Some(Err(BookingError::Scheduling(error))) if error.asks_for_repeat() => {
                    tokio::time::sleep(error.retry_after().unwrap_or(Duration::from_secs(1))).await;
                }
                answer => return answer,
            }
        }
        None
    }
}

/// A call, for a trace.
fn told(ask: Ask) -> String {
    match ask {
        Ask::Book { configuration, start, guest } => format!("book {configuration:?} {start} for {guest}"),
        Ask::Reschedule { booking, start } => format!("reschedule {} to {start}", short(booking.id)),
        Ask::Cancel { booking } => format!("cancel {}", short(booking.id)),
        Ask::Confirm { booking } => format!("confirm {}", short(booking.id)),
        Ask::Reject { booking } => format!("reject {}", short(booking.id)),
        Ask::Read { booking } => format!("read {}", short(booking.id)),
        Ask::List { configuration } => format!("list {configuration:?}"),
    }
}

/// The kind of an answer.
pub fn kind(answer: &Result<Answer, BookingError>) -> String {
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(BookingError::Scheduling(SchedulingError::Problem(problem))) => format!("{:?}", problem.kind),
        Err(BookingError::Scheduling(error)) => {
            let text = format!("{error:?}");
            text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        }
        Err(error) => format!("{error:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
    }
}

fn outcome(answer: Option<&Result<Answer, BookingError>>) -> String {
    match answer {
        None => "dies".to_owned(),
        Some(Ok(Answer::Booking(known, record))) => {
            format!("{} at {} {:?}", short(known.id), record.time.span.start(), record.change.kind)
        }
        Some(Ok(Answer::Slots(slots))) => format!("{} slots", slots.len()),
        Some(Err(error)) => format!("{error:?}"),
    }
}
