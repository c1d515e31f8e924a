//! Configurations of slots, and guests who book them directly from the use case.

use chrono::Utc;
use convene::{
    CallContext,
    auth::Principal,
    call::Deadline,
    domain::{BookingId, ConfigurationId, EmailAddress, Fingerprint, TenantId, TimeSpan, TimeZone},
    scheduling::{
        bookings::{
            Bookable, Booked, BookingError, BookingRequest, BookingScheduler, Invitation, Participant, Secrets, Texts,
        },
        records::booking::{Actor, OrganizerPermit, Permit},
    },
    services::Services,
    slots::{Horizon, HoursSettings, Method, Rules, Timing},
};
use uuid::Uuid;

use crate::{PLENTY, bookings};

/// A configuration whose members are always open, for the year to come.
pub struct Configuration {
    id: ConfigurationId,
    minutes: u32,
    rules: Rules,
    participants: Vec<Participant>,
}

impl Configuration {
    /// The first member is the organizer of a collective configuration.
    pub fn new(id: u128, method: Method, minutes: u32, members: &[EmailAddress]) -> Self {
        let zone: TimeZone = "UTC".parse().expect("a zone");
        let (interval, round_to) = (Some(30), 30);
        let timing = Timing { duration: minutes, interval, round_to, buffer_before: 0, buffer_after: 0, notice: 0 };
        let hours = HoursSettings::default().resolve(&HoursSettings::default(), &zone);
        let hours = members.iter().map(|_| hours.clone()).collect();
        let rules = Rules::new(timing, Horizon { days: 365, zone }, method, hours).expect("rules");
        let participants = members.iter().enumerate().map(|(index, address)| Participant {
            address: address.clone(),
            takes_part: true,
            is_organizer: index == 0 && method == Method::Collective,
            default_calendar: true,
            calendars: Vec::new(),
        });
        Self { id: ConfigurationId(Uuid::from_u128(id)), minutes, rules, participants: participants.collect() }
    }

    pub fn bookable(&self) -> Bookable<'_> {
        Bookable::new(self.id, &self.rules, &self.participants, true).expect("a valid configuration")
    }

    /// What permits a guest's requests about a booking.
    pub fn guest(&self, booking: BookingId) -> Permit {
        Permit::Guest { configuration: self.id, salt: Some(secrets(booking).guest_salt) }
    }

    /// What permits an organizer's requests about a booking.
    pub fn organizer(&self, booking: BookingId) -> OrganizerPermit {
        OrganizerPermit { configuration: self.id, salt_hash: secrets(booking).organizer_salt_hash }
    }

    /// The time that begins then.
    pub fn span(&self, start: chrono::DateTime<Utc>) -> TimeSpan {
        TimeSpan::new(start, start + chrono::TimeDelta::minutes(self.minutes.into())).expect("a span")
    }
}

/// Who books for contoso.
pub async fn principal(services: &Services) -> Principal {
    let contoso = TenantId::new("contoso").expect("a name");
    let tenant = services.tenants.get(&contoso).await.expect("an answer").expect("a tenant");
    Principal { tenant, scopes: Vec::new() }
}

/// A call that nothing disturbs.
pub fn call() -> CallContext {
    CallContext::new(Deadline::after(PLENTY, Utc::now()))
}

/// The secret of a booking's guest, and the hash of the organizer's.
pub fn secrets(id: BookingId) -> Secrets {
    Secrets { guest_salt: format!("guest {id}"), organizer_salt_hash: format!("organizer {id}") }
}

/// A guest books a time. The subject of the event names the booking and the guest.
pub async fn book(
    scheduler: &BookingScheduler,
    configuration: &Configuration,
    span: TimeSpan,
    guest: &str,
    pending: bool,
) -> Result<Booked, BookingError> {
    book_with(scheduler, configuration, span, guest, |request| BookingRequest { pending, ..request }).await
}

/// As `book`. `change`: what is otherwise in the request.
pub async fn book_with(
    scheduler: &BookingScheduler,
    configuration: &Configuration,
    span: TimeSpan,
    guest: &str,
    change: impl for<'a> FnOnce(BookingRequest<'a>) -> BookingRequest<'a>,
) -> Result<Booked, BookingError> {
    let content = bookings::content(guest);
    let guests = [bookings::address(&content.guest.email)];
    let texts = |invitation: &Invitation<'_>| Texts {
        subject: format!("{} {guest}", invitation.id).into(),
        body: "".into(),
        location: "".into(),
    };
    let request = BookingRequest {
        span,
        online_meeting: false,
        hides_attendees: false,
        host: None,
        content: &content,
        payload: Fingerprint::of_booking(configuration.id, span, None, &content),
        guests: &guests,
        pending: false,
        notice: None,
        replay_keys: &[],
        checks: &[],
        by: Actor::Guest,
        secrets: &secrets,
        texts: &texts,
    };
    scheduler.book(&call(), &configuration.bookable(), &change(request)).await
}
