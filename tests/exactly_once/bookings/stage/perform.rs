//! A call, as a process makes it.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use convene::{
    CallContext, Clock,
    call::Deadline,
    domain::{BookingContent, BookingId, EventChange, Fingerprint, Guest, TenantId, TimeSpan},
    scheduling::{
        Timing,
        bookings::{
            BookingError, BookingRequest, BookingScheduler, Freshness, Invitation, Reschedule, Secrets, Texts,
            attendees,
        },
        records::booking::{Actor, BookingRecord, HoldCheck, OrganizerPermit, Permit},
    },
};

use super::{
    Answer, Ask, Configuration, Known, REASON, SESSION, Stage,
    configuration::{Owned, VERSION, first_start},
};
use crate::{
    stage::{DOUBT_WINDOW, KILLED_AFTER},
    world::now,
};

impl Stage {
    pub(super) async fn perform(&self, ask: Ask) -> Result<Answer, BookingError> {
        let scheduler = BookingScheduler {
            tenant: TenantId::new("contoso").expect("a name"),
            records: Arc::new(self.records.clone()),
            calendar: Arc::new(self.calendar.clone()),
            timing: Timing { doubt_window: DOUBT_WINDOW, tombstone_life: TimeDelta::days(30), clock: Clock::new(now) },
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
                    hides_attendees: false,
                    host: None,
                    content: &content,
                    payload: Fingerprint::of_booking(configuration.id(), configuration.span(start), None, &content),
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
                    booking: booking.id.into(),
                    permit: &Permit::Tenant { configuration: None },
                    target: booking.configuration.span(start),
                    by: Actor::Guest,
                    content: &|content| BookingContent { title: format!("place{start}"), ..content.clone() },
                    checks: &checks(booking.configuration),
                    change: &|record, _| EventChange {
                        subject: Some(subject(booking.id, &record.content).into()),
                        ..EventChange::default()
                    },
                };
                answer(booking, scheduler.reschedule(&call, &owned.bookable(), &request).await?.record)
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
                answer(
                    booking,
                    scheduler.confirm(&call, booking.id, &permit, Actor::Organizer, &invitation).await?.record,
                )
            }
            Ask::Read { booking } => {
                let permit = Permit::Tenant { configuration: Some(booking.configuration.id()) };
                let (record, _) = scheduler.read(&call, booking.id, &permit).await?;
                answer(booking, record)
            }
            Ask::List { configuration } => {
                let owned = Owned::new(configuration);
                let day = TimeSpan::new(first_start(), first_start() + TimeDelta::hours(6)).expect("a span");
                let slots = scheduler.list(&call, &owned.bookable(), day, None, Freshness::Current).await?;
                Ok(Answer::Slots(slots.slots.iter().map(|slot| slot.span).collect()))
            }
        }
    }
}

fn content(guest: u64) -> BookingContent {
    BookingContent {
        title: String::new(),
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
    format!("{id} {} {}", content.guest.email, content.title)
}

fn organizer(booking: Known) -> OrganizerPermit {
    OrganizerPermit { configuration: booking.configuration.id(), salt_hash: format!("o{}", booking.id) }
}

fn checks(configuration: Configuration) -> [HoldCheck; 2] {
    let configuration = HoldCheck::Configuration { id: configuration.id(), version: VERSION };
    [configuration, HoldCheck::Session { hash: SESSION.to_owned() }]
}
