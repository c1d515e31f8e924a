//! Where bookings are made: a store and calendars in one world, configurations over common members, and what must be true of the
//! calendars at each moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use convene::{
    CallContext,
    call::Deadline,
    domain::{BookingContent, BookingId, ConfigurationId, EmailAddress, EventChange, Guest, TenantId, TimeSpan},
    scheduling::{
        SchedulingError, Timing,
        bookings::{
            Bookable, BookingError, BookingRequest, BookingScheduler, Invitation, Participant, Reschedule, Secrets,
            Texts, attendees,
        },
        records::booking::{Actor, BookingRecord, HoldCheck, OrganizerPermit, Permit},
    },
    slots::{self, Horizon, HoursSettings, Method, Rules},
};
use uuid::Uuid;

use super::{
    calendar::{BookingCalendar, Entry},
    records::{FakeBookings, short},
};
use crate::{
    stage::{ANSWERED_BY, DOUBT_WINDOW, KILLED_AFTER},
    world::{World, now},
};

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
const VERSION: Uuid = Uuid::from_u128(7);
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

/// What must be true of the calendars, checked whenever they change.
#[derive(Default)]
pub struct Truth {
    broken: Mutex<Vec<String>>,
    /// When which booking was at which time.
    seen: Mutex<BTreeSet<(DateTime<Utc>, String, TimeSpan)>>,
    /// The times of each booking in the calendar now. For a while one may have two events.
    now: Mutex<BTreeSet<(String, TimeSpan)>>,
}

impl Truth {
    /// Looks at all calendars after a change.
    fn look(&self, entries: &[Entry]) {
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

    async fn perform(&self, ask: Ask) -> Result<Answer, BookingError> {
        let scheduler = BookingScheduler {
            tenant: TenantId::new("contoso").expect("a name"),
            records: Arc::new(self.records.clone()),
            calendar: Arc::new(self.calendar.clone()),
            timing: Timing { doubt_window: DOUBT_WINDOW, tombstone_life: TimeDelta::days(30), clock: now },
        };
        let call = CallContext::new(Deadline::after(KILLED_AFTER, now()));
        let answer = |known: Known, record| Ok(Answer::Booking(known, Box::new(record)));
        match ask {
            Ask::Book { configuration, start, guest } => {
                let content = content(guest);
                let guests = [content.guest.email.parse().expect("an address")];
                let texts = |invitation: &Invitation<'_>| Texts {
                    subject: subject(invitation.id, &invitation.record.content).into(),
                    body: "".into(),
                    location: "".into(),
                };
                let request = BookingRequest {
                    span: configuration.span(start),
                    online_meeting: false,
                    host: None,
                    content: &content,
                    guests: &guests,
                    pending: configuration == Configuration::Confirmed,
                    notice: None,
                    replay_keys: &[],
                    checks: &checks(configuration),
                    by: Actor::Guest,
                    secrets: &|id| Secrets { guest_salt: format!("g{id}"), organizer_salt_hash: format!("o{id}") },
                    texts: &texts,
                };
                let owned = Owned::new(configuration);
                let booked = scheduler.book(&call, &owned.bookable(), &request).await?;
                answer(Known { id: booked.id, configuration }, booked.record)
            }
            Ask::Reschedule { booking, start } => {
                let owned = Owned::new(booking.configuration);
                let request = Reschedule {
                    id: booking.id,
                    permit: &Permit::Tenant { configuration: None },
                    target: booking.configuration.span(start),
                    by: Actor::Guest,
                    content: &|content| BookingContent { location: format!("place{start}"), ..content.clone() },
                    checks: &checks(booking.configuration),
                    change: &|record, _| EventChange {
                        subject: Some(subject(booking.id, &record.content).into()),
                        ..EventChange::default()
                    },
                };
                answer(booking, scheduler.reschedule(&call, &owned.bookable(), &request).await?)
            }
            Ask::Cancel { booking } => {
                let (configuration, salt) = (booking.configuration.id(), Some(format!("g{}", booking.id)));
                let permit = Permit::Guest { configuration, salt };
                let reason = Some(REASON.to_owned());
                answer(booking, scheduler.cancel(&call, booking.id, &permit, Actor::Guest, reason).await?)
            }
            Ask::Reject { booking } => {
                let permit = organizer(booking);
                answer(booking, scheduler.reject(&call, booking.id, &permit, Actor::Organizer, None).await?)
            }
            Ask::Confirm { booking } => {
                let permit = organizer(booking);
                let invitation = |record: &BookingRecord| {
                    let guest = record.content.guest.email.parse().expect("an address");
                    let attendees = Some(attendees(record, &[guest]));
                    EventChange { attendees, tentative: Some(false), ..EventChange::default() }
                };
                answer(booking, scheduler.confirm(&call, booking.id, &permit, Actor::Organizer, &invitation).await?)
            }
            Ask::Read { booking } => {
                let permit = Permit::Tenant { configuration: Some(booking.configuration.id()) };
                let (record, _) = scheduler.read(&call, booking.id, &permit).await?;
                answer(booking, record)
            }
            Ask::List { configuration } => {
                let owned = Owned::new(configuration);
                let day = TimeSpan::new(first_start(), first_start() + TimeDelta::hours(6)).expect("a span");
                let slots = scheduler.list(&call, &owned.bookable(), day, None).await?;
                Ok(Answer::Slots(slots.slots.iter().map(|slot| slot.span).collect()))
            }
        }
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

fn content(guest: u64) -> BookingContent {
    BookingContent {
        title: "Review".to_owned(),
        description: String::new(),
        location: String::new(),
        guest: Guest { name: "A guest".to_owned(), email: format!("guest{guest}@example.com") },
        additional_guests: Vec::new(),
        answers: BTreeMap::new(),
        time_zone: None,
        language: None,
    }
}

/// The subject of a booking's event: the booking, its guest and the place where a move has put it.
fn subject(id: BookingId, content: &BookingContent) -> String {
    format!("{id} {} {}", content.guest.email, content.location)
}

fn organizer(booking: Known) -> OrganizerPermit {
    OrganizerPermit { configuration: booking.configuration.id(), salt_hash: format!("o{}", booking.id) }
}

fn checks(configuration: Configuration) -> [HoldCheck; 2] {
    let configuration = HoldCheck::Configuration { id: configuration.id(), version: VERSION };
    [configuration, HoldCheck::Session { hash: SESSION.to_owned() }]
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
